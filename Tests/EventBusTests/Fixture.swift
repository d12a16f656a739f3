// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

@testable import EventBus

/// Numbers that are the same in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}

enum Fixture {
    static func facts(_ time: Int64) -> EventFacts {
        EventFacts(time: time, eventClass: .httpActivity)
    }

    static func event(_ number: Int, padding: Int = 0) -> [UInt8] {
        Array("{\"number\":\(number)}".utf8) + [UInt8](repeating: 0x20, count: padding)
    }

    /// A bus that hands on full batches only, unless it is told to.
    static func bus(_ change: (inout EventBus.Settings) -> Void = { _ in }) -> EventBus {
        var settings = EventBus.Settings()
        settings.batchDelay = .seconds(3600)
        change(&settings)
        return EventBus(settings)
    }

    /// A batch of events of some length.
    static func batch(_ count: Int, first: UInt64 = 0, padding: Int = 0, epoch: UInt32 = 1) -> EventBatch {
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: epoch), firstSequence: first)
        for number in 0..<count { batch.append(event(number, padding: padding), facts(Int64(number))) }
        return batch
    }
}
