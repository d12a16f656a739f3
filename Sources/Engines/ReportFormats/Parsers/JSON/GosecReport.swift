// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// gosec's JSON (github.com/securego/gosec).
enum GosecReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "gosec"
        try json.forEachDocument {
            try json.forEachElement(of: "Issues") {
                var finding = finding(try json.read())
                finding.origin = json.origin
                try output.emit(finding)
            } other: { name in
                if name == "GosecVersion" {
                    output.scan.version = try json.read().text
                } else if name == "Golang errors" {
                    for (file, _) in try json.read().members.prefix(20) {
                        output.note(.tool, at: json.origin, "\(file) could not be compiled")
                    }
                }
            }
        }
    }

    private static func finding(_ node: JSONNode) -> ReportedFinding {
        var finding = ReportedFinding(kind: .sast, title: node["details"].text ?? "")
        finding.description = node["details"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["severity"].text)
        finding.confidence = node["confidence"].text
        finding.identifiers = [.rule(node["rule_id"].text ?? "")]
        let weakness = node["cwe"]["id"].anyText ?? node["cwe"]["ID"].anyText ?? node["CWE"]["ID"].anyText
        finding.identifiers += weakness.flatMap(FindingIdentifier.cwe).map { [$0] } ?? []
        finding.location.file = node["file"].text
        // A line is a number or a range such as 31-34, both as text.
        let lines = (node["line"].anyText ?? "").split(separator: "-").compactMap { Int($0) }
        finding.location.startLine = lines.first
        finding.location.endLine = lines.last
        finding.location.startColumn = node["column"].position
        finding.snippet = node["code"].longText
        finding.links = [node["cwe"]["url"].text ?? node["cwe"]["URL"].text].compactMap { $0.map { FindingLink($0) } }
        let suppressions = node["suppressions"].elements.map { $0 }
        if node["nosec"].bool == true || !suppressions.isEmpty {
            finding.suppression = ReportedSuppression(
                kind: suppressions.first?["kind"].text ?? "inSource",
                justification: suppressions.first?["justification"].text
            )
        }
        return finding
    }
}
