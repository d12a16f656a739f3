// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Tests of texts, as they are asked one at a time: of the values of lists, while rules are compiled, and where no group
/// of tests exists.
enum TextMatch {
    /// Whether a value is the text at `start`, of which as many bytes exist; eight at a time.
    @inline(__always)
    static func isEqual(_ start: UnsafeRawPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index &+ 8 <= value.count {
            guard
                start.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    == value.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            else { return false }
            index &+= 8
        }
        while index < value.count {
            guard start.load(fromByteOffset: index, as: UInt8.self) == value[index] else { return false }
            index &+= 1
        }
        return true
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// Whether a text holds a part, which is in lower case where case does not matter.
    static func contains(_ text: UnsafeRawBufferPointer, _ part: [UInt8], isCaseless: Bool) -> Bool {
        guard let first = part.first else { return true }
        guard part.count <= text.count else { return false }
        for start in 0...(text.count - part.count) {
            let byte = isCaseless ? lowercased(text[start]) : text[start]
            guard byte == first else { continue }
            var length = 1
            while length < part.count,
                (isCaseless ? lowercased(text[start + length]) : text[start + length]) == part[length]
            {
                length += 1
            }
            if length == part.count { return true }
        }
        return false
    }

    /// `fnmatch` without flags: `*` and `?` also match slashes, `[...]` is a set, a backslash takes the next byte as it is.
    ///
    /// Only the last `*` is gone back to, so the time is at most the product of both lengths.
    static func glob(_ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeRawBufferPointer, isCaseless: Bool) -> Bool {
        var place = 0
        var index = 0
        var starPlace = -1
        var starIndex = 0
        while true {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                place += 1
                starPlace = place
                starIndex = index
                continue
            }
            if index == text.count, place == pattern.count {
                return true
            }
            if index < text.count, place < pattern.count,
                let next = globStep(pattern, place, text[index], isCaseless: isCaseless)
            {
                place = next
                index += 1
                continue
            }
            guard starPlace >= 0, starIndex < text.count else { return false }
            starIndex += 1
            index = starIndex
            place = starPlace
        }
    }

    /// The place behind the element of the pattern at `place` if that matches the byte.
    private static func globStep(
        _ pattern: UnsafeBufferPointer<UInt8>,
        _ place: Int,
        _ byte: UInt8,
        isCaseless: Bool
    ) -> Int? {
        switch pattern[place] {
        case UInt8(ascii: "?"): return place + 1
        case UInt8(ascii: "["):
            if let (isMatch, end) = globSet(pattern, place + 1, byte, isCaseless: isCaseless) {
                return isMatch ? end : nil
            }
            return byte == UInt8(ascii: "[") ? place + 1 : nil
        case UInt8(ascii: "\\") where place + 1 < pattern.count:
            return isEqual(pattern[place + 1], byte, isCaseless) ? place + 2 : nil
        default:
            return isEqual(pattern[place], byte, isCaseless) ? place + 1 : nil
        }
    }

    @inline(__always)
    private static func isEqual(_ left: UInt8, _ right: UInt8, _ isCaseless: Bool) -> Bool {
        left == right || (isCaseless && lowercased(left) == lowercased(right))
    }

    /// What stands behind `[`; nil where no `]` ends it, which makes the `[` an ordinary byte.
    private static func globSet(
        _ pattern: UnsafeBufferPointer<UInt8>,
        _ start: Int,
        _ byte: UInt8,
        isCaseless: Bool
    ) -> (isMatch: Bool, end: Int)? {
        var place = start
        var isNegated = false
        if place < pattern.count, pattern[place] == UInt8(ascii: "!") || pattern[place] == UInt8(ascii: "^") {
            isNegated = true
            place += 1
        }
        var isMatch = false
        var isFirst = true
        let folded = isCaseless ? lowercased(byte) : byte
        while place < pattern.count {
            var low = pattern[place]
            if low == UInt8(ascii: "]"), !isFirst {
                return (isMatch != isNegated, place + 1)
            }
            isFirst = false
            if low == UInt8(ascii: "\\"), place + 1 < pattern.count {
                place += 1
                low = pattern[place]
            }
            place += 1
            var high = low
            if place + 1 < pattern.count, pattern[place] == UInt8(ascii: "-"), pattern[place + 1] != UInt8(ascii: "]") {
                high = pattern[place + 1]
                place += 2
            }
            if isCaseless {
                (low, high) = (lowercased(low), lowercased(high))
            }
            if low <= folded, folded <= high {
                isMatch = true
            }
        }
        return nil
    }

    /// Whether a path is `prefix` or lies below it, by components; a component with `?`, `*` or `[` is a pattern.
    static func pathPrefix(_ prefix: UnsafeBufferPointer<UInt8>, _ path: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        var index = 0
        while true {
            skipSlashes(prefix, &place)
            guard place < prefix.count else { return true }
            while index < path.count, path[index] == UInt8(ascii: "/") {
                index += 1
            }
            guard index < path.count else { return false }
            let placeEnd = componentEnd(prefix, place)
            var end = index
            while end < path.count, path[end] != UInt8(ascii: "/") {
                end += 1
            }
            let component = UnsafeRawBufferPointer(rebasing: path[index..<end])
            let pattern = UnsafeBufferPointer(rebasing: prefix[place..<placeEnd])
            guard matches(pattern, component) else { return false }
            place = placeEnd
            index = end
        }
    }

    private static func matches(_ pattern: UnsafeBufferPointer<UInt8>, _ component: UnsafeRawBufferPointer) -> Bool {
        if pattern.count == component.count, memcmp(pattern, component) {
            return true
        }
        return isPattern(pattern) && glob(pattern, component, isCaseless: false)
    }

    static func isPattern(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    private static func memcmp(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeRawBufferPointer) -> Bool {
        left.elementsEqual(right)
    }

    private static func skipSlashes(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) {
        while index < text.count, text[index] == UInt8(ascii: "/") {
            index += 1
        }
    }

    private static func componentEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "/") {
            end += 1
        }
        return end
    }
}

/// Regular expressions in conditions match the whole value.
enum RegexTest {
    static func compile(_ pattern: [UInt8]) throws(RegexError) -> Regex {
        // Compiled alone first, so that a stray parenthesis is an error and not closed by ours.
        _ = try Regex(pattern, options: [.dollarMatchesEndOnly])
        return try Regex(
            Array("\\A(?:".utf8) + pattern + Array(")\\z".utf8),
            options: [.dollarMatchesEndOnly]
        )
    }
}
