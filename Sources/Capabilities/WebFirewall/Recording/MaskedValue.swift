// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A value as it may be shown to people: what attacks are made of stays, of all other words only the length is left, and
/// some parts of it are marked.
///
/// The rule is that of ``MatchSketch``; here nothing is shortened, so that a place in the value is a place in what is shown.
package struct MaskedValue: Sendable, Hashable {
    /// A stretch that is marked, or not.
    package struct Piece: Sendable, Hashable {
        package var text: String
        package var isMarked: Bool
    }

    package var pieces: [Piece]
    /// Whether there was more, before or behind.
    package var isCut: Bool

    package var text: String { pieces.map(\.text).joined() }

    init(pieces: [Piece] = [], isCut: Bool = false) {
        self.pieces = pieces
        self.isCut = isCut
    }

    /// A text of Redoubt's own, such as that something is hidden.
    init(note: String) {
        self.init(pieces: [Piece(text: note, isMarked: false)])
    }

    /// What is in the clear wherever it stands.
    init(open bytes: some Collection<UInt8>, longest: Int = 200) {
        let shown = bytes.prefix(longest).map { MatchSketch.isShown($0) ? $0 : UInt8(ascii: ".") }
        self.init(
            pieces: [Piece(text: String(decoding: shown, as: UTF8.self), isMarked: false)],
            isCut: bytes.count > longest
        )
    }

    /// - Parameters:
    ///   - bytes: the value.
    ///   - marks: parts of it, as offsets; those that lie outside are left out.
    ///   - longest: how many bytes are shown, around the first mark.
    init(masking bytes: [UInt8], marks: [Range<Int>] = [], longest: Int = 600) {
        let marks = Self.joined(marks.map { $0.clamped(to: 0..<bytes.count) }.filter { !$0.isEmpty })
        let window = Self.window(bytes.count, marks.first, longest)
        let masked = Self.mask(bytes)
        var pieces: [Piece] = []
        var position = window.lowerBound
        func add(_ range: Range<Int>, isMarked: Bool) {
            guard !range.isEmpty else { return }
            pieces.append(Piece(text: String(decoding: masked[range], as: UTF8.self), isMarked: isMarked))
        }
        for mark in marks.map({ $0.clamped(to: window) }) where !mark.isEmpty {
            add(position..<mark.lowerBound, isMarked: false)
            add(mark, isMarked: true)
            position = mark.upperBound
        }
        add(position..<window.upperBound, isMarked: false)
        self.init(pieces: pieces, isCut: window.count < bytes.count)
    }

    /// In order, and those that touch as one.
    private static func joined(_ marks: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for mark in marks.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, mark.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, mark.upperBound)
            } else {
                joined.append(mark)
            }
        }
        return joined
    }

    private static func window(_ count: Int, _ mark: Range<Int>?, _ longest: Int) -> Range<Int> {
        guard count > longest else { return 0..<count }
        let start = min(max(0, (mark?.lowerBound ?? 0) - longest / 4), count - longest)
        return start..<(start + longest)
    }

    /// As many bytes as there were, all of them printable ASCII.
    static func mask(_ bytes: [UInt8]) -> [UInt8] {
        var masked = bytes
        var index = 0
        while index < bytes.count {
            guard MatchSketch.isLetter(bytes[index]) else {
                if !MatchSketch.isShown(bytes[index]) { masked[index] = UInt8(ascii: ".") }
                index += 1
                continue
            }
            var end = index + 1
            while end < bytes.count, MatchSketch.isLetter(bytes[end]) { end += 1 }
            // A single letter or digit says nothing; a byte of UTF-8 by itself would be no text.
            let isShort = end == index + 1 && bytes[index] < 0x80
            if !isShort, !MatchSketch.isKnown(bytes[index..<end]) {
                for place in index..<end { masked[place] = UInt8(ascii: "*") }
            }
            index = end
        }
        return masked
    }
}
