// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// hadolint's JSON (github.com/hadolint/hadolint), also as Codacy and SonarQube call for it.
enum HadolintReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "hadolint"
        try json.forEachItem {
            let node = try json.read()
            let code = node["code"].text ?? ""
            var finding = ReportedFinding(kind: .iac, title: node["message"].text ?? code)
            finding.description = node["message"].longText ?? ""
            finding.severity = ReportedSeverity(word: node["level"].text)
            finding.identifiers = [.rule(code, url: page(code))]
            finding.location = FindingLocation(file: node["file"].text, startLine: node["line"].position)
            finding.location.startColumn = node["column"].position
            finding.origin = json.origin
            try output.emit(finding)
        }
    }

    private static func page(_ code: String) -> String? {
        if code.hasPrefix("DL") {
            return "https://github.com/hadolint/hadolint/wiki/\(code)"
        }
        return code.hasPrefix("SC") ? "https://www.shellcheck.net/wiki/\(code)" : nil
    }
}
