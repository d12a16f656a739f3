// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import ReportFormats

/// Every sample, cut anywhere, changed anywhere and fed in any pieces.
@Suite(.enabled(if: TestData.available("vuln/reports/index.json", for: "damaged sample reports")))
struct RobustnessTests {
    /// The smaller samples; of larger ones their beginning is enough.
    static let samples: [(name: String, bytes: [UInt8])] = {
        let root = TestData.url("vuln")
        return ["reports", "sarif"].flatMap { folder -> [(name: String, bytes: [UInt8])] in
            let url = root.appendingPathComponent(folder)
            let files = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
            return files.sorted().compactMap { file in
                guard let data = try? Data(contentsOf: url.appendingPathComponent(file)), data.count < 40_000 else {
                    return nil
                }
                return (file, Array(data))
            }
        }
    }()

    /// Reads and gives what came of it as text, so that two readings can be compared.
    private func outcome(_ bytes: [UInt8], pieceLength: Int = .max) -> String {
        do {
            let reading = try Reading(bytes, pieceLength: pieceLength)
            var json = JSONWriter()
            json.beginArray()
            for finding in reading.findings {
                json.finding(finding)
            }
            json.scan(reading.scan)
            json.endArray()
            return "\(reading.format ?? "-") \(String(decoding: json.bytes, as: UTF8.self))"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [1, 7, 64, 4096])
    func `pieces make no difference`(pieceLength: Int) {
        // One byte at a time is slow: libxml2 asks for each of them.
        for sample in Self.samples where pieceLength > 1 || sample.bytes.count < 8_000 {
            #expect(outcome(sample.bytes) == outcome(sample.bytes, pieceLength: pieceLength), "\(sample.name)")
        }
    }

    @Test func `a report that is cut off is an error with a place, or still sound`() {
        var dice = Dice(state: 1)
        for sample in Self.samples {
            for _ in 0..<6 {
                let end = Int.random(in: 1..<max(sample.bytes.count, 2), using: &dice)
                let bytes = Array(sample.bytes.prefix(end))
                do {
                    _ = try Reading(bytes)
                } catch let error as ReportError {
                    #expect(!error.description.contains("\n"), "\(sample.name) at \(end)")
                    let isPlaced = error.place != nil || error.code == .unknownFormat
                    #expect(isPlaced, "\(sample.name) at \(end): \(error)")
                } catch {
                    Issue.record("\(sample.name) at \(end): \(error)")
                }
            }
        }
    }

    @Test(arguments: 0..<8)
    func `random damage never crashes`(seed: Int) {
        var dice = Dice(state: UInt64(seed) + 100)
        let marks: [UInt8] = Array("\"\\{}[],:<>&;=0\n\u{0}-eT ".utf8) + [0xFF, 0xC3, 0x80]
        for sample in Self.samples {
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...12, using: &dice) {
                let index = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: bytes[index] = marks.randomElement(using: &dice) ?? 0
                case 1: bytes.insert(marks.randomElement(using: &dice) ?? 0, at: index)
                case 2: bytes.removeSubrange(index..<min(index + 5, bytes.count))
                default:
                    let start = Int.random(in: 0..<bytes.count, using: &dice)
                    bytes.insert(contentsOf: bytes[start..<min(start + 300, bytes.count)], at: index)
                }
                if bytes.isEmpty { break }
            }
            if bytes.count < 6_000 {
                #expect(outcome(bytes) == outcome(bytes, pieceLength: 5), "\(sample.name)")
            }
            do {
                let reading = try Reading(bytes)
                #expect(reading.findings.count <= bytes.count)
            } catch {
                #expect(error is ReportError, "\(sample.name): \(error)")
            }
        }
    }

    @Test func `the same report twice gives the same`() {
        for sample in Self.samples {
            #expect(outcome(sample.bytes) == outcome(sample.bytes), "\(sample.name)")
        }
    }
}
