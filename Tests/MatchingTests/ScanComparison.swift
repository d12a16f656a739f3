// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

@testable import Matching

/// Compares what scans say with what PCRE2 says, value by value, alone and joined with the value before.
struct ScanComparison {
    private let library: PatternLibrary
    private let scratch: ScanScratch
    private let judges: [[PatternJudge?]]
    private var previous: [UInt8] = []
    private var previousMatches: [Set<Int>] = []
    private(set) var pairs = 0
    private(set) var matches = 0
    /// Pairs on which PCRE2 hit its limit.
    private(set) var unjudged = 0
    private(set) var falseNegatives: [String] = []
    private(set) var falsePositives: [String] = []

    init(_ library: PatternLibrary, _ groups: [[ScanPattern]]) {
        self.library = library
        scratch = library.makeScratch()
        let regexScratch = RegexScratch(matchLimit: 10_000)
        judges = groups.map { $0.map { PatternJudge($0, scratch: regexScratch) } }
    }

    var summary: String {
        "\(pairs) pairs, \(matches) matches, \(falseNegatives.count) false negatives, "
            + "\(falsePositives.count) false positives, \(unjudged) not judged"
    }

    mutating func compare(_ value: [UInt8]) {
        var allMatches: [Set<Int>] = []
        for (number, group) in library.groups.enumerated() {
            let found = group.found(in: value, scratch) ?? []
            var matching = Set<Int>()
            for pattern in 0..<group.count where group.decision(pattern) != .undecided {
                guard let isMatch = judges[number][pattern]?.matches(value) else {
                    unjudged += 1
                    continue
                }
                pairs += 1
                if isMatch {
                    matches += 1
                    matching.insert(pattern)
                }
                note(isMatch, found.contains(pattern), group, pattern, number, value)
            }
            if previousMatches.indices.contains(number) {
                let joined = previous + [0x0A] + value
                let all = group.found(in: joined, scratch) ?? []
                for missed in matching.union(previousMatches[number]).subtracting(all) {
                    falseNegatives.append("group \(number) pattern \(missed) joined \(text(joined))")
                }
            }
            allMatches.append(matching)
        }
        previous = value
        previousMatches = allMatches
    }

    private mutating func note(
        _ isMatch: Bool,
        _ isFound: Bool,
        _ group: PatternGroup,
        _ pattern: Int,
        _ number: Int,
        _ value: [UInt8]
    ) {
        if isMatch, !isFound {
            falseNegatives.append("group \(number) pattern \(pattern) \(text(value))")
        }
        if !isMatch, isFound, group.isHitFinal(pattern, valueHasLineFeed: value.contains(0x0A)) {
            falsePositives.append("group \(number) pattern \(pattern) \(text(value))")
        }
    }

    private func text(_ value: [UInt8]) -> String {
        String(decoding: value.prefix(200), as: UTF8.self).debugDescription
    }
}

/// Small changes to values, such as attackers and fuzzers make.
enum Mutation {
    private static let special = Array("\n\r\t\u{0B}\u{0C}\u{00} '\"<>()=;|&\\/*-#%".utf8) + [0x80, 0xA0, 0xFF]

    static func of(_ value: [UInt8], _ others: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
        var value = Array(value.prefix(2_000))
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = Int.random(in: 0...value.count, using: &random)
            let end = min(value.count, index + Int.random(in: 1...8, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0: value.insert(special[Int.random(in: 0..<special.count, using: &random)], at: index)
            case 1: value.insert(UInt8.random(in: 0...255, using: &random), at: index)
            case 2: value.removeSubrange(index..<end)
            case 3: value.insert(contentsOf: value[index..<end], at: index)
            case 4: value.removeSubrange(end...)
            case 5:
                let other = others[Int.random(in: 0..<others.count, using: &random)]
                value.insert(contentsOf: other.prefix(400), at: index)
            case 6: value = value.map { $0 &- 0x61 < 26 ? $0 ^ 0x20 : $0 }
            default:
                if index < value.count { value[index] = special[Int.random(in: 0..<special.count, using: &random)] }
            }
        }
        return value
    }
}
