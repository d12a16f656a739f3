// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Finds all literals that lie anywhere in a value, in one pass over it (Aho and Corasick, 1975).
///
/// A state is the offset of its row, so that a step is one addition and one load; a bit of the entry says that
/// literals end in the new state, and a last column says which. Bytes of no literal share a class, both cases of a
/// letter another. Rows are made for the first states only, so that tens of thousands of literals do not take
/// gigabytes; deeper states, where texts seldom get to, compare the labels of their children.
struct TextAutomaton: BitwiseCopyable {
    private let classOfByte: UnsafePointer<UInt8>
    private let rows: UnsafePointer<UInt32>
    private let rowWidth: UInt32
    /// Offsets from here on are deep states, counted on from ``rowCount``.
    private let rowLimit: UInt32
    private let rowCount: UInt32
    private let label: UnsafePointer<UInt8>
    private let firstChild: UnsafePointer<UInt32>
    private let fallback: UnsafePointer<UInt32>
    /// Which outputs a state has, by number of the state.
    private let outputSet: UnsafePointer<UInt32>
    private let outputStart: UnsafePointer<UInt32>
    private let outputs: UnsafePointer<LiteralOutput>
    let isEmpty: Bool

    private static let hasOutput: UInt32 = 1 << 31
    /// 16 MiB of rows.
    private static let mostRowEntries = 4 << 20

    init(_ groups: LiteralGroups, _ memory: ProgramMemory) {
        var trie = PhraseTrie(groups.texts)
        trie.numberBreadthFirst()
        let links = trie.links()
        let states = trie.label.count
        let width = trie.classCount + 1
        let count = min(states, max(Int(trie.firstChild[1]), Self.mostRowEntries / width))
        let sets = Self.outputSets(groups, trie, links.fallback)
        let plain = trie.rows(count: count, fallback: links.fallback)
        var rows = [UInt32](repeating: 0, count: count * width)
        let limit = count * width
        for state in 0..<count {
            for symbol in 0..<trie.classCount {
                let next = Int(plain[state * trie.classCount + symbol])
                let offset = next < count ? next * width : limit + next - count
                rows[state * width + symbol] = UInt32(offset) | (sets.ofState[next] != 0 ? Self.hasOutput : 0)
            }
            rows[state * width + width - 1] = sets.ofState[state]
        }
        classOfByte = memory.keep(trie.classOfByte)
        self.rows = memory.keep(rows)
        rowWidth = UInt32(width)
        rowLimit = UInt32(limit)
        rowCount = UInt32(count)
        label = memory.keep(trie.label)
        firstChild = memory.keep(trie.firstChild)
        fallback = memory.keep(links.fallback)
        outputSet = memory.keep(sets.ofState)
        outputStart = memory.keep(sets.start)
        outputs = memory.keep(sets.outputs)
        isEmpty = groups.texts.isEmpty
    }

    private struct OutputSets {
        /// The set of each state; 0 is the empty one.
        var ofState: [UInt32]
        var start: [UInt32] = [0, 0]
        var outputs: [LiteralOutput] = []
    }

    /// A state has the outputs of the literal that ends in it and those of the state that it falls back to.
    private static func outputSets(_ groups: LiteralGroups, _ trie: PhraseTrie, _ fallback: [UInt32]) -> OutputSets {
        var own: [Int: [LiteralOutput]] = [:]
        for (text, outputs) in zip(groups.texts, groups.outputs) {
            own[TrieWalk.state(of: text, trie)] = outputs
        }
        var sets = OutputSets(ofState: [UInt32](repeating: 0, count: trie.label.count))
        for state in trie.label.indices.dropFirst() {
            let inherited = sets.ofState[Int(fallback[state])]
            guard let outputs = own[state] else {
                sets.ofState[state] = inherited
                continue
            }
            sets.ofState[state] = UInt32(sets.start.count - 1)
            sets.outputs += outputs
            let more = Int(sets.start[Int(inherited)])..<Int(sets.start[Int(inherited) + 1])
            sets.outputs += Array(sets.outputs[more])
            sets.start.append(UInt32(sets.outputs.count))
        }
        return sets
    }

    /// Sets the bits of the predicates whose literals occur.
    @inline(never)
    func scan(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ texts: UnsafePointer<UInt8>,
        into bits: PredicateBits
    ) {
        let (classOfByte, rows, rowLimit) = (classOfByte, rows, rowLimit)
        var at: UInt32 = 0
        var index = 0
        while index < count {
            let symbol = UInt32(classOfByte[Int(value[index])])
            let entry = at < rowLimit ? rows[Int(at &+ symbol)] : deepStep(at, symbol)
            at = entry & ~Self.hasOutput
            index &+= 1
            if entry & Self.hasOutput != 0 {
                report(at, value + index, texts, bits)
            }
        }
    }

    @inline(never)
    private func report(
        _ at: UInt32,
        _ end: UnsafePointer<UInt8>,
        _ texts: UnsafePointer<UInt8>,
        _ bits: PredicateBits
    ) {
        let set =
            at < rowLimit ? rows[Int(at &+ rowWidth &- 1)] : outputSet[Int(rowCount &+ at &- rowLimit)]
        var place = Int(outputStart[Int(set)])
        let last = Int(outputStart[Int(set) + 1])
        while place < last {
            let output = outputs[place]
            bits.set(output, at: end - Int(output.casedCount), texts)
            place &+= 1
        }
    }

    /// A step from a state without a row.
    @inline(never)
    private func deepStep(_ at: UInt32, _ symbol: UInt32) -> UInt32 {
        var state = Int(rowCount &+ at &- rowLimit)
        while state >= Int(rowCount) {
            var child = Int(firstChild[state])
            let end = Int(firstChild[state + 1])
            while child < end {
                if UInt32(label[child]) == symbol {
                    let offset = rowLimit &+ UInt32(child) &- rowCount
                    return offset | (outputSet[child] != 0 ? Self.hasOutput : 0)
                }
                child &+= 1
            }
            state = Int(fallback[state])
        }
        return rows[state &* Int(rowWidth) &+ Int(symbol)]
    }
}

enum TrieWalk {
    /// The state that a text leads to; the text is one of those that the trie was made of.
    static func state(of text: [UInt8], _ trie: PhraseTrie) -> Int {
        var state = 0
        for byte in text {
            let symbol = trie.classOfByte[Int(byte)]
            let children = Int(trie.firstChild[state])..<Int(trie.firstChild[state + 1])
            guard let child = children.first(where: { trie.label[$0] == symbol }) else { return 0 }
            state = child
        }
        return state
    }
}
