// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The `TX` variables of a transaction: an array for the names that the rules know, a map for names made at run time.
struct TXStore {
    struct Entry {
        var isSet = false
        /// The value's text; meaningless while `isNumber` holds and `hasText` does not.
        var bytes = ByteRange.empty
        var number = 0
        var isNumber = false
        var hasText = false
    }

    private(set) var entries: [Entry]
    private(set) var dynamicNames: [[UInt8]] = []
    private var dynamicSlots: [[UInt8]: Int] = [:]
    private let knownCount: Int

    /// How many names a transaction may make up; beyond it new ones are not stored.
    static let maximumDynamicNames = 10_000

    init(count: Int) {
        knownCount = count
        entries = Array(repeating: Entry(), count: count)
    }

    /// The slot of a name made at run time, or nil where nothing is stored under it.
    func slot(of name: [UInt8], in rules: RuleSet) -> Int? {
        rules.slotIndex[name] ?? dynamicSlots[name]
    }

    /// The slot of a name made at run time, made where there is none; nil where there are too many.
    mutating func makeSlot(for spelling: [UInt8], in rules: RuleSet) -> Int? {
        let name = spelling.asciiLowercased()
        if let slot = slot(of: name, in: rules) {
            return slot
        }
        guard dynamicNames.count < Self.maximumDynamicNames else {
            return nil
        }
        entries.append(Entry())
        dynamicNames.append(spelling)
        dynamicSlots[name] = entries.count - 1
        return entries.count - 1
    }

    func name(of slot: Int, in rules: RuleSet) -> [UInt8] {
        slot < knownCount ? rules.slotNames[slot] : dynamicNames[slot - knownCount]
    }

    subscript(slot: Int) -> Entry {
        get { entries[slot] }
        set { entries[slot] = newValue }
    }

    mutating func set(_ slot: Int, bytes: ByteRange) {
        entries[slot] = Entry(isSet: true, bytes: bytes, hasText: true)
    }

    mutating func set(_ slot: Int, number: Int) {
        entries[slot] = Entry(isSet: true, number: number, isNumber: true)
    }

    mutating func unset(_ slot: Int) {
        entries[slot].isSet = false
    }
}
