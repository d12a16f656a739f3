// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Gitleaks' JSON: version 8 with `RuleID`, and what versions up to 7 wrote.
enum GitleaksReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Gitleaks"
        try json.forEachItem {
            let node = try json.read()
            guard node.kind == .object else {
                return
            }
            var finding = node["RuleID"].exists || node["Secret"].exists ? current(node) : legacy(node)
            finding.origin = json.origin
            try output.emit(finding)
        }
    }

    private static func current(_ node: JSONNode) -> ReportedFinding {
        let rule = node["RuleID"].text ?? node["Description"].text ?? ""
        var finding = ReportedFinding(kind: .secret, title: node["Description"].text ?? rule)
        finding.identifiers = [.rule(rule)]
        finding.location = FindingLocation(
            file: node["File"].text,
            startLine: node["StartLine"].position,
            endLine: node["EndLine"].position
        )
        finding.location.startColumn = node["StartColumn"].position
        finding.location.endColumn = node["EndColumn"].position
        finding.location.commit = node["Commit"].text
        finding.secret = ReportedSecret(node["Secret"].string)
        finding.snippet = node["Match"].longText ?? node["Line"].longText
        finding.signatures = node["Fingerprint"].text.map { [FindingSignature("gitleaks-fingerprint", $0)] } ?? []
        finding.tags = node["Tags"].texts(separatedBy: [","])
        finding.links = node["Link"].text.map { [FindingLink($0)] } ?? []
        finding.description = commitText(date: node["Date"].text, message: node["Message"].text)
        finding.severity = .high
        return finding
    }

    private static func legacy(_ node: JSONNode) -> ReportedFinding {
        let rule = node["rule"].text ?? ""
        var finding = ReportedFinding(kind: .secret, title: rule)
        finding.identifiers = [.rule(rule)]
        finding.location = FindingLocation(file: node["file"].text, startLine: node["lineNumber"].position)
        finding.location.commit = node["commit"].text
        finding.secret = ReportedSecret(node["offender"].string)
        finding.snippet = node["line"].longText
        finding.tags = node["tags"].texts(separatedBy: [","])
        finding.links = node["leakURL"].text.map { [FindingLink($0)] } ?? []
        finding.description = commitText(date: node["date"].text, message: node["commitMessage"].text)
        finding.severity = .high
        return finding
    }

    private static func commitText(date: String?, message: String?) -> String {
        [message?.firstLine.nonEmpty, date].compactMap(\.self).joined(separator: "\n")
    }
}
