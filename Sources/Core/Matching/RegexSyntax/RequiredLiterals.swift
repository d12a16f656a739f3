// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Derives literals of which at least one lies in every match of a pattern, without regard to the case of ASCII
/// letters.
///
/// A tree is gone through bottom up; each part tells all texts that it may match, where these are few, or else the
/// best set of literals that its matches need. In a sequence, neighbours whose texts are few form longer literals.
/// Whatever is not understood needs nothing, so the answer is always safe; it may be missing.
struct RequiredLiterals: Sendable {
    /// In lower case, none of them empty.
    private(set) var literals: [[UInt8]]

    /// - Returns: nil where no set is selective enough to be of use.
    init?(_ parsed: ParsedRegex) {
        guard let best = Self.needs(of: parsed.root).best, Self.cost(best) <= Self.highestCost else { return nil }
        literals = best
    }

    /// How many literals may begin at a random place of ordinary text on average. A set that is found too often costs
    /// nothing but the search.
    private static let highestCost = 0.3
    private static let mostTexts = 32
    private static let mostLiterals = 256
    private static let longestText = 24

    /// What is known of a part: all its texts, or literals that it needs.
    private struct Needs {
        var texts: [[UInt8]]?
        var literals: [[UInt8]]?

        static let nothing = Needs(texts: nil, literals: nil)

        var best: [[UInt8]]? {
            guard let texts, !texts.contains([]) else { return literals }
            return RequiredLiterals.cheaper(texts, literals)
        }
    }

    private static func needs(of node: RegexNode) -> Needs {
        switch node {
        case .empty, .assertion, .look:
            return Needs(texts: [[]], literals: nil)
        case .byte(let set):
            let folded = Set(set.bytes.map(foldedCase))
            return folded.count <= 8 && !folded.isEmpty ? Needs(texts: folded.sorted().map { [$0] }) : .nothing
        case .concatenation(let nodes):
            return sequence(nodes.map(needs))
        case .alternation(let alternation):
            return choice(alternation.branches.map { needs(of: $0.node) })
        case .group(let node, _), .atomic(let node):
            return needs(of: node)
        case .repetition(let node, let minimum, let maximum, _):
            return repetition(needs(of: node), minimum, maximum)
        case .backreference, .opaque:
            return .nothing
        }
    }

    private static func repetition(_ needs: Needs, _ minimum: Int, _ maximum: Int?) -> Needs {
        if minimum == 0 {
            if maximum == 1, let texts = needs.texts, texts.count < mostTexts {
                return Needs(texts: unique([[]] + texts), literals: nil)
            }
            return .nothing
        }
        if minimum == maximum, minimum <= longestText {
            return sequence(Array(repeating: needs, count: minimum))
        }
        // The first rounds follow each other, whatever comes then.
        let rounds = Array(repeating: needs, count: min(minimum, 4))
        return Needs(texts: nil, literals: sequence(rounds + [.nothing]).best)
    }

    private static func sequence(_ parts: [Needs]) -> Needs {
        var texts: [[UInt8]] = [[]]
        var best: [[UInt8]]?
        var isComplete = true
        for part in parts {
            if let next = part.texts, let product = product(texts, next) {
                texts = product
                continue
            }
            isComplete = false
            best = cheaper(texts, best)
            if let next = part.texts {
                texts = next
            } else {
                best = cheaper(part.literals, best)
                texts = [[]]
            }
        }
        return isComplete ? Needs(texts: texts, literals: nil) : Needs(texts: nil, literals: cheaper(texts, best))
    }

    private static func choice(_ parts: [Needs]) -> Needs {
        var texts: [[UInt8]]? = []
        var literals: [[UInt8]]? = []
        for part in parts {
            texts = part.texts.flatMap { next in texts.map { $0 + next } }
            literals = part.best.flatMap { next in literals.map { $0 + next } }
            if let count = texts?.count, count > mostTexts { texts = nil }
            if let count = literals?.count, count > mostLiterals { literals = nil }
        }
        return Needs(texts: texts.map(unique), literals: literals.map(unique))
    }

    /// Every text of the first followed by every text of the second; nil where these are too many or too long.
    private static func product(_ first: [[UInt8]], _ second: [[UInt8]]) -> [[UInt8]]? {
        guard first.count * second.count <= mostTexts,
            (first.map(\.count).max() ?? 0) + (second.map(\.count).max() ?? 0) <= longestText
        else { return nil }
        return unique(first.flatMap { head in second.map { head + $0 } })
    }

    private static func unique(_ texts: [[UInt8]]) -> [[UInt8]] {
        var seen = Set<[UInt8]>()
        return texts.filter { seen.insert($0).inserted }
    }

    // MARK: Which set is better

    private static func cheaper(_ first: [[UInt8]]?, _ second: [[UInt8]]?) -> [[UInt8]]? {
        let candidates = [first, second].compactMap { $0 }.filter { !$0.isEmpty && !$0.contains([]) }
        return candidates.min { cost($0) < cost($1) }
    }

    /// How likely one of the literals begins at a random place in ordinary text.
    private static func cost(_ literals: [[UInt8]]) -> Double {
        literals.reduce(0) { $0 + $1.reduce(1) { $0 * frequency($1) } }
    }

    /// Rough frequencies: only the order of magnitude matters.
    private static func frequency(_ byte: UInt8) -> Double {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): 0.06
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 0.03
        // Values are joined by line feeds, so one is always found.
        case 0x0A: 0.5
        case 0x20: 0.15
        case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "-"), UInt8(ascii: ","): 0.02
        case 0x21...0x7E: 0.005
        default: 0.002
        }
    }

    static func foldedCase(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
