// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The `TX` variables of a transaction: a slot for each name that the rules know, more for names made at run time.
struct TXStore: ~Copyable {
    struct Entry: BitwiseCopyable {
        var isSet = false
        /// The value's text; meaningless while `isNumber` holds and `hasText` does not.
        var bytes = ByteRange.empty
        var number = 0
        var isNumber = false
        var hasText = false
    }

    private var entries: GrowingBuffer<Entry>
    /// The names made at run time, as they were spelled first.
    private var dynamicNames = GrowingBuffer<ByteRange>(capacity: 32)
    private var dynamicSlots = NameIndex(capacity: 32)
    private let knownCount: Int

    /// How many names a transaction may make up; beyond it new ones are not stored.
    static let maximumDynamicNames = 10_000

    init(count: Int) {
        knownCount = count
        entries = GrowingBuffer(repeating: Entry(), count: count)
    }

    /// The number of slots, those of unset variables included.
    var count: Int { entries.count }

    /// The slot of a name, nil where nothing was ever stored under it.
    ///
    /// - Parameter name: a range of the arena.
    func slot(of name: ByteRange, in rules: RuleSet, _ arena: borrowing ByteArena) -> Int? {
        slot(of: arena[name], hash: NameIndex.hash(arena[name]), in: rules, arena)
    }

    private func slot(
        of name: UnsafeBufferPointer<UInt8>,
        hash: Int,
        in rules: RuleSet,
        _ arena: borrowing ByteArena
    ) -> Int? {
        if let slot = rules.slot(of: name, hash: hash) {
            return slot
        }
        var candidate = dynamicSlots.candidate(hash)
        while let found = candidate {
            if NameIndex.areEqual(arena[dynamicNames[found.number]], name) {
                return knownCount + found.number
            }
            candidate = dynamicSlots.candidate(hash, from: found.next)
        }
        return nil
    }

    /// The same, made where there is none; nil where there are too many.
    mutating func makeSlot(for name: ByteRange, in rules: RuleSet, _ arena: borrowing ByteArena) -> Int? {
        let hash = NameIndex.hash(arena[name])
        if let slot = slot(of: arena[name], hash: hash, in: rules, arena) {
            return slot
        }
        guard dynamicNames.count < Self.maximumDynamicNames else {
            return nil
        }
        dynamicSlots.add(dynamicNames.count, hash)
        dynamicNames.append(name)
        entries.append(Entry())
        return entries.count - 1
    }

    /// The name of a slot that the rules do not know, as a range of the arena; nil for all others.
    func dynamicName(of slot: Int) -> ByteRange? {
        slot < knownCount ? nil : dynamicNames[slot - knownCount]
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
