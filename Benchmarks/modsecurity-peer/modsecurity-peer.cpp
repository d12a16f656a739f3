// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
//
// Puts a corpus of requests through libmodsecurity, one thread, and prints how long transactions take, in the
// same JSON that `redoubt waf bench` prints. Used by script/bench to compare; Redoubt itself never links it.
//
//   modsecurity-peer CORPUS --rules FILE [--seconds N]

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

// Matched rules are collected, as a log would: counted here, so that the work cannot be left out.
std::size_t logLines = 0;

void countLogLine(void* /*reference*/, const void* /*message*/) {
    ++logLines;
}

bool isDisrupted(modsecurity::Transaction& transaction, std::size_t& denied) {
    modsecurity::ModSecurityIntervention intervention;
    modsecurity::intervention::clean(&intervention);
    const bool disrupted = transaction.intervention(&intervention) && intervention.disruptive;
    denied += disrupted ? 1 : 0;
    modsecurity::intervention::free(&intervention);
    return disrupted;
}

// Phases 1 to 4; the first verdict that disrupts ends them.
void evaluate(modsecurity::Transaction& transaction, const Request& request, const std::string& page,
              const std::string& pageLength, std::size_t& denied) {
    transaction.processConnection("203.0.113.7", 40000, "127.0.0.1", 80);
    transaction.processURI(request.target.c_str(), request.method.c_str(), request.version.c_str());
    for (const auto& header : request.headers) {
        transaction.addRequestHeader(header.first, header.second);
    }
    transaction.processRequestHeaders();
    if (isDisrupted(transaction, denied)) return;
    if (!request.body.empty()) {
        transaction.appendRequestBody(reinterpret_cast<const unsigned char*>(request.body.data()),
                                      request.body.size());
    }
    transaction.processRequestBody();
    if (isDisrupted(transaction, denied)) return;
    transaction.addResponseHeader("Content-Type", "text/html; charset=utf-8");
    transaction.addResponseHeader("Content-Length", pageLength);
    transaction.processResponseHeaders(200, "HTTP/1.1");
    if (isDisrupted(transaction, denied)) return;
    transaction.appendResponseBody(reinterpret_cast<const unsigned char*>(page.data()), page.size());
    transaction.processResponseBody();
    isDisrupted(transaction, denied);
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

}  // namespace

int main(int count, char** arguments) {
    std::string corpusPath, rulesPath;
    double seconds = 10;
    for (int index = 1; index < count; ++index) {
        const std::string argument = arguments[index];
        const bool hasValue = index + 1 < count;
        if (argument == "--rules" && hasValue) {
            rulesPath = arguments[++index];
        } else if (argument == "--seconds" && hasValue) {
            seconds = std::atof(arguments[++index]);
        } else {
            corpusPath = argument;
        }
    }
    std::ifstream file(corpusPath, std::ios::binary);
    if (rulesPath.empty() || !file) {
        std::fprintf(stderr, "usage: modsecurity-peer CORPUS --rules FILE [--seconds N]\n");
        return 2;
    }
    const std::vector<Request> requests =
        CorpusReader({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}).readAll();
    if (requests.empty()) fail("the corpus is empty");

    modsecurity::ModSecurity engine;
    engine.setConnectorInformation("modsecurity-peer");
    engine.setServerLogCb(countLogLine, modsecurity::RuleMessageLogProperty);
    modsecurity::RulesSet rules;
    if (rules.loadFromUri(rulesPath.c_str()) < 0) fail(rules.getParserError());

    const std::string page = responsePage();
    const std::string pageLength = std::to_string(page.size());
    std::array<std::vector<double>, kClassNames.size()> times;
    std::size_t denied = 0;
    using Clock = std::chrono::steady_clock;

    const auto run = [&](const Request& request) {
        const auto start = Clock::now();
        {
            modsecurity::Transaction transaction(&engine, &rules, nullptr);
            evaluate(transaction, request, page, pageLength, denied);
            transaction.processLogging();
        }
        return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
    };
    for (std::size_t index = 0; index < std::min(kWarmUpRecords, requests.size()); ++index) {
        run(requests[index]);
    }
    denied = 0;
    logLines = 0;
    const auto start = Clock::now();
    const auto end = start + std::chrono::duration<double>(seconds);
    std::size_t transactions = 0;
    while (Clock::now() < end) {
        const Request& request = requests[transactions++ % requests.size()];
        times[request.kind].push_back(run(request));
    }
    const double spent = std::chrono::duration<double>(Clock::now() - start).count();

    std::printf("{\"classes\":{");
    for (std::size_t kind = 0; kind < kClassNames.size(); ++kind) {
        std::sort(times[kind].begin(), times[kind].end());
        std::printf("%s\"%s\":{\"p10_us\":%.1f,\"p50_us\":%.1f,\"n\":%zu}", kind ? "," : "", kClassNames[kind],
                    percentile(times[kind], 0.1), percentile(times[kind], 0.5), times[kind].size());
    }
    std::printf("},\"tx_per_s\":%.1f,\"rss_mb\":%.1f,\"denied\":%zu,\"transactions\":%zu,\"log_lines\":%zu}\n",
                static_cast<double>(transactions) / spent, residentMegabytes(), denied, transactions, logLines);
    return 0;
}
