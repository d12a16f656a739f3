// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Transaction {
    // MARK: Storing

    /// Adds a value to the table.
    mutating func store(key: ByteRange = .empty, _ bytes: ByteRange, origin: Origin = .none) -> Int32 {
        let classes = ByteClasses.classify(arena[bytes])
        values.append(StoredValue(key: key, bytes: bytes, classes: classes, origin: origin))
        return Int32(values.count - 1)
    }

    /// Adds a value to a list.
    mutating func append(_ key: ByteRange, _ bytes: ByteRange, to list: ValueList, origin: Origin = .none) {
        let index = store(key: key, bytes, origin: origin)
        lists[list.rawValue].append(index)
    }

    mutating func set(_ variable: Variable, _ bytes: ByteRange, origin: Origin = .none) {
        scalars[Int(variable.rawValue)] = store(bytes, origin: origin)
    }

    mutating func set(_ variable: Variable, _ text: some Sequence<UInt8>, origin: Origin = .none) {
        set(variable, arena.append(Array(text)), origin: origin)
    }

    mutating func set(_ variable: Variable, _ text: String, origin: Origin = .none) {
        set(variable, text.utf8, origin: origin)
    }

    /// Appends the decimal text of a number.
    mutating func number(_ value: Int) -> ByteRange {
        if value >= 0 && value < 10 {
            arena.append(byte: UInt8(0x30 + value))
            return ByteRange(offset: arena.count - 1, length: 1)
        }
        return arena.append(Array(String(value).utf8))
    }

    /// The values that are there before any request is.
    mutating func prepareScalars() {
        let zero = number(0)
        assert(zero == InitialValues.zero, "the arena begins with the text of the values that are there from the start")
        values = Self.initial.values
        values.reserveCapacity(128)
        scalars = Self.initial.scalars
        set(.uniqueID, context.identifier)
        set(.webAppID, rules.settings.webAppID)
        set(.modsecBuild, "030000000")
    }

    private static let initial = InitialValues()

    // MARK: Transforming

    /// The value after the steps of a path of the transformation trie.
    ///
    /// Results of stored values are cached per node; a step whose trigger bytes the value lacks costs one test.
    mutating func transform(_ reference: ValueReference, along path: [Int]) -> ByteRange {
        guard !path.isEmpty else {
            return reference.bytes
        }
        guard reference.index >= 0 else {
            return transformOnce(reference.bytes, along: path)
        }
        let row = cacheRow(of: Int(reference.index))
        var current = reference.bytes
        var classes = values[Int(reference.index)].classes
        for node in path {
            let cell = row + 2 * node
            let cached = transformed[cell]
            if cached != .max {
                current = ByteRange(offset: UInt32(cached >> 32), length: UInt32(truncatingIfNeeded: cached))
                classes = ByteClasses(rawValue: UInt32(truncatingIfNeeded: transformed[cell + 1]))
                continue
            }
            (current, classes) = step(node, current, classes)
            transformed[cell] = UInt64(current.offset) << 32 | UInt64(current.length)
            transformed[cell + 1] = UInt64(classes.rawValue)
        }
        return current
    }

    private mutating func transformOnce(_ bytes: ByteRange, along path: [Int]) -> ByteRange {
        var current = bytes
        var classes = ByteClasses.classify(arena[bytes])
        for node in path {
            (current, classes) = step(node, current, classes)
        }
        return current
    }

    /// One step; where the value holds none of the step's trigger bytes it stays where it is.
    mutating func step(
        _ number: Int,
        _ input: ByteRange,
        _ classes: ByteClasses
    ) -> (ByteRange, ByteClasses) {
        let triggers = rules.trie.nodes[number].triggers
        let transformation = rules.trie.nodes[number].transformation
        guard !classes.isDisjoint(with: triggers) else {
            return (input, classes)
        }
        let capacity = transformation.maximumOutputLength(of: input.count)
        // Ranges reach 4 GiB; long before that a request asks for too much.
        guard arena.count + capacity <= Self.maximumArenaSize else {
            noteArenaOverLimit()
            return (input, classes)
        }
        let output = arena.reserve(capacity)
        let count = transformation.apply(arena[input], into: output, unicodeMap: rules.settings.unicodeMap)
        let range = arena.commit(count)
        return (range, ByteClasses.classify(arena[range]))
    }

    /// How many bytes a transaction may derive.
    static var maximumArenaSize: Int { 1 << 30 }

    mutating func noteArenaOverLimit() {
        guard !isOverArenaLimit else {
            return
        }
        isOverArenaLimit = true
        failBody("The request needs too much memory to be inspected")
    }

    private mutating func cacheRow(of index: Int) -> Int {
        let width = 2 * rules.trie.nodes.count
        if values[index].row >= 0 {
            return Int(values[index].row) * width
        }
        let row = width == 0 ? 0 : transformed.count / width
        transformed.append(contentsOf: repeatElement(.max, count: width))
        values[index].row = Int32(row)
        return row * width
    }
}
