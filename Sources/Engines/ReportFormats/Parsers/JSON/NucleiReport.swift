// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// nuclei's JSON (github.com/projectdiscovery/nuclei): one object per line, or one list.
enum NucleiReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "nuclei"
        try json.forEachItem {
            var finding = finding(try json.read())
            finding.origin = json.origin
            try output.emit(finding)
        }
    }

    private static func finding(_ node: JSONNode) -> ReportedFinding {
        let info = node["info"]
        let template = node["template-id"].text ?? node["templateID"].text ?? ""
        var finding = ReportedFinding(kind: .dast, title: info["name"].text ?? template)
        finding.description = info["description"].longText ?? ""
        finding.severity = ReportedSeverity(word: info["severity"].text)
        let classes = info["classification"]
        finding.identifiers =
            [.rule(template, url: node["template-url"].text)]
            + classes["cve-id"].texts(separatedBy: [","]).map { .vulnerability($0, otherwise: "vulnerability") }
            + classes["cwe-id"].texts(separatedBy: [","]).filter { $0.range(ofASCII: "cwe-") != nil }
            .compactMap { text in text.range(ofASCII: "other") == nil ? FindingIdentifier.cwe(text) : nil }
        if let vector = classes["cvss-metrics"].text {
            finding.cvss = [ReportedCVSS(vendor: "nuclei", vector: vector, score: classes["cvss-score"].double)]
        }
        finding.location = location(node)
        finding.fix = FixHint(text: info["remediation"].text)
        finding.links = info["reference"].texts(separatedBy: [",", "\n"]).map { FindingLink($0) }
        finding.tags = info["tags"].texts(separatedBy: [","])
        if let matcher = node["matcher-name"].text ?? node["matcher_name"].text {
            finding.location.scope = matcher
        }
        let results = node["extracted-results"].texts + node["extracted_results"].texts
        finding.snippet = results.joined(separator: "\n").nonEmpty.map { SecretMask.credentials(in: $0) }
        return finding
    }

    private static func location(_ node: JSONNode) -> FindingLocation {
        let matched = node["matched-at"].text ?? node["matched"].text ?? node["url"].text ?? node["host"].text ?? ""
        var location = FindingLocation()
        if matched.range(ofASCII: "://") != nil {
            location.setURL(matched)
        } else if let colon = matched.lastIndex(of: ":"), let port = Int(matched[matched.index(after: colon)...]) {
            location.host = String(matched[..<colon])
            location.port = port
        } else {
            location.host = matched.nonEmpty
        }
        location.port = location.port ?? node["port"].integer
        location.transport = node["type"].text
        location.parameter = node["fuzzing_parameter"].text
        // The request begins with its method.
        let method = node["request"].string(limit: 16)?.split(separator: " ").first.map { String($0) }
        location.httpMethod =
            node["fuzzing_method"].text
            ?? method.flatMap { word in
                word.utf8.allSatisfy { $0 &- 0x41 < 26 } ? word : nil
            }
        return location
    }
}
