// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Matching

/// A predicate that is evaluated when a rule asks for it, and then not again for the same event.
struct LazyPredicate {
    enum Test {
        case glob(GlobPattern)
        /// The regular expression and its place among the program's, for counters.
        case regex(Regex, index: Int)
        case number(Comparison, Double)
        case network(IPNetwork)
        case null
        case exists
        case present
        case field(slot: Int, TextLiteral.Anchor, isCased: Bool)
        case time(TimePart, Comparison, Double)
    }

    var slot: Int
    var test: Test
}

/// A pattern with wildcards, ready to be matched.
struct GlobPattern {
    /// The texts between runs (`*`), each with `?` as ``one``.
    private let pieces: [[UInt16]]
    private let startsWithRun: Bool
    private let endsWithRun: Bool
    private let isCased: Bool

    /// Stands for one character in a piece.
    private static let one: UInt16 = 256

    init(_ pattern: SigmaPattern, isCased: Bool) {
        var pieces: [[UInt16]] = [[]]
        for part in pattern.parts {
            switch part {
            case .bytes(let bytes): pieces[pieces.count - 1] += bytes.map { UInt16($0) }
            case .one: pieces[pieces.count - 1].append(Self.one)
            case .run: pieces.append([])
            case .placeholder: break
            }
        }
        startsWithRun = pattern.parts.first == .run
        endsWithRun = pattern.parts.last == .run
        self.pieces = pieces.filter { !$0.isEmpty }
        self.isCased = isCased
    }

    /// Each piece is taken at the first place where it fits, which leaves the most for those behind it; the last one
    /// has to fit at the end. Time is the product of both lengths at worst.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var place = 0
        for (index, piece) in pieces.enumerated() {
            let isLast = index == pieces.count - 1
            if index == 0, !startsWithRun {
                guard let end = end(of: piece, in: text, at: 0) else { return false }
                if isLast, !endsWithRun { return end == text.count }
                place = end
            } else if isLast, !endsWithRun {
                return endsWith(piece, text, from: place)
            } else {
                guard let end = firstEnd(of: piece, in: text, from: place) else { return false }
                place = end
            }
        }
        return true
    }

    private func firstEnd(of piece: [UInt16], in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var place = start
        while place <= text.count {
            if let end = end(of: piece, in: text, at: place) { return end }
            place += 1
        }
        return nil
    }

    private func endsWith(_ piece: [UInt16], _ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        // A piece with `?` may be of several lengths, but never longer than four bytes for each.
        var place = max(start, text.count - 4 * piece.count)
        while place <= text.count {
            if end(of: piece, in: text, at: place) == text.count { return true }
            place += 1
        }
        return false
    }

    /// Where the piece ends that begins at a place; nil where it does not fit there.
    private func end(of piece: [UInt16], in text: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        var place = start
        for unit in piece {
            guard place < text.count else { return nil }
            if unit == Self.one {
                place += Self.characterLength(text, at: place)
            } else {
                let byte = isCased ? text[place] : ASCIIFolding.fold(text[place])
                guard UInt16(byte) == unit else { return nil }
                place += 1
            }
        }
        return place
    }

    /// The bytes of the UTF-8 sequence at a place; 1 where there is none.
    private static func characterLength(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
        let length: Int
        switch text[place] {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return 1
        }
        guard place + length <= text.count else { return 1 }
        for index in place + 1..<place + length where text[index] & 0xC0 != 0x80 { return 1 }
        return length
    }
}
