// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds all literals that lie anywhere in a value.
///
/// Most places of a text begin none of a few literals. A table of bits tells so from three bytes, one load for each place that
/// waits for no other, which an automaton's steps do. Where it does not say no, the literals that begin there are
/// looked for in a trie. A text that is made to begin literals everywhere would make that slow, so the trie's steps are
/// counted, and such a text is given to the automaton, whose time is linear whatever the text.
struct TextScanner: BitwiseCopyable {
    /// A bit for each three bytes, of six bits each: without the bit that tells the cases of letters apart, and without
    /// the highest one.
    private let filter: UnsafePointer<UInt64>
    private let trie: AnchoredTrie
    private let automaton: TextAutomaton
    let isEmpty: Bool
    /// With hundreds of literals, or very short ones, so many places pass the table that the automaton is as fast.
    private let usesAutomaton: Bool
    private static let mostFilteredTexts = 48

    /// Short texts may always be walked; longer ones with so many steps for each byte.
    private static let freeSteps = 64
    private static let stepsPerByte = 2

    init(_ groups: LiteralGroups, _ memory: ProgramMemory) {
        var filter = [UInt64](repeating: 0, count: 1 << 12)
        for text in groups.texts {
            let first = Self.bits(text.first ?? 0)
            let seconds = text.count > 1 ? [Self.bits(text[1])] : Array(0..<64)
            let thirds = text.count > 2 ? [Self.bits(text[2])] : Array(0..<64)
            for second in seconds {
                for third in thirds {
                    let place = first | second << 6 | third << 12
                    filter[Int(place >> 6)] |= 1 << UInt64(place & 63)
                }
            }
        }
        self.filter = memory.keep(filter)
        trie = AnchoredTrie(groups, isBackward: false, memory)
        automaton = TextAutomaton(groups, memory)
        isEmpty = groups.texts.isEmpty
        usesAutomaton = groups.texts.count > Self.mostFilteredTexts || groups.texts.contains { $0.count < 3 }
    }

    private static func bits(_ byte: UInt8) -> UInt32 {
        UInt32(byte & 0x1F | (byte & 0x40) >> 1)
    }

    /// Whether literals may begin with the first three bytes of a word.
    @inline(__always)
    private static func mayBegin(_ word: UInt32, _ filter: UnsafePointer<UInt64>) -> Bool {
        let bits = word & 0x1F1F1F | (word & 0x404040) >> 1
        let place = bits & 0x3F | bits >> 2 & 0xFC0 | bits >> 4 & 0x3F000
        return filter[Int(place >> 6)] >> UInt64(place & 63) & 1 != 0
    }

    /// Sets the bits of the predicates whose literals occur.
    @inline(__always)
    func scan(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ texts: UnsafePointer<UInt8>,
        into bits: PredicateBits
    ) {
        if usesAutomaton {
            automaton.scan(value, count, texts, into: bits)
        } else {
            scanFiltered(value, count, texts, bits)
        }
    }

    @inline(never)
    private func scanFiltered(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ texts: UnsafePointer<UInt8>,
        _ bits: PredicateBits
    ) {
        let filter = filter
        var steps = Self.freeSteps &+ count &* Self.stepsPerByte
        var place = 0
        let raw = UnsafeRawPointer(value)
        while place &+ 4 <= count {
            if Self.mayBegin(raw.loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian, filter) {
                steps &-= trie.walk(value + place, count &- place, texts, into: bits)
                if steps < 0 { return automaton.scan(value, count, texts, into: bits) }
            }
            place &+= 1
        }
        while place < count {
            var word: UInt32 = 0
            for index in place..<count { word |= UInt32(value[index]) << UInt32(8 &* (index &- place)) }
            if Self.mayBegin(word, filter) {
                _ = trie.walk(value + place, count &- place, texts, into: bits)
            }
            place &+= 1
        }
    }
}
