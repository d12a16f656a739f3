// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Matching

/// A seeded source of small patterns and values, for properties that hold for all of them.
struct RandomRegexes {
    var random: SplitMix64
    private static let atoms = [
        "a", "b", "c", "[ab]", "[^a]", ".", "\\w", "\\s", "\\d", "B", "=", "\\x62", "ab", "cab", "bb",
    ]
    private static let anchors = [
        "^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "(?=b)", "(?!b)", "(?<=a)", "(?<!a)", "(?>a|ab)", "c++",
    ]
    private static let quantifiers = ["", "", "", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "+?", "{2,}"]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func pattern(depth: Int = 3) -> String {
        let branches = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 2...3, using: &random) : 1
        return (0..<branches).map { _ in
            (0..<Int.random(in: 1...3, using: &random)).map { _ in item(depth: depth) }.joined()
        }.joined(separator: "|")
    }

    private mutating func item(depth: Int) -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return pick(Self.anchors)
        case 1...3 where depth > 0:
            return pick(["(", "(?:", "(?i:"]) + pattern(depth: depth - 1) + ")" + pick(Self.quantifiers)
        default: return pick(Self.atoms) + pick(Self.quantifiers)
        }
    }

    mutating func value(upTo length: Int = 12) -> [UInt8] {
        let alphabet = Array("aaabbbcccAB =1\n_".utf8)
        return (0..<Int.random(in: 0...length, using: &random)).map { _ in pick(alphabet) }
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }
}

extension PatternGroup {
    /// The patterns that a scan finds; nil where it fails.
    func found(in value: [UInt8], _ scratch: ScanScratch) -> Set<Int>? {
        var hits = [UInt64](repeating: 0, count: max(1, wordCount))
        let isDone = value.withUnsafeBufferPointer { value in
            hits.withUnsafeMutableBufferPointer { hits in
                hits.baseAddress.map { scan(value, scratch: scratch, into: $0) } ?? false
            }
        }
        guard isDone else { return nil }
        return Set((0..<count).filter { hits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 })
    }
}

func regex(_ text: String, _ options: Regex.Options = [.dotMatchesLineEnds, .dollarMatchesEndOnly]) -> ScanPattern {
    ScanPattern(.regex(Array(text.utf8), options))
}

func literals(
    _ texts: [String],
    caseless: Bool = false,
    _ anchor: ScanPattern.Anchor = .anywhere
) -> ScanPattern {
    ScanPattern(.literals(texts.map { Array($0.utf8) }, caseless: caseless, anchor: anchor))
}

/// Whether Hyperscan is there; a suite that needs it is named as not run where it is not. Under `CI=true` the answer
/// is always yes on the processors that Hyperscan is made for, so that the suite fails instead of vanishing.
func hyperscanIsAvailable(for suite: String) -> Bool {
    guard case .unavailable(let reason) = Hyperscan.availability else { return true }
    print("NOT RUN: \(suite): Hyperscan: \(reason)")
    #if arch(x86_64)
    return ProcessInfo.processInfo.environment["CI"] == "true"
    #else
    return false
    #endif
}
