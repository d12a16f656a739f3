// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds which of several sets of literals occur in a text, without regard to the case of ASCII letters (Aho and
/// Corasick, 1975). Time linear in the text, whatever the literals.
///
/// Its trie is a ``PhraseSet``'s. Each state knows the sets of all literals that end in it as a mask of bits; equal
/// masks are kept once. The first states, between which ordinary text keeps the automaton, have a row of transitions
/// for every class of bytes; deeper ones compare the labels of their few children.
struct LiteralAutomaton: Sendable {
    /// The literals of each set, as they were given.
    let sets: [[[UInt8]]]
    let wordCount: Int
    private let classOfByte: [UInt8]
    private let classCount: Int
    private let rowCount: Int
    private let rows: [UInt32]
    private let label: [UInt8]
    private let firstChild: [UInt32]
    private let fallback: [UInt32]
    /// The index of a state's mask; 0 is the empty one.
    private let maskOfState: [UInt32]
    private let masks: [UInt64]
    private static let rowEntries = 64 * 1024

    /// - Parameter sets: the literals of pattern 0, 1, and so on; a set may be empty. Empty literals are left out.
    init(_ sets: [[[UInt8]]]) {
        self.sets = sets
        let wordCount = max(1, (sets.count + 63) / 64)
        self.wordCount = wordCount
        var phrases: [[UInt8]] = []
        var phraseMasks: [[UInt64]] = []
        var indexOfPhrase: [[UInt8]: Int] = [:]
        for (pattern, literals) in sets.enumerated() {
            for literal in literals where !literal.isEmpty {
                let folded = literal.map(RequiredLiterals.foldedCase)
                let index = indexOfPhrase[folded] ?? phrases.count
                if index == phrases.count {
                    indexOfPhrase[folded] = index
                    phrases.append(folded)
                    phraseMasks.append([UInt64](repeating: 0, count: wordCount))
                }
                phraseMasks[index][pattern / 64] |= 1 << UInt64(pattern % 64)
            }
        }
        var trie = PhraseTrie(phrases)
        trie.numberBreadthFirst()
        let links = trie.links()
        classOfByte = trie.classOfByte
        classCount = trie.classCount
        label = trie.label
        firstChild = trie.firstChild
        fallback = links.fallback
        rowCount = min(trie.label.count, max(Int(trie.firstChild[1]), Self.rowEntries / trie.classCount))
        rows = trie.rows(count: rowCount, fallback: links.fallback)
        (maskOfState, masks) = Self.masks(links, phraseMasks, wordCount)
    }

    /// A state's mask holds those of the longest literal that ends in it and of the state it falls back to.
    private static func masks(
        _ links: (fallback: [UInt32], output: [UInt32]),
        _ phraseMasks: [[UInt64]],
        _ wordCount: Int
    ) -> ([UInt32], [UInt64]) {
        var masks = [UInt64](repeating: 0, count: wordCount)
        var indexOfMask: [[UInt64]: UInt32] = [masks: 0]
        var maskOfState = [UInt32](repeating: 0, count: links.output.count)
        for state in links.output.indices where links.output[state] != 0 {
            let inherited = Int(maskOfState[Int(links.fallback[state])]) * wordCount
            let own = phraseMasks[Int(links.output[state]) - 1]
            let mask = (0..<wordCount).map { own[$0] | masks[inherited + $0] }
            if let index = indexOfMask[mask] {
                maskOfState[state] = index
            } else {
                let index = UInt32(masks.count / wordCount)
                indexOfMask[mask] = index
                maskOfState[state] = index
                masks += mask
            }
        }
        return (maskOfState, masks)
    }

    /// The memory of the automaton, in bytes.
    var memorySize: Int {
        256 + label.count + 4 * (rows.count + firstChild.count + fallback.count + maskOfState.count) + 8 * masks.count
    }

    /// Sets the bit of each set of which a literal occurs.
    func scan(_ text: UnsafeBufferPointer<UInt8>, into hits: UnsafeMutablePointer<UInt64>) {
        let classOfByte = classOfByte.span
        let rows = rows.span
        let maskOfState = maskOfState.span
        let masks = masks.span
        var state = 0
        for byte in text {
            let symbol = classOfByte[Int(byte)]
            if symbol == 0 {
                state = 0
                continue
            }
            state = state < rowCount ? Int(rows[state &* classCount &+ Int(symbol)]) : next(state, symbol)
            let mask = Int(maskOfState[state])
            if mask != 0 {
                for word in 0..<wordCount {
                    hits[word] |= masks[mask &* wordCount &+ word]
                }
            }
        }
    }

    /// The successor of a state without a row.
    private func next(_ start: Int, _ symbol: UInt8) -> Int {
        let label = label.span
        let firstChild = firstChild.span
        let fallback = fallback.span
        var state = start
        while state >= rowCount {
            var child = Int(firstChild[state])
            let end = Int(firstChild[state + 1])
            while child < end {
                if label[child] == symbol {
                    return child
                }
                child &+= 1
            }
            state = Int(fallback[state])
        }
        return Int(rows.span[state &* classCount &+ Int(symbol)])
    }
}
