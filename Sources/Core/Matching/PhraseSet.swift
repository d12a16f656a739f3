// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A set of phrases that are looked for all at once, without regard to the case of ASCII letters (Aho and Corasick,
/// "Efficient String Matching", 1975). Serves `@pm` and `@pmFromFile`.
///
/// Bytes that no phrase holds share one class, and letters of both cases another, so tables are narrow. States are
/// numbered breadth first, which makes the children of a state neighbours: an edge is just the label of its target.
/// The first states, between which ordinary text keeps the automaton, have a full row of transitions; deeper ones
/// compare a few labels and otherwise fall back to the state of their longest proper suffix. A state takes 13 bytes,
/// all rows together 128 KiB at most. Searching takes time linear in the text.
package struct PhraseSet: Sendable {
    /// The class of a byte; 0 where no phrase holds it.
    private let classOfByte: [UInt8]
    private let classCount: Int
    /// The number of states with a row in ``rows``: at least the root and its children.
    private let rowCount: Int
    private let rows: [UInt32]
    /// The class on the edge into a state.
    private let label: [UInt8]
    /// Where a state's children start; they end where the next state's start.
    private let firstChild: [UInt32]
    private let fallback: [UInt32]
    /// 1 + the index of the longest phrase that ends in a state, 0 for none.
    private let output: [UInt32]
    private let phrases: [[UInt8]]
    /// As many transitions as the rows may have.
    private static let rowEntries = 32 * 1024

    /// Builds the automaton. Empty phrases are left out of the search; of equal ones, the first is reported.
    package init(_ phrases: [[UInt8]]) {
        self.phrases = phrases
        var trie = PhraseTrie(phrases)
        trie.numberBreadthFirst()
        classOfByte = trie.classOfByte
        classCount = trie.classCount
        label = trie.label
        firstChild = trie.firstChild
        let links = trie.links()
        fallback = links.fallback
        output = links.output
        let shallowCount = Int(trie.firstChild[1])
        rowCount = min(trie.label.count, max(shallowCount, Self.rowEntries / trie.classCount))
        rows = trie.rows(count: rowCount, fallback: links.fallback)
    }

    /// The number of phrases, as they were given.
    package var count: Int { phrases.count }

    /// The memory of the automaton, in bytes.
    package var memorySize: Int {
        256 + label.count + 4 * (rows.count + firstChild.count + fallback.count + output.count)
            + phrases.reduce(0) { $0 + $1.count }
    }

    /// A phrase as it was given.
    package func phrase(_ index: Int) -> [UInt8] {
        phrases[index]
    }

    /// The match that ends first; of several that end there, the longest.
    ///
    /// - Returns: the offset behind the match and the index of the phrase.
    package func firstMatch(in text: UnsafeBufferPointer<UInt8>) -> (end: Int, phrase: Int)? {
        let classOfByte = classOfByte.span
        let rows = rows.span
        let output = output.span
        var state = 0
        for (index, byte) in text.enumerated() {
            let symbol = classOfByte[Int(byte)]
            if symbol == 0 {
                state = 0
                continue
            }
            state = state < rowCount ? Int(rows[state &* classCount &+ Int(symbol)]) : next(state, symbol)
            let found = output[state]
            if found != 0 {
                return (index + 1, Int(found) - 1)
            }
        }
        return nil
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
