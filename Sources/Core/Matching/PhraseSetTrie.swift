// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The trie of a ``PhraseSet`` while it is built; also for engines that make automata of their own of it.
package struct PhraseTrie {
    /// The class of a byte, the same for both cases of a letter; 0 where no phrase holds it.
    package private(set) var classOfByte = [UInt8](repeating: 0, count: 256)
    /// The number of classes, 0 included.
    package private(set) var classCount = 1
    /// The class on the edge into a state; 0 for the root.
    package private(set) var label: [UInt8] = [0]
    /// Where a state's children start, and one more entry for the end; filled by ``numberBreadthFirst()``.
    package private(set) var firstChild: [UInt32] = []
    /// 1 + the index of the phrase that ends in a state, 0 for none.
    private var terminal: [UInt32] = [0]
    // While phrases are inserted, children are a linked list: its head by parent, the next by child, 0 for none.
    private var head: [UInt32] = [0]
    private var sibling: [UInt32] = [0]

    package init(_ phrases: [[UInt8]]) {
        assignClasses(phrases)
        for (index, phrase) in phrases.enumerated() where !phrase.isEmpty {
            insert(phrase, UInt32(index + 1))
        }
    }

    private mutating func assignClasses(_ phrases: [[UInt8]]) {
        var isUsed = [Bool](repeating: false, count: 256)
        for phrase in phrases {
            for byte in phrase {
                isUsed[Int(Self.folded(byte))] = true
            }
        }
        for byte in 0..<256 where isUsed[byte] {
            classOfByte[byte] = UInt8(classCount)
            classCount += 1
        }
        for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") {
            classOfByte[Int(byte)] = classOfByte[Int(Self.folded(byte))]
        }
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    private mutating func insert(_ phrase: [UInt8], _ identifier: UInt32) {
        var state = 0
        for byte in phrase {
            let symbol = classOfByte[Int(byte)]
            var child = Int(head[state])
            while child != 0, label[child] != symbol {
                child = Int(sibling[child])
            }
            if child == 0 {
                child = label.count
                label.append(symbol)
                terminal.append(0)
                head.append(0)
                sibling.append(head[state])
                head[state] = UInt32(child)
            }
            state = child
        }
        if terminal[state] == 0 {
            terminal[state] = identifier
        }
    }

    /// Renumbers the states so that a state's children are neighbours and parents come before them.
    package mutating func numberBreadthFirst() {
        var order: [Int] = [0]
        order.reserveCapacity(label.count)
        firstChild.reserveCapacity(label.count + 1)
        var position = 0
        while position < order.count {
            firstChild.append(UInt32(order.count))
            var child = Int(head[order[position]])
            while child != 0 {
                order.append(child)
                child = Int(sibling[child])
            }
            position += 1
        }
        firstChild.append(UInt32(order.count))
        label = order.map { label[$0] }
        terminal = order.map { terminal[$0] }
        head = []
        sibling = []
    }

    /// For each state the state of its longest proper suffix, and 1 + the index of the longest phrase that ends in it.
    package func links() -> (fallback: [UInt32], output: [UInt32]) {
        var fallback = [UInt32](repeating: 0, count: label.count)
        var output = terminal
        for state in label.indices {
            for child in children(of: state) {
                if state != 0 {
                    fallback[child] = UInt32(successor(of: Int(fallback[state]), label[child], fallback))
                }
                if output[child] == 0 {
                    output[child] = output[Int(fallback[child])]
                }
            }
        }
        return (fallback, output)
    }

    /// The transitions of the first states for every class, one row after the other.
    package func rows(count: Int, fallback: [UInt32]) -> [UInt32] {
        var rows = [UInt32](repeating: 0, count: count * classCount)
        for state in 0..<count {
            let row = state * classCount
            if state != 0 {
                // A state behaves as the one it falls back to, which comes before it, but for its own children.
                let source = Int(fallback[state]) * classCount
                for symbol in 0..<classCount {
                    rows[row + symbol] = rows[source + symbol]
                }
            }
            for child in children(of: state) {
                rows[row + Int(label[child])] = UInt32(child)
            }
        }
        return rows
    }

    private func children(of state: Int) -> Range<Int> {
        Int(firstChild[state])..<Int(firstChild[state + 1])
    }

    private func successor(of start: Int, _ symbol: UInt8, _ fallback: [UInt32]) -> Int {
        var state = start
        while true {
            if let child = children(of: state).first(where: { label[$0] == symbol }) {
                return child
            }
            if state == 0 {
                return 0
            }
            state = Int(fallback[state])
        }
    }
}
