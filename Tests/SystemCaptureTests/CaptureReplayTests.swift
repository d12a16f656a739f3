// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SystemCapture
import TestSupport
import Testing

@Suite("Captures are read as their reference says", .enabled(if: CaptureFiles.isAvailable))
struct CaptureReplayTests {
    @Test(arguments: CaptureFiles.names)
    func `exit events are counted by type`(name: String) throws {
        let reference = try #require(try CaptureFiles.reference()["\(name).scap"])
        let result = ReplayResult(try CaptureFiles.bytes(name))
        #expect(result.error == nil)
        var counts: [String: Int] = [:]
        for event in result.events where !event.isEnter {
            counts[event.name, default: 0] += 1
        }
        #expect(counts == reference["exit_events_by_type"] as? [String: Int])
        #expect(counts.values.reduce(0, +) == reference["exit_events"] as? Int)
    }

    @Test(arguments: CaptureFiles.names)
    func `enter events that rules see are counted by type`(name: String) throws {
        let reference = try #require(try CaptureFiles.reference()["\(name).scap"])
        let result = ReplayResult(try CaptureFiles.bytes(name))
        var counts: [String: Int] = [:]
        for event in result.events where event.isEnter {
            counts[event.name, default: 0] += 1
        }
        #expect(counts == reference["enter_events_delivered_by_type"] as? [String: Int])
    }

    @Test(arguments: CaptureFiles.names)
    func `every byte and every event block is read`(name: String) throws {
        let reference = try #require(try CaptureFiles.reference()["\(name).scap"])
        let bytes = try CaptureFiles.bytes(name)
        let blocks = try #require(reference["blocks"] as? [String: Int])
        #expect(bytes.count == reference["bytes_unpacked"] as? Int)
        #expect(ReplayResult(bytes).blocks == (blocks["0x204"] ?? 0) + (blocks["0x216"] ?? 0))
    }

    @Test(arguments: CaptureFiles.names, [4096, 60_000])
    func `bytes in pieces give the same events`(name: String, piece: Int) throws {
        let bytes = try CaptureFiles.bytes(name)
        let whole = ReplayResult(bytes)
        let pieces = ReplayResult(bytes, piece: piece)
        #expect(pieces.error == nil)
        #expect(pieces.events == whole.events)
    }

    @Test func `a second section starts from an empty state`() throws {
        let first = try CaptureFiles.bytes("cat_write")
        let second = try CaptureFiles.bytes("sample")
        let both = ReplayResult(first + second)
        #expect(both.error == nil)
        #expect(both.events.count == ReplayResult(first).events.count + ReplayResult(second).events.count)
        #expect(both.threads == ReplayResult(second).threads)
        #expect(both.descriptors == ReplayResult(second).descriptors)
    }
}
