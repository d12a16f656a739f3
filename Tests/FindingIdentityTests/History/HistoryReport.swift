// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FindingIdentity

/// How much a report says of a finding.
enum Richness: String, CaseIterable {
    /// Rule, message, file and line.
    case line
    /// And the column.
    case column
    /// And the flagged line's text.
    case snippet
    /// And the rolling hash of the code around, instead of the text.
    case fingerprint
}

/// A finding of a report, with the truth beside it.
struct ReportedFinding {
    var facts: FindingFacts
    var identity: Int
    /// What happened to its function, or else to its file, since the last scan.
    var edits: Set<EditKind>
    var text: String
}

extension SourceTree {
    /// What a scanner reports of the tree, in no special order.
    func report(_ richness: Richness, shuffledBy random: inout SeededRandom) -> [ReportedFinding] {
        var findings: [ReportedFinding] = []
        for file in files {
            findings.append(contentsOf: file.report(richness))
        }
        return findings.shuffled(using: &random)
    }
}

extension SourceFile {
    fileprivate func report(_ richness: Richness) -> [ReportedFinding] {
        var findings: [ReportedFinding] = []
        var lines: [String] = header.map(\.text)
        for function in functions {
            for line in function.lines {
                lines.append(String(repeating: " ", count: line.depth * indentation) + line.text)
                for weakness in line.weaknesses {
                    let facts = facts(weakness, line, function.name, at: lines.count, richness)
                    let near: Set<EditKind> = edits.isEmpty ? [.untouched] : edits
                    let own = function.edits.union(edits.intersection([.licenceHeader, .renameFile, .reindent]))
                    findings.append(
                        ReportedFinding(
                            facts: facts,
                            identity: weakness.identity,
                            edits: own.isEmpty ? near : own,
                            text: line.text
                        )
                    )
                }
            }
        }
        if richness == .fingerprint {
            let hashes = RollingHash.lines(Array(lines.joined(separator: "\n").utf8))
            for index in findings.indices {
                let line = findings[index].facts.line
                findings[index].facts.fingerprints = [(.rollingHash, hashes[line - 1])]
            }
        }
        return findings
    }

    private func facts(
        _ weakness: Weakness,
        _ line: SourceLine,
        _ function: String,
        at number: Int,
        _ richness: Richness
    ) -> FindingFacts {
        let rule = ScannerRule.all[weakness.rule]
        var facts = FindingFacts(kind: .sast)
        facts.identifiers = [.init(type: "rule", value: rule.name), .init(type: "cwe", value: "CWE-1")]
        let code = String(line.text.dropFirst(weakness.offset))
        facts.message = rule.message.replacing("@", with: argument(code)).replacing("#", with: function)
        facts.path = path
        facts.line = number
        if richness != .line { facts.column = line.depth * indentation + weakness.offset + 1 }
        if richness == .snippet || richness == .fingerprint { facts.snippet = richness == .snippet ? line.text : "" }
        return facts
    }

    /// The variable that a flagged expression is about.
    private func argument(_ code: String) -> String {
        let words = code.prefix { $0 != ";" }.split { !$0.isLetter && !$0.isNumber }
        return words.last.map(String.init) ?? ""
    }
}
