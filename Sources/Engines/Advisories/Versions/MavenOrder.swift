// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Maven's `ComparableVersion`.
///
/// A version is a list of numbers and words; each hyphen and each change between digits and letters opens a list inside
/// the list, which is always its last element. So the nested lists are one row of segments, and trailing zeros and
/// release words of each segment do not count. Both rows are walked at once, without building them.
/// Source: https://maven.apache.org/pom.html#version-order-specification and the behaviour of maven-artifact
/// up to 3.8.6, where `1.0.rc` sorts before `1.0-rc`; later ones hold them equal. Databases of advisories and the suite
/// of vers follow the former.
enum MavenOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        var left = MavenSegments(a)
        var right = MavenSegments(b)
        while true {
            let x = left.next(a)
            let y = right.next(b)
            if case .none = x, case .none = y {
                return 0
            }
            if case .list = x, case .list = y {
                left.descend()
                right.descend()
                continue
            }
            let order = compare(a, x, &left, b, y, &right)
            if order != 0 {
                return order
            }
        }
    }

    private static func compare(
        _ a: Span<UInt8>,
        _ x: MavenItem,
        _ left: inout MavenSegments,
        _ b: Span<UInt8>,
        _ y: MavenItem,
        _ right: inout MavenSegments
    ) -> Int {
        switch (x, y) {
        case (.number(let x), .number(let y)): VersionText.compareNumbers(a, x, b, y)
        case (.word(let x), .word(let y)): MavenQualifier(a, x).compare(a, MavenQualifier(b, y), b)
        case (.none, .none), (.list, .list): 0
        case (.none, _): -compareToNothing(b, y, &right)
        case (_, .none): compareToNothing(a, x, &left)
        case (.number, _): 1
        case (_, .number): -1
        case (.list, .word): 1
        case (.word, .list): -1
        }
    }

    /// The order of an element to one that is missing: zero and release words are equal to it, prereleases are below.
    private static func compareToNothing(
        _ text: Span<UInt8>,
        _ item: MavenItem,
        _ segments: inout MavenSegments
    )
        -> Int
    {
        switch item {
        case .none:
            return 0
        case .number(let range):
            return VersionText.isZero(text, range) ? 0 : 1
        case .word(let range):
            return MavenQualifier(text, range).orderToRelease
        case .list:
            segments.descend()
            while true {
                let inner = segments.next(text)
                if case .none = inner {
                    return 0
                }
                let order = compareToNothing(text, inner, &segments)
                if order != 0 {
                    return order
                }
            }
        }
    }
}

/// One element of a list in a Maven version.
enum MavenItem {
    case none
    case number(Range<Int>)
    case word(MavenWord)
    case list
}

/// A word, and whether a digit follows it without anything between.
struct MavenWord {
    var range: Range<Int>
    var isFollowedByDigit: Bool
}

/// A word with its place among the words that Maven knows.
struct MavenQualifier {
    /// The rank of the empty word, which stands for a release.
    static let release = 5
    private static let unknown = 7

    var rank: Int
    var range: Range<Int>

    init(_ text: Span<UInt8>, _ word: MavenWord) {
        range = word.range
        rank = MavenQualifier.rank(text, word)
    }

    var orderToRelease: Int { VersionText.order(rank, MavenQualifier.release) }

    func compare(_ a: Span<UInt8>, _ other: MavenQualifier, _ b: Span<UInt8>) -> Int {
        guard rank == other.rank, rank == MavenQualifier.unknown else {
            return VersionText.order(rank, other.rank)
        }
        return VersionText.compareFolded(a, range, b, other.range)
    }

    private static func rank(_ text: Span<UInt8>, _ word: MavenWord) -> Int {
        func matches(_ name: StaticString) -> Bool { VersionText.isWord(name, in: text, word.range) }
        switch VersionText.lowercased(text[word.range.lowerBound]) {
        case UInt8(ascii: "a"):
            return matches("alpha") || (word.isFollowedByDigit && word.range.count == 1) ? 0 : unknown
        case UInt8(ascii: "b"):
            return matches("beta") || (word.isFollowedByDigit && word.range.count == 1) ? 1 : unknown
        case UInt8(ascii: "m"):
            return matches("milestone") || (word.isFollowedByDigit && word.range.count == 1) ? 2 : unknown
        case UInt8(ascii: "c"):
            return matches("cr") ? 3 : unknown
        case UInt8(ascii: "r"):
            return matches("rc") ? 3 : matches("release") ? release : unknown
        case UInt8(ascii: "s"):
            return matches("snapshot") ? 4 : matches("sp") ? 6 : unknown
        case UInt8(ascii: "g"):
            return matches("ga") ? release : unknown
        case UInt8(ascii: "f"):
            return matches("final") ? release : unknown
        default:
            return unknown
        }
    }
}

/// Hands out the elements of the innermost list that was entered; the list inside comes last.
struct MavenSegments {
    private var items: MavenItems
    /// Elements of the present list that are left, those that do not count being left out.
    private var remaining = 0
    /// Where the next list starts; nil where nothing in it counts.
    private var inner: MavenItems?

    init(_ text: Span<UInt8>) {
        items = MavenItems()
        items.lastThatCounts = MavenSegments.lastThatCounts(text)
        measure(text)
    }

    /// Enters the list that `next` told of.
    mutating func descend() {
        guard let inner else {
            return
        }
        items = inner
        self.inner = nil
        remaining = -1
    }

    mutating func next(_ text: Span<UInt8>) -> MavenItem {
        if remaining < 0 {
            measure(text)
            // A list that holds nothing but a list is that list: `1-ga-1` is `1-1`.
            while remaining == 0, let inner {
                items = inner
                measure(text)
            }
        }
        guard remaining == 0 else {
            remaining -= 1
            return items.next(text).item
        }
        return inner == nil ? .none : .list
    }

    /// Counts the elements of the list that starts here and finds the list inside.
    private mutating func measure(_ text: Span<UInt8>) {
        var cursor = items
        var position = 0
        remaining = 0
        inner = nil
        while !cursor.isAtEnd(text) {
            let step = cursor.next(text)
            position += 1
            if step.counts {
                remaining = position
            }
            if step.closesList {
                inner = cursor.index <= items.lastThatCounts ? cursor : nil
                return
            }
        }
    }

    /// Where the last element starts that is neither zero nor a release word; -1 where there is none.
    private static func lastThatCounts(_ text: Span<UInt8>) -> Int {
        var cursor = MavenItems()
        var last = -1
        while !cursor.isAtEnd(text) {
            let start = cursor.index
            if cursor.next(text).counts {
                last = start
            }
        }
        return last
    }
}

/// Reads the elements of all lists in the order of the text.
struct MavenItems {
    struct Step {
        var item: MavenItem
        /// Whether the element is neither zero nor a release word.
        var counts: Bool
        /// Whether a list inside starts behind the element.
        var closesList: Bool
    }

    var index = 0
    var lastThatCounts = -1

    func isAtEnd(_ text: Span<UInt8>) -> Bool { index >= text.count }

    mutating func next(_ text: Span<UInt8>) -> Step {
        let end = text.count
        let start = index
        let isNumber = VersionText.isDigit(text[start])
        var stop = start
        while stop < end, !MavenItems.isSeparator(text[stop]), VersionText.isDigit(text[stop]) == isNumber {
            stop += 1
        }
        let isSeparated = stop < end && MavenItems.isSeparator(text[stop])
        let closesList = stop < end && text[stop] != UInt8(ascii: ".")
        index = isSeparated ? stop + 1 : stop
        if stop == start {
            return Step(item: .number(start..<start), counts: false, closesList: closesList)
        }
        if isNumber {
            let counts = !VersionText.isZero(text, start..<stop)
            return Step(item: .number(start..<stop), counts: counts, closesList: closesList)
        }
        let word = MavenWord(range: start..<stop, isFollowedByDigit: stop < end && !isSeparated)
        let counts = MavenQualifier(text, word).rank != MavenQualifier.release
        return Step(item: .word(word), counts: counts, closesList: closesList)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") }
}
