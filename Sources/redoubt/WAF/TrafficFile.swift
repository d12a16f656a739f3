// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Gateway
import Glibc
import WebFirewall

/// A file of recorded requests: a HAR file, as browsers save it, NDJSON in the form that `redoubt waf eval` takes, or a
/// corpus of `redoubt waf bench`.
struct TrafficFile {
    let path: String

    /// - Throws: ``CommandFailure`` where the file cannot be read.
    init(_ path: String) throws {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw CommandFailure.badInput("\(path) cannot be read")
        }
        self.path = path
    }

    /// Hands over one transaction after the other, with a line of progress on a terminal. What is wrong with single
    /// ones goes to standard error.
    ///
    /// - Returns: how many could not be read.
    /// - Throws: ``CommandFailure`` where the file as a whole makes no sense.
    func readAll(_ body: (RecordedTransaction) -> Void) throws -> Int {
        let name = path.lowercased()
        if name.hasSuffix(".har") {
            return try readArchive(body)
        }
        return name.hasSuffix(".bin") ? try readCorpus(body) : try readLines(body)
    }

    private var contents: [UInt8] {
        Array(FileManager.default.contents(atPath: path) ?? Data())
    }

    private func readArchive(_ body: (RecordedTransaction) -> Void) throws -> Int {
        var unreadable = 0
        let transactions: [RecordedTransaction]
        do {
            transactions = try HARReader.read(contents) { error in
                StandardError.write("\(path): \(error.message)\n")
                unreadable += 1
            }
        } catch {
            throw CommandFailure.badInput("\(path):\(error.line):\(max(error.column, 1)): \(error.message)")
        }
        handOver(transactions, body)
        return unreadable
    }

    private func readCorpus(_ body: (RecordedTransaction) -> Void) throws -> Int {
        do {
            handOver(try BenchmarkCorpus(contents).records.map(\.transaction), body)
            return 0
        } catch {
            throw CommandFailure.badInput("\(path): \(error)")
        }
    }

    private func handOver(_ transactions: [RecordedTransaction], _ body: (RecordedTransaction) -> Void) {
        var progress = ProgressLine()
        for (number, transaction) in transactions.enumerated() {
            body(transaction)
            progress.show("\(number + 1) of \(transactions.count) requests")
        }
        progress.clear()
    }

    private func readLines(_ body: (RecordedTransaction) -> Void) throws -> Int {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure.badInput("\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let decoder = TransactionDecoder(parseRawRequest: parseRawRequest)
        var reader = LineReader(descriptor: descriptor)
        var progress = ProgressLine()
        var line = 0
        var requests = 0
        var unreadable = 0
        while let item = try reader.next() {
            line += 1
            guard case .line(let bytes) = item else {
                StandardError.write("\(path):\(line): the line is too long\n")
                unreadable += 1
                continue
            }
            guard !bytes.isEmpty else {
                continue
            }
            do {
                body(try decoder.decode(bytes, line: line))
                requests += 1
            } catch {
                StandardError.write("\(path): \(error)\n")
                unreadable += 1
            }
            progress.show("\(requests) requests")
        }
        progress.clear()
        return unreadable
    }
}
