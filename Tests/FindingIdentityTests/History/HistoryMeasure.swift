// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FindingIdentity

/// Counts of what a way to tell findings got right.
struct Score {
    /// Findings that were known and are in the report.
    var present = 0
    /// Those of them that were recognised.
    var kept = 0
    /// Findings of the report.
    var reported = 0
    /// Those that were taken for another finding.
    var wrong = 0

    var keptShare: Double { present == 0 ? 1 : Double(kept) / Double(present) }
    var wrongShare: Double { reported == 0 ? 0 : Double(wrong) / Double(reported) }

    static func += (left: inout Score, right: Score) {
        left.present += right.present
        left.kept += right.kept
        left.reported += right.reported
        left.wrong += right.wrong
    }
}

/// Ways to tell findings of two scans.
enum Method: String, CaseIterable {
    case ladder
    case pathAndLine
    case ruleAndText
    case ruleAndPath
}

/// Follows a history with one method, as a store would, and compares with the truth.
struct HistoryMeasure {
    private struct Known {
        var digest: FindingDigest
        var finding: ReportedFinding
        var goneFor = 0
    }

    /// The counts of several histories.
    struct Sum {
        var all = Score()
        var touched = Score()
        var byEdit: [EditKind: Score] = [:]

        mutating func add(_ measure: HistoryMeasure) {
            all += measure.all
            touched += measure.touched
            for (edit, score) in measure.byEdit { byEdit[edit, default: Score()] += score }
        }
    }

    let method: Method
    private var known: [Known] = []
    private let digester = FindingDigester(key: .init(low: 1, high: 2))
    private(set) var all = Score()
    /// Findings of files that were edited since the last scan.
    private(set) var touched = Score()
    private(set) var byEdit: [EditKind: Score] = [:]
    private(set) var mistakes: [String] = []

    init(method: Method) {
        self.method = method
    }

    /// Takes a report in.
    mutating func scan(_ report: [ReportedFinding]) {
        let digests = report.map { digester.digest($0.facts) }
        var partners = [Int](repeating: -1, count: report.count)
        for (old, new) in pairs(report, digests) { partners[new] = old }
        if !known.isEmpty { count(report, partners) }
        remember(report, digests, partners)
    }

    private func pairs(_ report: [ReportedFinding], _ digests: [FindingDigest]) -> [(Int, Int)] {
        switch method {
        case .ladder:
            let old = known.map { known in
                var digest = known.digest
                digest.isGone = known.goneFor > 0
                return digest
            }
            return FindingMatcher.pair(old: old, new: digests).matches.map { ($0.old, $0.new) }
        case .pathAndLine: return pairs(report) { "\($0.facts.path):\($0.facts.line):\($0.facts.identifiers[0].value)" }
        case .ruleAndText: return pairs(report) { "\($0.facts.identifiers[0].value):\($0.text)" }
        case .ruleAndPath: return pairs(report) { "\($0.facts.identifiers[0].value):\($0.facts.path)" }
        }
    }

    /// Findings that share a text, in the order of their lines.
    private func pairs(_ report: [ReportedFinding], by key: (ReportedFinding) -> String) -> [(Int, Int)] {
        func place(_ finding: ReportedFinding) -> (String, Int, Int) {
            (finding.facts.path, finding.facts.line, finding.facts.column)
        }
        var rest: [String: ArraySlice<Int>] = [:]
        for (key, indices) in Dictionary(grouping: report.indices, by: { key(report[$0]) }) {
            rest[key] = indices.sorted { place(report[$0]) < place(report[$1]) }[...]
        }
        let order = known.indices.sorted {
            (known[$0].goneFor > 0 ? 1 : 0, place(known[$0].finding).0, known[$0].finding.facts.line)
                < (known[$1].goneFor > 0 ? 1 : 0, place(known[$1].finding).0, known[$1].finding.facts.line)
        }
        return order.compactMap { old in
            rest[key(known[old].finding)]?.popFirst().map { (old, $0) }
        }
    }

    private mutating func count(_ report: [ReportedFinding], _ partners: [Int]) {
        // A finding that a wrong merge displaced may be known twice; either counts.
        var identities: [Int: [Int]] = [:]
        for index in known.indices { identities[known[index].finding.identity, default: []].append(index) }
        for (index, finding) in report.enumerated() {
            var score = Score()
            score.reported = 1
            let partner = partners[index]
            let isRight = partner >= 0 && isRight(partner, finding, identities)
            if identities[finding.identity] != nil {
                score.present = 1
                score.kept = isRight ? 1 : 0
            }
            if partner >= 0, !isRight { score.wrong = 1 }
            all += score
            if !finding.edits.contains(.untouched) { touched += score }
            for edit in finding.edits { byEdit[edit, default: Score()] += score }
            if score.wrong > 0 || score.kept < score.present, mistakes.count < 400 {
                mistakes.append(describe(finding, partner: partner, score, identities))
            }
        }
    }

    /// Whether a known finding is the truth, or its twin: one that no report tells from it, as both are of one rule with
    /// one message at one place.
    private func isRight(_ partner: Int, _ finding: ReportedFinding, _ identities: [Int: [Int]]) -> Bool {
        if known[partner].finding.identity == finding.identity { return true }
        return identities[finding.identity, default: []].contains { truth in
            known[truth].digest.location == known[partner].digest.location
                && known[truth].finding.facts.snippet == known[partner].finding.facts.snippet
        }
    }

    private func describe(
        _ finding: ReportedFinding,
        partner: Int,
        _ score: Score,
        _ identities: [Int: [Int]]
    ) -> String {
        func text(_ finding: ReportedFinding) -> String {
            "\(finding.facts.path):\(finding.facts.line) \(finding.facts.message) [\(finding.text)]"
        }
        let right = identities[finding.identity]?.first.map { known[$0] }
        return (score.wrong > 0 ? "WRONG " : "LOST ") + finding.edits.map(\.rawValue).sorted().joined(separator: "+")
            + "\n    report: \(text(finding))"
            + (right.map { "\n    truth:  \(text($0.finding))\($0.goneFor > 0 ? " (gone)" : "")" }
                ?? "\n    truth:  new")
            + (partner < 0
                ? "" : "\n    taken:  \(text(known[partner].finding))\(known[partner].goneFor > 0 ? " (gone)" : "")")
    }

    private mutating func remember(_ report: [ReportedFinding], _ digests: [FindingDigest], _ partners: [Int]) {
        var next: [Known] = []
        let paired = Set(partners)
        for (index, finding) in report.enumerated() {
            next.append(Known(digest: digests[index], finding: finding))
        }
        let present = Set(report.map(\.identity))
        for index in known.indices where !paired.contains(index) {
            var gone = known[index]
            gone.goneFor += 1
            // What is in the report under its own identity was lost or displaced: it counted once.
            guard gone.goneFor <= 4, !present.contains(gone.finding.identity) else { continue }
            next.append(gone)
        }
        known = next
    }
}
