// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds the literals that a value is, by a hash of its bytes in lower case.
struct ExactTable: BitwiseCopyable {
    private struct Entry: BitwiseCopyable {
        var hash: UInt32
        /// One more than the number of bytes; 0 for a free place.
        var length: UInt32
        var text: UInt32
        var firstOutput: UInt32
        var lastOutput: UInt32
    }

    private let entries: UnsafePointer<Entry>
    private let mask: UInt32
    private let texts: UnsafePointer<UInt8>
    private let outputs: UnsafePointer<LiteralOutput>
    /// Which lengths there are, the last bit for all of 63 and more: most values need no hash.
    private let lengths: UInt64

    init(_ groups: LiteralGroups, _ memory: ProgramMemory) {
        var size = 2
        while size < 2 * groups.texts.count { size *= 2 }
        var entries = [Entry](
            repeating: Entry(hash: 0, length: 0, text: 0, firstOutput: 0, lastOutput: 0),
            count: size
        )
        var texts: [UInt8] = []
        var outputs: [LiteralOutput] = []
        var lengths: UInt64 = 0
        for (text, list) in zip(groups.texts, groups.outputs) {
            let hash = text.withUnsafeBufferPointer { Self.hash($0.baseAddress, $0.count) }
            var place = Int(hash) & (size - 1)
            while entries[place].length != 0 { place = (place + 1) & (size - 1) }
            entries[place] = Entry(
                hash: hash,
                length: UInt32(text.count + 1),
                text: UInt32(texts.count),
                firstOutput: UInt32(outputs.count),
                lastOutput: UInt32(outputs.count + list.count)
            )
            texts += text
            outputs += list
            lengths |= 1 << UInt64(min(text.count, 63))
        }
        self.entries = memory.keep(entries)
        self.texts = memory.keep(texts)
        self.outputs = memory.keep(outputs)
        self.lengths = lengths
        mask = UInt32(size - 1)
    }

    @inline(__always)
    func find(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ casedTexts: UnsafePointer<UInt8>,
        into bits: PredicateBits
    ) {
        guard lengths & 1 << UInt64(min(count, 63)) != 0 else { return }
        lookUp(value, count, casedTexts, bits)
    }

    @inline(never)
    private func lookUp(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ casedTexts: UnsafePointer<UInt8>,
        _ bits: PredicateBits
    ) {
        let hash = Self.hash(value, count)
        var place = hash & mask
        while entries[Int(place)].length != 0 {
            let entry = entries[Int(place)]
            if entry.hash == hash, Int(entry.length) == count + 1, isEqual(entry, value, count) {
                for output in entry.firstOutput..<entry.lastOutput {
                    bits.set(outputs[Int(output)], at: value, casedTexts)
                }
                return
            }
            place = (place &+ 1) & mask
        }
    }

    private func isEqual(_ entry: Entry, _ value: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let text = texts + Int(entry.text)
        for index in 0..<count where ASCIIFolding.fold(value[index]) != text[index] { return false }
        return true
    }

    /// Mixes eight bytes at a time, each in lower case. Not secret: who writes events can only make a lookup longer by
    /// values that are rules' literals.
    private static func hash(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> UInt32 {
        guard let bytes else { return 0 }
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index < count {
            var word: UInt64 = 0
            let width = min(8, count - index)
            for place in 0..<width {
                word |= UInt64(ASCIIFolding.fold(bytes[index + place])) << UInt64(8 * place)
            }
            hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            index += 8
        }
        return UInt32(truncatingIfNeeded: hash ^ hash >> 29)
    }
}
