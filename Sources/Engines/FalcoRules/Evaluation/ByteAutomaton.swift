// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds which of many texts a value is, begins with, ends with or contains, in one pass over the value.
///
/// The answer is a row of bits, one for each question that is asked of the field. Rows are made when rules are compiled:
/// where a longer prefix matches the shorter ones do too, so the row of the last state says it all.
struct ByteAutomaton: Sendable, BitwiseCopyable {
    enum Style: UInt8, Sendable, BitwiseCopyable {
        /// Walks from the first byte on until nothing continues.
        case prefix
        /// The same for whole components of paths; repeated slashes count as one.
        case path
        /// Walks from the last byte backwards.
        case suffix
        /// Finds the literals anywhere (Aho and Corasick, 1975).
        case contains
        /// The same without regard to the case of ASCII letters.
        case containsCaseless
    }

    /// A question: one text and the bit of whoever asks.
    struct Literal {
        var bytes: [UInt8]
        var bit: Int
    }

    /// The most transitions of one automaton: 16 MB.
    static let maximumSize = 4 << 20

    let style: Style
    let wordCount: Int
    /// The class of each byte; bytes that no literal holds are of class 0.
    let classOfByte: PlainTable<UInt8>
    let classCount: Int
    /// The next state of each state and class, as the place of its own transitions, times two, plus one where something
    /// has matched: so a step is an addition and a load. State 0 is the start of a search, and where walks end.
    let next: PlainTable<UInt32>
    /// The row of what has matched when a state is reached.
    let rowOfState: PlainTable<UInt32>
    /// The row of what has matched when the value ends there.
    let rowAtEnd: PlainTable<UInt32>
    let rows: PlainTable<UInt64>
    /// Of searches: which pairs of bytes announce a literal; see ``PairFilter``.
    let filter: PairFilter

    /// - Returns: nil where the automaton would be too large; then each question is asked for itself.
    init?(_ style: Style, _ literals: [Literal], wordCount: Int) {
        var builder = ByteAutomatonBuilder(style, wordCount: wordCount)
        guard builder.add(literals) else { return nil }
        builder.finish()
        self.init(builder, style, wordCount: wordCount, filter: PairFilter(style, literals.map(\.bytes)))
    }

    private init(_ builder: ByteAutomatonBuilder, _ style: Style, wordCount: Int, filter: PairFilter) {
        self.filter = filter
        self.style = style
        self.wordCount = wordCount
        classOfByte = PlainTable(builder.classOfByte)
        classCount = builder.classCount
        next = PlainTable(builder.encodedNext)
        rowOfState = PlainTable(builder.rowOfState)
        rowAtEnd = PlainTable(builder.rowAtEnd)
        rows = PlainTable(builder.rows)
    }

    /// Finds nothing; stands where another kind of test is.
    static let none = ByteAutomaton(
        ByteAutomatonBuilder(.prefix, wordCount: 1),
        .prefix,
        wordCount: 1,
        filter: PairFilter(.prefix, [])
    )

    func deallocate() {
        classOfByte.deallocate()
        next.deallocate()
        rowOfState.deallocate()
        rowAtEnd.deallocate()
        rows.deallocate()
        filter.deallocate()
    }
}

/// Builds the tables of a ``ByteAutomaton``.
private struct ByteAutomatonBuilder {
    private let style: ByteAutomaton.Style
    private let wordCount: Int
    var classOfByte = [UInt8](repeating: 0, count: 256)
    var classCount = 1
    var next: [UInt32] = []
    var rowOfState: [UInt32] = []
    var rowAtEnd: [UInt32] = []
    var rows: [UInt64]
    private var rowPlaces: [[UInt64]: UInt32] = [:]
    private var passMasks: [[UInt64]] = []
    private var endMasks: [[UInt64]] = []
    /// Walks end in state 0, so they begin in state 1.
    private var start: Int { isSearch ? 0 : 1 }
    private var isSearch: Bool { style == .contains || style == .containsCaseless }

    init(_ style: ByteAutomaton.Style, wordCount: Int) {
        self.style = style
        self.wordCount = wordCount
        rows = [UInt64](repeating: 0, count: wordCount)
        rowPlaces[rows] = 0
    }

    private var emptyMask: [UInt64] { [UInt64](repeating: 0, count: wordCount) }

    mutating func add(_ literals: [ByteAutomaton.Literal]) -> Bool {
        let texts = literals.map { (bytes: prepared($0.bytes), bit: $0.bit) }
        for text in texts {
            for byte in text.bytes where classOfByte[Int(byte)] == 0 {
                classOfByte[Int(byte)] = UInt8(truncatingIfNeeded: classCount)
                classCount += 1
                // Classes are bytes; texts that use all 256 leave no class for "none of them".
                guard classCount <= 255 else { return false }
            }
        }
        if style == .containsCaseless {
            for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") {
                classOfByte[Int(byte)] = classOfByte[Int(byte | 0x20)]
            }
        }
        for _ in 0...start {
            _ = addState()
        }
        for text in texts {
            guard add(text.bytes, text.bit) else { return false }
        }
        return true
    }

    /// The text as the automaton reads it.
    private func prepared(_ bytes: [UInt8]) -> [UInt8] {
        switch style {
        case .prefix, .contains: return bytes
        case .suffix: return bytes.reversed()
        case .containsCaseless: return bytes.map(TextMatch.lowercased)
        case .path:
            let components = bytes.split(separator: UInt8(ascii: "/"))
            // A path that ends and one that goes on below both come to the slash behind it.
            return components.reduce(into: [UInt8(ascii: "/")]) { $0 += $1 + [UInt8(ascii: "/")] }
        }
    }

    private mutating func addState() -> Int {
        next += [UInt32](repeating: 0, count: classCount)
        passMasks.append(emptyMask)
        endMasks.append(emptyMask)
        return passMasks.count - 1
    }

    private mutating func add(_ text: [UInt8], _ bit: Int) -> Bool {
        var state = start
        var last = state
        for byte in text {
            let place = state * classCount + Int(classOfByte[Int(byte)])
            last = state
            if next[place] == 0 {
                guard next.count < ByteAutomaton.maximumSize else { return false }
                let added = addState()
                next[place] = UInt32(added)
            }
            state = Int(next[place])
        }
        passMasks[state][bit / 64] |= 1 << UInt64(bit % 64)
        if style == .path {
            // The value may end where the slash would be.
            endMasks[last][bit / 64] |= 1 << UInt64(bit % 64)
        }
        return true
    }

    /// Passes masks on to the states behind, links searches, and turns masks into rows.
    mutating func finish() {
        var fallback = [Int](repeating: 0, count: passMasks.count)
        var queue = [start]
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            for symbol in 1..<max(classCount, 1) {
                let place = state * classCount + symbol
                let child = Int(next[place])
                let other = state == start ? start : Int(next[fallback[state] * classCount + symbol])
                if child != 0 {
                    if isSearch {
                        fallback[child] = other
                        merge(passMasks[other], into: &passMasks[child])
                    } else {
                        merge(passMasks[state], into: &passMasks[child])
                    }
                    queue.append(child)
                } else if isSearch {
                    next[place] = UInt32(other)
                }
            }
        }
        for state in passMasks.indices {
            rowOfState.append(row(passMasks[state]))
            var mask = endMasks[state]
            merge(passMasks[state], into: &mask)
            rowAtEnd.append(row(mask))
        }
    }

    /// The transitions as ``ByteAutomaton/next`` holds them.
    var encodedNext: [UInt32] {
        next.map { state in
            let hasMatched = Int(state) < rowOfState.count && rowOfState[Int(state)] != 0
            return UInt32(Int(state) * classCount) << 1 | (hasMatched ? 1 : 0)
        }
    }

    private func merge(_ mask: [UInt64], into other: inout [UInt64]) {
        for word in mask.indices {
            other[word] |= mask[word]
        }
    }

    private mutating func row(_ mask: [UInt64]) -> UInt32 {
        if let place = rowPlaces[mask] {
            return place
        }
        let place = UInt32(rows.count / wordCount)
        rowPlaces[mask] = place
        rows += mask
        return place
    }
}

extension ByteAutomaton {
    /// The bits of a value.
    ///
    /// - Parameters:
    ///   - scratch: room for ``wordCount`` words.
    /// - Returns: a row of the table, or `scratch`.
    @inline(__always)
    func bits(
        of value: UnsafeRawBufferPointer,
        scratch: UnsafeMutablePointer<UInt64>
    ) -> UnsafePointer<UInt64> {
        switch style {
        case .prefix: row(walk(value))
        case .path: row(walkPath(value))
        case .suffix: row(walkBackwards(value))
        case .contains, .containsCaseless: search(value, scratch)
        }
    }

    @inline(__always)
    private func row(_ number: UInt32) -> UnsafePointer<UInt64> {
        rows.start + Int(number) &* wordCount
    }

    /// The transition of a state, given by the place of its transitions.
    @inline(__always)
    private func step(_ place: Int, _ byte: UInt8) -> UInt32 {
        next.start[place &+ Int(classOfByte.start[Int(byte)])]
    }

    /// The number of a state, which only matters where something ends or has matched.
    @inline(__always)
    private func state(_ place: Int) -> Int { place / classCount }

    private func walk(_ value: UnsafeRawBufferPointer) -> UInt32 {
        var place = classCount
        for byte in value {
            let after = step(place, byte)
            if after == 0 {
                return rowOfState.start[state(place)]
            }
            place = Int(after >> 1)
        }
        return rowAtEnd.start[state(place)]
    }

    private func walkPath(_ value: UnsafeRawBufferPointer) -> UInt32 {
        let slash = UInt8(ascii: "/")
        var place = Int(step(classCount, slash) >> 1)
        var isBehindSlash = true
        for byte in value {
            if byte == slash {
                if isBehindSlash { continue }
                isBehindSlash = true
            } else {
                isBehindSlash = false
            }
            let after = step(place, byte)
            if after == 0 {
                return rowOfState.start[state(place)]
            }
            place = Int(after >> 1)
        }
        return rowAtEnd.start[state(place)]
    }

    private func walkBackwards(_ value: UnsafeRawBufferPointer) -> UInt32 {
        var place = classCount
        var index = value.count
        while index > 0 {
            index &-= 1
            let after = step(place, value[index])
            if after == 0 {
                return rowOfState.start[state(place)]
            }
            place = Int(after >> 1)
        }
        return rowAtEnd.start[state(place)]
    }

    private func search(
        _ value: UnsafeRawBufferPointer,
        _ scratch: UnsafeMutablePointer<UInt64>
    ) -> UnsafePointer<UInt64> {
        for word in 0..<wordCount {
            scratch[word] = 0
        }
        // Each step of the search waits for the one before, the filter's steps do not.
        guard filter.mayMatch(value) else { return UnsafePointer(scratch) }
        var place = 0
        for byte in value {
            let after = step(place, byte)
            place = Int(after >> 1)
            if after & 1 != 0 {
                let row = row(rowOfState.start[state(place)])
                for word in 0..<wordCount {
                    scratch[word] |= row[word]
                }
            }
        }
        return UnsafePointer(scratch)
    }
}
