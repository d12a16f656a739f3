// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Sensors
@testable import SystemCapture

@Suite struct CaptureBytesTests {
    /// A capture with its header and the given blocks behind it.
    private func capture(_ body: (inout CaptureBytes) -> Void) -> [UInt8] {
        var capture = CaptureBytes()
        capture.block(0x0A0D_0D0A) {
            $0.put(UInt32(0x1A2B_3C4D))
            $0.put(UInt16(1))
            $0.put(UInt16(2))
            $0.put(UInt64.max)
        }
        body(&capture)
        return capture.bytes
    }

    @Test func `an event comes back as it was written`() throws {
        let bytes = capture {
            $0.event(277, time: 5, thread: 42, cpu: 3, parameters: 3) {
                $0.put(Int64(-13))
                $0.put { $0.put(bytes: Array("/tmp/x".utf8) + [0]) }
                $0.put(UInt32(0o755))
            }
        }
        var replay = CaptureReplay()
        try bytes.withUnsafeBytes { bytes throws in
            replay.feed(bytes, isLast: true)
            let step1 = try replay.next()
            #expect(step1 == .event)
            let event = replay.event
            #expect(event.type == 277 && event.time == 5 && event.threadID == 42 && event.cpu == 3)
            #expect(event.int64(0) == -13)
            #expect(Array(event.text(1)) == Array("/tmp/x".utf8))
            #expect(event.uint32(2) == 0o755)
            let step2 = try replay.next()
            #expect(step2 == .end)
        }
    }

    @Test func `a parameter that is left out is empty, and those behind it are in their places`() throws {
        let bytes = capture {
            $0.event(277, time: 5, thread: 42, cpu: 3, parameters: 3) {
                $0.putNothing()
                $0.putNothing()
                $0.put(UInt32(7))
            }
        }
        var replay = CaptureReplay()
        try bytes.withUnsafeBytes { bytes throws in
            replay.feed(bytes, isLast: true)
            let step3 = try replay.next()
            #expect(step3 == .event)
            let event = replay.event
            #expect(event.parameter(0).isEmpty && event.parameter(1).isEmpty)
            #expect(event.uint32(2) == 7)
        }
    }
}
