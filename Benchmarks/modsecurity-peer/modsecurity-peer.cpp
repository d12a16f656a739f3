// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
//
// Puts a corpus of requests through libmodsecurity, one thread, and prints how long transactions take, in the
// same JSON that `redoubt waf bench` prints. Used by script/bench to compare; Redoubt itself never links it.
//
//   modsecurity-peer CORPUS --rules FILE [--seconds N]
//   modsecurity-peer CORPUS --rules FILE --verdicts      one pass, a line per request: the denial's status, else 0

#include <cstddef>
#include <cstdlib>
// ModSecurity's headers use the two above without including them.

#include <modsecurity/intervention.h>
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::array<const char*, 4> kClassNames = {"get", "form", "json", "attack"};
constexpr std::size_t kWarmUpRecords = 50;

struct Request {
    std::size_t kind = 0;
    std::string method, target, version, body;
    std::vector<std::pair<std::string, std::string>> headers;
};

[[noreturn]] void fail(const std::string& message) {
    std::fprintf(stderr, "modsecurity-peer: %s\n", message.c_str());
    std::exit(3);
}

// Reads the corpus: u8 class, five strings, u16 header count, pairs of strings; strings have a u32 length before.
class CorpusReader {
  public:
    explicit CorpusReader(std::string bytes) : bytes_(std::move(bytes)) {}

    std::vector<Request> readAll() {
        std::vector<Request> requests;
        while (position_ < bytes_.size()) {
            requests.push_back(readRequest());
        }
        return requests;
    }

  private:
    Request readRequest() {
        Request request;
        request.kind = readInteger(1);
        if (request.kind >= kClassNames.size()) {
            fail("the corpus has a record of unknown class");
        }
        readString();  // the record's name
        request.method = readString();
        request.target = readString();
        request.version = readString();
        request.body = readString();
        const std::size_t count = readInteger(2);
        for (std::size_t index = 0; index < count; ++index) {
            std::string name = readString();
            request.headers.emplace_back(std::move(name), readString());
        }
        return request;
    }

    std::size_t readInteger(std::size_t width) {
        require(width);
        std::size_t value = 0;
        for (std::size_t index = 0; index < width; ++index) {
            value |= static_cast<std::size_t>(static_cast<unsigned char>(bytes_[position_ + index])) << (8 * index);
        }
        position_ += width;
        return value;
    }

    std::string readString() {
        const std::size_t length = readInteger(4);
        require(length);
        std::string text = bytes_.substr(position_, length);
        position_ += length;
        return text;
    }

    void require(std::size_t length) const {
        if (bytes_.size() - position_ < length) {
            fail("the corpus ends within a record");
        }
    }

    std::string bytes_;
    std::size_t position_ = 0;
};

// The page that every request is answered with.
std::string responsePage() {
    std::string page = "<!doctype html><html><head><title>Shop</title></head><body>";
    while (page.size() < 2000) {
        page += "<p>Welcome to our shop, we deliver weekly.</p>\n";
    }
    return page + "</body></html>";
}

// Matches are told as lines of text, as the connectors of web servers have them told: counted here, so that the work
// cannot be left out.
std::size_t logBytes = 0;

void countLogLine(void* /*reference*/, const void* line) {
    logBytes += std::strlen(static_cast<const char*>(line));
}

// The status of a verdict that disrupts, else 0.
int disruption(modsecurity::Transaction& transaction) {
    modsecurity::ModSecurityIntervention intervention;
    modsecurity::intervention::clean(&intervention);
    const bool disrupted = transaction.intervention(&intervention) && intervention.disruptive;
    const int status = disrupted ? intervention.status : 0;
    modsecurity::intervention::free(&intervention);
    return status;
}

// Phases 1 to 4; the first verdict that disrupts ends them, and its status is returned, else 0.
int evaluate(modsecurity::Transaction& transaction, const Request& request, const std::string& page,
             const std::string& pageLength) {
    transaction.processConnection("203.0.113.7", 40000, "127.0.0.1", 80);
    transaction.processURI(request.target.c_str(), request.method.c_str(), request.version.c_str());
    for (const auto& header : request.headers) {
        transaction.addRequestHeader(header.first, header.second);
    }
    transaction.processRequestHeaders();
    if (const int status = disruption(transaction)) return status;
    if (!request.body.empty()) {
        transaction.appendRequestBody(reinterpret_cast<const unsigned char*>(request.body.data()),
                                      request.body.size());
    }
    transaction.processRequestBody();
    if (const int status = disruption(transaction)) return status;
    transaction.addResponseHeader("Content-Type", "text/html; charset=utf-8");
    transaction.addResponseHeader("Content-Length", pageLength);
    transaction.processResponseHeaders(200, "HTTP/1.1");
    if (const int status = disruption(transaction)) return status;
    transaction.appendResponseBody(reinterpret_cast<const unsigned char*>(page.data()), page.size());
    transaction.processResponseBody();
    return disruption(transaction);
}

double residentMegabytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmRSS:", 0) == 0) {
            return std::atof(line.c_str() + 6) / 1024;
        }
    }
    return 0;
}

double percentile(const std::vector<double>& sorted, double share) {
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

struct Options {
    std::string corpus, rules;
    double seconds = 10;
    bool verdictsOnly = false;
};

Options parse(int count, char** arguments) {
    Options options;
    for (int index = 1; index < count; ++index) {
        const std::string argument = arguments[index];
        const bool hasValue = index + 1 < count;
        if (argument == "--rules" && hasValue) {
            options.rules = arguments[++index];
        } else if (argument == "--seconds" && hasValue) {
            options.seconds = std::atof(arguments[++index]);
        } else if (argument == "--verdicts") {
            options.verdictsOnly = true;
        } else {
            options.corpus = argument;
        }
    }
    return options;
}

using Clock = std::chrono::steady_clock;

double microsecondsSince(Clock::time_point start) {
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

// What was measured of one class of traffic.
struct Samples {
    std::vector<double> microseconds;
    std::size_t denied = 0;
};

class Bench {
  public:
    Bench(modsecurity::ModSecurity& engine, modsecurity::RulesSet& rules) : engine_(engine), rules_(rules) {}

    // One transaction from its creation to its end.
    int transact(const Request& request) {
        modsecurity::Transaction transaction(&engine_, &rules_, nullptr);
        const int status = evaluate(transaction, request, page_, pageLength_);
        transaction.processLogging();
        return status;
    }

    void printVerdicts(const std::vector<Request>& requests) {
        for (const Request& request : requests) std::printf("%d\n", transact(request));
    }

    // Goes through the requests in order, again and again, until the time is up; the first ones warm up.
    void measure(const std::vector<Request>& requests, double seconds) {
        for (std::size_t index = 0; index < std::min(kWarmUpRecords, requests.size()); ++index) {
            transact(requests[index]);
        }
        logBytes = 0;
        const auto start = Clock::now();
        const auto end = start + std::chrono::duration<double>(seconds);
        while (Clock::now() < end) {
            const Request& request = requests[transactions_++ % requests.size()];
            const auto before = Clock::now();
            const int status = transact(request);
            const double spent = microsecondsSince(before);
            Samples& samples = samples_[request.kind];
            samples.microseconds.push_back(spent);
            samples.denied += status ? 1 : 0;
        }
        seconds_ = microsecondsSince(start) / 1e6;
        residentMegabytes_ = residentMegabytes();
    }

    void printFigures(double loadMilliseconds) {
        std::printf("{\"classes\":{");
        std::size_t denied = 0;
        for (std::size_t kind = 0; kind < kClassNames.size(); ++kind) {
            std::vector<double>& sorted = samples_[kind].microseconds;
            std::sort(sorted.begin(), sorted.end());
            denied += samples_[kind].denied;
            std::printf("%s\"%s\":{\"p10_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,"
                        "\"n\":%zu,\"denied\":%zu}",
                        kind ? "," : "", kClassNames[kind], percentile(sorted, 0.1), percentile(sorted, 0.5),
                        percentile(sorted, 0.99), percentile(sorted, 1), sorted.size(), samples_[kind].denied);
        }
        std::printf("},\"tx_per_s\":%.1f,\"rss_mb\":%.1f,\"load_ms\":%.1f,\"denied\":%zu,\"transactions\":%zu,"
                    "\"log_bytes\":%zu}\n",
                    static_cast<double>(transactions_) / seconds_, residentMegabytes_, loadMilliseconds, denied,
                    transactions_, logBytes);
    }

  private:
    modsecurity::ModSecurity& engine_;
    modsecurity::RulesSet& rules_;
    const std::string page_ = responsePage();
    const std::string pageLength_ = std::to_string(page_.size());
    std::array<Samples, kClassNames.size()> samples_;
    std::size_t transactions_ = 0;
    double seconds_ = 0;
    double residentMegabytes_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
    const Options options = parse(count, arguments);
    std::ifstream file(options.corpus, std::ios::binary);
    if (options.rules.empty() || !file) {
        std::fprintf(stderr, "usage: modsecurity-peer CORPUS --rules FILE [--seconds N | --verdicts]\n");
        return 2;
    }
    const std::vector<Request> requests =
        CorpusReader({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}).readAll();
    if (requests.empty()) fail("the corpus is empty");

    modsecurity::ModSecurity engine;
    engine.setConnectorInformation("modsecurity-peer");
    engine.setServerLogCb(countLogLine, modsecurity::TextLogProperty);
    modsecurity::RulesSet rules;
    const auto loading = Clock::now();
    if (rules.loadFromUri(options.rules.c_str()) < 0) fail(rules.getParserError());
    const double loadMilliseconds = microsecondsSince(loading) / 1e3;

    Bench bench(engine, rules);
    if (options.verdictsOnly) {
        bench.printVerdicts(requests);
    } else {
        bench.measure(requests, options.seconds);
        bench.printFigures(loadMilliseconds);
    }
    return 0;
}
