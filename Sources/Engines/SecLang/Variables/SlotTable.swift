// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The names of `TX` variables that occur in the rules, each with a dense number.
///
/// A rule set knows nearly all names that it will use, so a transaction keeps them in an array instead of a
/// dictionary; the gates and sums that make up two thirds of the Core Rule Set then cost a few nanoseconds.
/// Shared while rules are compiled, frozen afterwards.
final class SlotTable {
    /// The captures `TX:0` to `TX:9` have the slots 0 to 9.
    static let captureCount = 10

    private(set) var names: [[UInt8]] = []
    private(set) var slots: [[UInt8]: Int] = [:]

    init() {
        for digit in 0..<Self.captureCount {
            _ = slot(for: Array("\(digit)".utf8))
        }
    }

    /// The slot of a lower-cased name, made where there is none yet.
    func slot(for name: [UInt8]) -> Int {
        if let slot = slots[name] {
            return slot
        }
        names.append(name)
        slots[name] = names.count - 1
        return names.count - 1
    }
}
