// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Alpine's package versions, `number{.number}{letter}{_suffix{number}}{~hash}{-r#}`.
///
/// It reads both versions token by token, as apk does, and stops at the first difference in value or kind. The commit
/// hash does not count. Texts that break the grammar have a place too: see ``AlpineLooseOrder``.
/// Source: apk-package(5) and the behaviour of `apk version -t` of apk-tools 2.
enum AlpineOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        guard isValid(a), isValid(b) else {
            return AlpineLooseOrder.compare(a, b)
        }
        var left = AlpineTokens(a)
        var right = AlpineTokens(b)
        while left.kind == right.kind, left.kind != .end {
            let x = left.next(a)
            let y = right.next(b)
            let order = x.compare(a, y, b)
            if order != 0 {
                return order
            }
        }
        if left.kind == right.kind {
            return 0
        }
        // All that both have is equal: the longer one is greater, unless it goes on with a prerelease.
        if left.kind == .suffix, left.isPrerelease(a) {
            return -1
        }
        if right.kind == .suffix, right.isPrerelease(b) {
            return 1
        }
        return left.kind.rawValue > right.kind.rawValue ? -1 : 1
    }

    /// Whether the version follows the grammar to its end.
    static func isValid(_ text: Span<UInt8>) -> Bool {
        let end = text.count
        var index = VersionText.digitsEnd(text, from: 0, to: end)
        guard index > 0 else {
            return false
        }
        while index < end, text[index] == UInt8(ascii: ".") {
            let stop = VersionText.digitsEnd(text, from: index + 1, to: end)
            guard stop > index + 1 else {
                return false
            }
            index = stop
        }
        if index < end, VersionText.isLowercase(text[index]) {
            index += 1
        }
        while let suffix = AlpineSuffix(text, behindUnderscoreAt: index, to: end) {
            index = VersionText.digitsEnd(text, from: index + 1 + suffix.length, to: end)
        }
        index = AlpineTokens.hashEnd(text, from: index, to: end)
        guard index < end else {
            return true
        }
        let revision = VersionText.digitsEnd(text, from: min(index + 2, end), to: end)
        return VersionText.hasExactWord("-r", in: text, at: index, to: end) && revision == end && revision > index + 2
    }
}

/// Reads the tokens of an Alpine version one after the other; the text is handed to each call.
struct AlpineTokens {
    /// Kinds in the order that decides between two versions of which one goes on: a later kind is the smaller version.
    enum Kind: Int {
        case laterNumber
        case number
        case letter
        case suffix
        case suffixNumber
        case revision
        case end
    }

    /// A token's value: an integer, or a number by its digits.
    struct Value {
        static let none = Value(rank: 0, digits: 0..<0)
        /// Compared first: for numbers 0, below that for leading zeros and prereleases.
        var rank: Int
        var digits: Range<Int>

        func compare(_ a: Span<UInt8>, _ other: Value, _ b: Span<UInt8>) -> Int {
            rank != other.rank
                ? VersionText.order(rank, other.rank) : VersionText.compareNumbers(a, digits, b, other.digits)
        }
    }

    private(set) var kind: Kind = .number
    private var index = 0
    private let end: Int

    init(_ text: Span<UInt8>) {
        end = text.count
        if end == 0 {
            kind = .end
        }
    }

    /// The value of the present token; afterwards `kind` is that of the next one.
    mutating func next(_ text: Span<UInt8>) -> Value {
        guard index < end else {
            kind = .end
            return .none
        }
        var value = Value.none
        switch kind {
        case .laterNumber where text[index] == UInt8(ascii: "0"):
            // A later number with zeros in front counts like a fraction: more zeros, smaller version.
            let start = index
            while index < end, text[index] == UInt8(ascii: "0") {
                index += 1
            }
            kind = index == end ? .end : .number
            return Value(rank: start - index, digits: 0..<0)
        case .laterNumber, .number, .suffixNumber, .revision:
            let stop = VersionText.digitsEnd(text, from: index, to: end)
            value.digits = index..<stop
            index = stop
        case .letter:
            value.rank = Int(text[index])
            index += 1
        case .suffix:
            guard let suffix = AlpineSuffix(text, at: index, to: end) else {
                kind = .end
                return .none
            }
            value.rank = suffix.rank
            index += suffix.length
        case .end:
            return .none
        }
        index = AlpineTokens.hashEnd(text, from: index, to: end)
        advance(text)
        return value
    }

    /// Whether the suffix that comes next is one of those that sort below the plain version.
    func isPrerelease(_ text: Span<UInt8>) -> Bool {
        (AlpineSuffix(text, at: index, to: end)?.rank ?? -1) < 0
    }

    /// Behind `~` and the hexadecimal digits of a commit, where they stand at `start`.
    static func hashEnd(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        guard start < end, text[start] == UInt8(ascii: "~") else {
            return start
        }
        var stop = start + 1
        while stop < end, VersionText.isDigit(text[stop]) || text[stop] &- UInt8(ascii: "a") < 6 {
            stop += 1
        }
        return stop > start + 1 ? stop : start
    }

    /// Tells the kind of the next token, stepping over what stands before it; the version is a valid one.
    private mutating func advance(_ text: Span<UInt8>) {
        guard index < end else {
            kind = .end
            return
        }
        switch text[index] {
        case UInt8(ascii: "."):
            kind = .laterNumber
            index += 1
        case UInt8(ascii: "_"):
            kind = .suffix
            index += 1
        case UInt8(ascii: "-"):
            kind = .revision
            index += 2
        default:
            kind = kind == .suffix ? .suffixNumber : .letter
        }
    }
}

/// One of the words that may follow `_`.
struct AlpineSuffix {
    /// Below zero for what comes before the plain version.
    var rank: Int
    var length: Int

    /// The suffix whose `_` stands at `index`.
    init?(_ text: Span<UInt8>, behindUnderscoreAt index: Int, to end: Int) {
        guard index < end, text[index] == UInt8(ascii: "_") else {
            return nil
        }
        self.init(text, at: index + 1, to: end)
    }

    init?(_ text: Span<UInt8>, at index: Int, to end: Int) {
        guard let known = AlpineSuffix.match(text, at: index, to: end) else {
            return nil
        }
        (rank, length) = known
    }

    private static func match(_ text: Span<UInt8>, at index: Int, to end: Int) -> (Int, Int)? {
        func has(_ word: StaticString) -> Bool {
            VersionText.hasExactWord(word, in: text, at: index, to: end)
        }
        return if has("alpha") { (-4, 5) } else if has("beta") { (-3, 4) } else if has("pre") {
            (-2, 3)
        } else if has("rc") { (-1, 2) } else if has("cvs") { (0, 3) } else if has("svn") { (1, 3) } else if has("git") {
            (2, 3)
        } else if has("hg") { (3, 2) } else if has("p") { (4, 1) } else { nil }
    }
}

extension VersionText {
    /// Whether a word stands at `start`, in this very case.
    static func hasExactWord(_ word: StaticString, in text: Span<UInt8>, at start: Int, to end: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - start >= count else {
            return false
        }
        var offset = 0
        while offset < count {
            if text[start + offset] != word.utf8Start[offset] {
                return false
            }
            offset += 1
        }
        return true
    }
}
