// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Decides for a pattern and one value by the plainest means: PCRE2, or the C library's search.
struct PatternJudge {
    private enum Means {
        case regex(Regex, RegexScratch)
        case literals([[UInt8]], caseless: Bool, ScanPattern.Anchor)
    }
    private let means: Means

    /// - Returns: nil where PCRE2 does not compile the pattern.
    init?(_ pattern: ScanPattern, scratch: RegexScratch) {
        switch pattern.form {
        case .regex(let text, let options):
            guard let regex = try? Regex(text, options: options) else { return nil }
            means = .regex(regex, scratch)
        case .literals(let literals, let caseless, let anchor):
            let literals = caseless ? literals.map { $0.map(RequiredLiterals.foldedCase) } : literals
            means = .literals(literals, caseless: caseless, anchor)
        }
    }

    /// Whether the value holds the pattern; nil where PCRE2 gives up.
    func matches(_ value: [UInt8]) -> Bool? {
        switch means {
        case .regex(let regex, let scratch):
            switch value.withUnsafeBufferPointer({ regex.firstMatch(in: $0, scratch: scratch) }) {
            case .match: return true
            case .noMatch: return false
            case .limitExceeded, .failed: return nil
            }
        case .literals(let literals, let caseless, let anchor):
            let value = caseless ? value.map(RequiredLiterals.foldedCase) : value
            return literals.contains { Self.holds(value, $0, anchor) }
        }
    }

    private static func holds(_ value: [UInt8], _ literal: [UInt8], _ anchor: ScanPattern.Anchor) -> Bool {
        switch anchor {
        case .whole: return value == literal
        case .start: return value.starts(with: literal)
        case .end: return value.reversed().starts(with: literal.reversed())
        case .anywhere:
            return value.withUnsafeBytes { value in literal.withUnsafeBytes { Self.occurs($0, in: value) } }
        }
    }

    /// Looks at each place where the first byte lies.
    private static func occurs(_ literal: UnsafeRawBufferPointer, in value: UnsafeRawBufferPointer) -> Bool {
        guard let pattern = literal.baseAddress, let first = literal.first else { return true }
        guard let text = value.baseAddress, value.count >= literal.count else { return false }
        var offset = 0
        let places = value.count - literal.count + 1
        while offset < places, let place = memchr(text + offset, Int32(first), places - offset) {
            if memcmp(place, pattern, literal.count) == 0 { return true }
            offset = UnsafeRawPointer(place) - text + 1
        }
        return false
    }
}
