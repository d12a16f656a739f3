// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// Captures, whole and in pieces: both ways give the same events, and no view leaves the bytes that were handed in.

import SystemCapture

private func limits() -> StateLimits {
    var limits = StateLimits()
    limits.threads = 64
    limits.descriptors = 128
    limits.textBytes = 1 << 16
    return limits
}

/// Replays bytes, and sums up what every view of every event holds.
private func replay(_ input: UnsafeRawBufferPointer, piece: Int?) -> (events: Int, sum: UInt64) {
    var replay = CaptureReplay(limits: limits())
    var events = 0
    var sum: UInt64 = 0
    var start = 0
    var size = piece ?? input.count
    while true {
        let stop = min(start + size, input.count)
        replay.feed(UnsafeRawBufferPointer(rebasing: input[start..<stop]), isLast: stop == input.count)
        do {
            var step = try replay.next()
            while step == .event {
                events += 1
                for index in 0..<replay.event.parameterCount {
                    for byte in replay.event.parameter(index) {
                        sum = sum &* 31 &+ UInt64(byte)
                    }
                }
                step = try replay.next()
            }
            guard step == .needsBytes else {
                break
            }
        } catch {
            break
        }
        size = replay.consumed == 0 ? size * 2 + 1 : piece ?? input.count
        start += replay.consumed
    }
    precondition(replay.state.threadCount <= 64 && replay.state.descriptorCount <= 128, "the tables are bounded")
    return (events, sum)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCaptures(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    let whole = replay(input, piece: nil)
    let pieces = replay(input, piece: 100)
    precondition(whole.events == pieces.events && whole.sum == pieces.sum, "pieces give the same events")
    return 0
}
