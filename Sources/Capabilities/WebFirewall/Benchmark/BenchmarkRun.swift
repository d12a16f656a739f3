// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Glibc

/// Measures how long transactions take, one after another on one thread.
package struct BenchmarkRun {
    /// The duration of each transaction in nanoseconds, by class.
    private var samples: [BenchmarkCorpus.TrafficClass: [UInt32]] = [:]
    /// How many transactions of each class were denied.
    private var denied: [BenchmarkCorpus.TrafficClass: Int] = [:]
    /// How long the rules took to load, in milliseconds, and to load again with their patterns at hand.
    package var loadMilliseconds: Double?
    package var reloadMilliseconds: Double?
    private var transactions = 0
    private var seconds = 0.0
    private var residentBytes = 0

    /// The number of records that warm up before anything is measured.
    private static let warmUp = 50

    /// Goes through the corpus in order, again and again, until the time is up.
    ///
    /// - Parameters:
    ///   - corpus: the requests.
    ///   - seconds: how long to measure.
    ///   - transact: one transaction from its creation to its end; only this is timed. Returns whether it was denied.
    package init(_ corpus: BenchmarkCorpus, seconds: Double, transact: (RecordedTransaction) -> Bool) {
        for record in corpus.records.prefix(Self.warmUp) {
            _ = transact(record.transaction)
        }
        guard !corpus.records.isEmpty else {
            return
        }
        let start = Self.nanoseconds()
        let end = start + UInt64(max(0, seconds) * 1e9)
        var now = start
        repeat {
            for record in corpus.records {
                let before = Self.nanoseconds()
                let isDenied = transact(record.transaction)
                now = Self.nanoseconds()
                if isDenied {
                    denied[record.trafficClass, default: 0] += 1
                }
                samples[record.trafficClass, default: []].append(UInt32(clamping: now - before))
                transactions += 1
                if now >= end {
                    break
                }
            }
        } while now < end
        self.seconds = Double(now - start) / 1e9
        residentBytes = Self.residentMemory()
    }

    /// The value below which this share of the durations lies, in microseconds; nil without samples.
    package func microseconds(_ share: Double, of trafficClass: BenchmarkCorpus.TrafficClass) -> Double? {
        guard let sorted = samples[trafficClass]?.sorted(), !sorted.isEmpty else {
            return nil
        }
        let rank = Int((Double(sorted.count - 1) * share).rounded())
        return Double(sorted[min(max(rank, 0), sorted.count - 1)]) / 1_000
    }

    /// `{"classes":{"get":{"p10_us":..,"p50_us":..,"p99_us":..,"max_us":..,"n":..,"denied":..},..},"tx_per_s":..,
    /// "rss_mb":..,"load_ms":..,"reload_ms":..}`
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("classes")
        json.beginObject()
        for trafficClass in BenchmarkCorpus.TrafficClass.allCases {
            json.key(trafficClass.name)
            json.beginObject()
            for (name, share) in [("p10_us", 0.1), ("p50_us", 0.5), ("p99_us", 0.99), ("max_us", 1)] {
                json.key(name)
                if let value = microseconds(share, of: trafficClass) {
                    json.number(value, decimals: 1)
                } else {
                    json.null()
                }
            }
            json.key("n")
            json.number(samples[trafficClass]?.count ?? 0)
            json.key("denied")
            json.number(denied[trafficClass] ?? 0)
            json.endObject()
        }
        json.endObject()
        json.key("tx_per_s")
        json.number(throughput, decimals: 1)
        json.key("rss_mb")
        json.number(Double(residentBytes) / 1_048_576, decimals: 1)
        for (name, value) in [("load_ms", loadMilliseconds), ("reload_ms", reloadMilliseconds)] {
            if let value {
                json.key(name)
                json.number(value, decimals: 1)
            }
        }
        json.endObject()
        json.endLine()
        return json.bytes
    }

    /// The same as a table.
    package var text: String {
        var table = TextTable(
            ["CLASS", "P10 us", "P50 us", "P99 us", "N"],
            alignments: [.left, .right, .right, .right, .right]
        )
        for trafficClass in BenchmarkCorpus.TrafficClass.allCases {
            let values = [0.1, 0.5, 0.99].map { share in
                microseconds(share, of: trafficClass).map { String(($0 * 10).rounded() / 10) } ?? "-"
            }
            table.add([trafficClass.name] + values + [String(samples[trafficClass]?.count ?? 0)])
        }
        let rate = String((throughput * 10).rounded() / 10)
        let memory = String((Double(residentBytes) / 104_857.6).rounded() / 10)
        return table.text + "\(rate) transactions/s, \(memory) MB resident\n"
    }

    private var throughput: Double {
        seconds > 0 ? Double(transactions) / seconds : 0
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The bytes of this process in memory (`/proc/self/statm`, field 2); 0 where the system does not tell.
    private static func residentMemory() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else {
            return 0
        }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else {
            return 0
        }
        let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        let pages = fields.count > 1 ? Int(fields[1]) ?? 0 : 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
