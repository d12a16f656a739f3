// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Finds all literals that a value begins with, or ends with. It looks at no more bytes than the literals agree with,
/// which for the ends of paths are few.
struct AnchoredTrie: BitwiseCopyable {
    private let classOfByte: UnsafePointer<UInt8>
    /// The successor of each of the first states for each class, 0 where there is none.
    private let rows: UnsafePointer<UInt32>
    private let classCount: Int
    private let rowCount: Int
    private let label: UnsafePointer<UInt8>
    private let firstChild: UnsafePointer<UInt32>
    private let outputStart: UnsafePointer<UInt32>
    private let outputs: UnsafePointer<LiteralOutput>
    private let isBackward: Bool
    let isEmpty: Bool

    private static let mostRowEntries = 1 << 20

    init(_ groups: LiteralGroups, isBackward: Bool, _ memory: ProgramMemory) {
        let texts = isBackward ? groups.texts.map { Array($0.reversed()) } : groups.texts
        var trie = PhraseTrie(texts)
        trie.numberBreadthFirst()
        let states = trie.label.count
        let count = min(states, max(1, Self.mostRowEntries / trie.classCount))
        var rows = [UInt32](repeating: 0, count: count * trie.classCount)
        for state in 0..<count {
            for child in trie.firstChild[state]..<trie.firstChild[state + 1] {
                rows[state * trie.classCount + Int(trie.label[Int(child)])] = child
            }
        }
        var own = [[LiteralOutput]](repeating: [], count: states)
        for (text, outputs) in zip(texts, groups.outputs) {
            own[TrieWalk.state(of: text, trie)] = outputs
        }
        var start: [UInt32] = [0]
        var outputs: [LiteralOutput] = []
        for list in own {
            outputs += list
            start.append(UInt32(outputs.count))
        }
        classOfByte = memory.keep(trie.classOfByte)
        self.rows = memory.keep(rows)
        classCount = trie.classCount
        rowCount = count
        label = memory.keep(trie.label)
        firstChild = memory.keep(trie.firstChild)
        outputStart = memory.keep(start)
        self.outputs = memory.keep(outputs)
        self.isBackward = isBackward
        isEmpty = groups.texts.isEmpty
    }

    /// Sets the bits of the predicates whose literals stand at this end of the value.
    @inline(never)
    func scan(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ texts: UnsafePointer<UInt8>,
        into bits: PredicateBits
    ) {
        _ = walk(value, count, texts, into: bits)
    }

    /// - Returns: how many bytes were looked at.
    @inline(__always)
    func walk(
        _ value: UnsafePointer<UInt8>,
        _ count: Int,
        _ texts: UnsafePointer<UInt8>,
        into bits: PredicateBits
    ) -> Int {
        let (classOfByte, rows, outputStart) = (classOfByte, rows, outputStart)
        var state = 0
        var step = 0
        while step < count {
            let byte = isBackward ? value[count &- 1 &- step] : value[step]
            let symbol = classOfByte[Int(byte)]
            if symbol == 0 { break }
            state = state < rowCount ? Int(rows[state &* classCount &+ Int(symbol)]) : deepStep(state, symbol)
            if state == 0 { break }
            step &+= 1
            var place = Int(outputStart[state])
            let last = Int(outputStart[state &+ 1])
            while place < last {
                bits.set(outputs[place], at: isBackward ? value + (count &- step) : value, texts)
                place &+= 1
            }
        }
        return step &+ 1
    }

    @inline(never)
    private func deepStep(_ state: Int, _ symbol: UInt8) -> Int {
        var child = Int(firstChild[state])
        let end = Int(firstChild[state + 1])
        while child < end {
            if label[child] == symbol { return child }
            child &+= 1
        }
        return 0
    }
}
