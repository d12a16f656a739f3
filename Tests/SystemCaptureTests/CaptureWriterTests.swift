// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SystemCapture
import TestSupport
import Testing

@Suite("Captures are written", .enabled(if: CaptureFiles.isAvailable))
struct CaptureWriterTests {
    /// A capture of the state at an event, and of all events from it on.
    static func rewrite(_ bytes: [UInt8], from first: UInt64) throws -> [UInt8] {
        var replay = CaptureReplay()
        var written: [UInt8] = []
        try bytes.withUnsafeBytes { raw in
            replay.feed(raw, isLast: true)
            var writer: CaptureWriter?
            while try replay.next() == .event {
                let event = replay.event
                guard event.number >= first, let machine = replay.machine else {
                    continue
                }
                if writer == nil {
                    writer = CaptureWriter(machine: machine)
                    writer?.write(replay.state, interfaces: replay.interfaces)
                }
                writer?.write(event)
            }
            written = writer?.take() ?? []
        }
        return written
    }

    @Test(arguments: CaptureFiles.names.filter { $0 != "empty" })
    func `what was written reads as what was read`(name: String) throws {
        let bytes = try CaptureFiles.bytes(name)
        let read = ReplayResult(bytes)
        let again = ReplayResult(try Self.rewrite(bytes, from: 1))
        #expect(again.error == nil)
        #expect(again.events == read.events)
    }

    @Test func `a capture that begins late still knows the state`() throws {
        let bytes = try CaptureFiles.bytes("curl_google")
        let read = ReplayResult(bytes)
        let again = ReplayResult(try Self.rewrite(bytes, from: 300))
        #expect(again.error == nil)
        #expect(again.events.count == read.events.count - 299)
        #expect(abs(again.threads - read.threads) <= 1)
        #expect(again.descriptors == read.descriptors)
    }
}
