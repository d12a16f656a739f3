// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Bandit's JSON (github.com/PyCQA/bandit).
enum BanditReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Bandit"
        try json.forEachDocument {
            try json.forEachElement(of: "results") {
                var finding = finding(try json.read())
                finding.origin = json.origin
                try output.emit(finding)
            } other: { name in
                if name == "generated_at" {
                    output.scan.finished = try json.read().text
                } else if name == "errors" {
                    try json.forEachElement { _ in
                        let error = try json.read()
                        let text = [error["filename"].text, error["reason"].text].compactMap(\.self)
                        output.note(.tool, at: json.origin, text.joined(separator: ": "))
                    }
                }
            }
        }
    }

    private static func finding(_ node: JSONNode) -> ReportedFinding {
        var finding = ReportedFinding(kind: .sast, title: node["issue_text"].text ?? "")
        finding.description = node["issue_text"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["issue_severity"].text)
        finding.confidence = node["issue_confidence"].text
        let link = node["more_info"].text
        finding.identifiers = [.rule(node["test_id"].text ?? "", url: link)]
        finding.identifiers += node["issue_cwe"]["id"].anyText.flatMap(FindingIdentifier.cwe).map { [$0] } ?? []
        finding.tags = [node["test_name"].text].compactMap(\.self)
        finding.location = FindingLocation(
            file: node["filename"].text,
            startLine: node["line_number"].position,
            endLine: node["line_range"].elements.compactMap(\.position).max()
        )
        finding.location.startColumn = node["col_offset"].integer.map { $0 + 1 }
        finding.location.endColumn = node["end_col_offset"].integer.map { $0 + 1 }
        finding.snippet = node["code"].longText
        finding.links = [link, node["issue_cwe"]["link"].text].compactMap { $0.map { FindingLink($0) } }
        return finding
    }
}
