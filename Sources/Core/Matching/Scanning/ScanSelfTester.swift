// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Scans for texts that patterns are known to match, in the very automata that will be used, and compares.
///
/// For each pattern several texts are made and confirmed by PCRE2, or taken from its literals. Each is scanned at
/// three offsets, alone and joined with other values. A pattern that is missed once becomes undecided. Texts that
/// nearly match show whether hits are final: an exact pattern that is found where PCRE2 does not find it becomes a
/// superset. Equal patterns are tested with equal texts.
struct ScanSelfTester {
    private static let samplesPerPattern = 6
    private static let attemptsPerPattern = 60
    private static let nearMissesPerSample = 4
    private static let mostLiterals = 200

    private let scratch: ScanScratch
    private let regexScratch = RegexScratch(matchLimit: 100_000)
    /// A matching text of an earlier pattern, to stand beside others.
    private var neighbour: [UInt8] = Array("q=1".utf8)
    private(set) var report = ScanSelfTest()

    init(scratch: ScanScratch) {
        self.scratch = scratch
    }

    /// Tests all patterns of a group, and returns it with what came out.
    mutating func test(_ group: PatternGroup, number: Int, _ patterns: [ScanPattern]) -> PatternGroup {
        var verdicts = group.verdicts
        for (index, pattern) in patterns.enumerated() {
            let before = verdicts[index]
            if before.trust > .undecided {
                verdicts[index] = verdict(for: pattern, index, group, before)
            }
            note(verdicts[index], before, ScanSelfTest.Finding(group: number, pattern: index, verdicts[index]))
        }
        return PatternGroup(engine: group.engine, verdicts: verdicts)
    }

    private mutating func note(_ after: PatternVerdict, _ before: PatternVerdict, _ finding: ScanSelfTest.Finding) {
        report.patterns += 1
        switch after.trust {
        case .undecided:
            report.undecided.append(finding)
            if after.isMiss { report.failed.append(finding) }
        case .superset, .exactWithoutLineFeeds:
            report.supersets.append(finding)
            report.passed += 1
        case .exact:
            report.passed += 1
        }
    }

    private mutating func verdict(
        for pattern: ScanPattern,
        _ index: Int,
        _ group: PatternGroup,
        _ verdict: PatternVerdict
    ) -> PatternVerdict {
        guard let judge = PatternJudge(pattern, scratch: regexScratch) else {
            return .undecided("PCRE2 does not compile it")
        }
        let samples = samples(of: pattern, judge)
        if samples.isEmpty, !pattern.isNeverFound {
            return .undecided("no text that it matches could be made")
        }
        var random = SplitMix64(seed: samples.first ?? [])
        for sample in samples {
            for text in placed(sample) where judge.matches(text) == true {
                if !isFound(text, index, group) { return .missed(text) }
            }
            neighbour = sample
            guard verdict.trust >= .exactWithoutLineFeeds else { continue }
            for _ in 0..<Self.nearMissesPerSample {
                let text = Self.mutated(sample, &random)
                if verdict.trust == .exactWithoutLineFeeds, text.contains(0x0A) { continue }
                guard let expected = judge.matches(text), expected != scan(text, index, group) else { continue }
                return expected ? .missed(text) : .superset("found where PCRE2 does not find it")
            }
        }
        return verdict
    }

    // MARK: Texts

    private func samples(of pattern: ScanPattern, _ judge: PatternJudge) -> [[UInt8]] {
        switch pattern.form {
        case .literals(let literals, _, _):
            let step = max(1, literals.count / Self.mostLiterals)
            return stride(from: 0, to: literals.count, by: step).map { literals[$0] }
        case .regex(let text, let options):
            guard let parsed = try? RegexParser.parse(text, options: options) else { return [] }
            var generator = SampleGenerator(seed: text)
            var samples: [[UInt8]] = []
            for _ in 0..<Self.attemptsPerPattern where samples.count < Self.samplesPerPattern {
                guard let sample = generator.next(for: parsed) else { continue }
                // Where something has to lie before or behind, such as a boundary of words, a blank often will do.
                for candidate in [sample, [0x20] + sample + [0x20]] where judge.matches(candidate) == true {
                    samples.append(candidate)
                    break
                }
            }
            return samples
        }
    }

    /// The text by itself, behind 17 and behind 90 bytes, and before others.
    private func placed(_ text: [UInt8]) -> [[UInt8]] {
        [text, Self.filler(17) + text, Self.filler(90) + text, text + Self.filler(23)]
    }

    private static func filler(_ count: Int) -> [UInt8] {
        let words = Array("lorem ipsum dolor sit amet consetetur sadipscing elitr ".utf8)
        // Ends with a blank, so that a boundary of words lies behind it.
        return (0..<count).map { words[($0 + words.count - count % words.count) % words.count] }
    }

    private static func mutated(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var text = text
        let byte = UInt8.random(in: 0...255, using: &random)
        guard let index = text.indices.randomElement(using: &random) else { return [byte] }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text.remove(at: index)
        case 1: text[index] = byte
        case 2: text.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: index)
        default: text.removeSubrange(index...)
        }
        return text
    }

    // MARK: Scans

    /// Whether the pattern is found in the text alone, and in the text before, behind and between others.
    private mutating func isFound(_ text: [UInt8], _ index: Int, _ group: PatternGroup) -> Bool {
        let line: [UInt8] = [0x0A]
        let ordinary = Self.filler(17)
        return scan(text, index, group)
            && scan(text + line + neighbour, index, group)
            && scan(neighbour + line + text, index, group)
            && scan(ordinary + line + text + line + line + ordinary, index, group)
    }

    private mutating func scan(_ text: [UInt8], _ index: Int, _ group: PatternGroup) -> Bool {
        report.scans += 1
        var hits = [UInt64](repeating: 0, count: max(1, group.wordCount))
        let isDone = text.withUnsafeBufferPointer { text in
            hits.withUnsafeMutableBufferPointer { hits in
                hits.baseAddress.map { group.scan(text, scratch: scratch, into: $0) } ?? false
            }
        }
        // A scan that fails must not pass the test by setting all bits.
        return isDone && hits[index / 64] >> UInt64(index % 64) & 1 == 1
    }
}

extension PatternVerdict {
    private static let missReason = "missed in the self-test: "

    static func missed(_ text: [UInt8]) -> Self {
        .undecided(missReason + String(decoding: text.prefix(120), as: UTF8.self))
    }

    var isMiss: Bool { trust == .undecided && reason.hasPrefix(Self.missReason) }
}

extension ScanSelfTest.Finding {
    init(group: Int, pattern: Int, _ verdict: PatternVerdict) {
        self.init(group: group, pattern: pattern, decision: verdict.decision, reason: verdict.reason)
    }
}

extension ScanPattern {
    /// Whether it is a set of literals without any.
    fileprivate var isNeverFound: Bool {
        if case .literals(let literals, _, _) = form { return literals.isEmpty }
        return false
    }
}
