// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// DefectDojo's generic findings, as JSON and as CSV.
enum GenericReport: JSONReport, CSVReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        try json.forEachDocument {
            try json.forEachElement(of: "findings") {
                let node = try json.read()
                let missing = ["title", "severity", "description"].filter { !node[named: $0].hasValue }
                if !missing.isEmpty {
                    output.note(.schema, at: json.origin, "missing: \(missing.joined(separator: ", "))")
                }
                var finding = finding(node)
                finding.origin = json.origin
                try output.emit(finding)
            } other: { name in
                switch name {
                case "name": output.scan.tool = try json.read().text ?? output.scan.tool
                case "type": output.scan.tool = try output.scan.tool ?? json.read().text
                case "version": output.scan.version = try json.read().anyText
                default: break
                }
            }
        }
    }

    private static func finding(_ node: JSONNode) -> ReportedFinding {
        var finding = ReportedFinding(kind: kind(node), title: node["title"].text ?? "")
        finding.description = [node["description"], node["impact"], node["steps_to_reproduce"]]
            .compactMap(\.longText).joined(separator: "\n\n")
        finding.severity = ReportedSeverity(word: node["severity"].text)
        finding.identifiers =
            [node["cve"].text].compactMap { $0.map { .vulnerability($0, otherwise: "vulnerability") } }
            + node["vulnerability_ids"].texts.map { .vulnerability($0, otherwise: "vulnerability") }
            + [node["vuln_id_from_tool"].anyText].compactMap { $0.map { .rule($0) } }
            + (node["cwe"].texts + node["cwes"].texts).compactMap(FindingIdentifier.cwe)
        finding.cvss = [("cvssv3", "cvssv3_score"), ("cvssv4", "cvssv4_score")].compactMap { vector, score in
            let (vector, score) = (node[named: vector].text, node[named: score].double)
            return vector == nil && score == nil ? nil : ReportedCVSS(vector: vector, score: score)
        }
        finding.location = location(node)
        if let name = node["component_name"].text {
            finding.component = ReportedComponent(name: name, version: node["component_version"].anyText)
            finding.component?.manifest = node["file_path"].text
        }
        let version = node["fix_version"].anyText ?? node["planned_remediation_version"].anyText
        finding.fix = FixHint(versions: version.map { [$0] } ?? [], text: node["mitigation"].text)
        finding.links = (node["references"].text ?? "").parts(separatedBy: ["\n", " "])
            .filter { $0.hasPrefix("http") }.map { FindingLink($0) }
        finding.signatures = node["unique_id_from_tool"].anyText.map { [FindingSignature("tool-id", $0)] } ?? []
        finding.confidence = node["scanner_confidence"].anyText
        finding.tags = node["tags"].texts
        let flags = ["false_p", "out_of_scope", "risk_accepted", "is_mitigated", "duplicate"]
        finding.suppression = flags.first { node[named: $0].bool == true }.map { ReportedSuppression(kind: $0) }
        return finding
    }

    private static func kind(_ node: JSONNode) -> FindingKind {
        if node["component_name"].hasValue {
            return .dependency
        }
        if node["dynamic_finding"].bool == true || node["endpoints"].count > 0 {
            return .dast
        }
        return node["file_path"].hasValue || node["static_finding"].bool == true ? .sast : .other
    }

    private static func location(_ node: JSONNode) -> FindingLocation {
        var location = FindingLocation(
            file: node["file_path"].text ?? node["sast_source_file_path"].text,
            startLine: node["line"].position ?? node["sast_source_line"].position
        )
        location.scope = node["sast_sink_object"].text ?? node["sast_source_object"].text
        location.parameter = node["param"].text
        let endpoint = node["endpoints"][0]
        if let text = endpoint.text {
            location.setURL(text)
            if location.host == nil {
                location.setHost(text)
            }
        } else if endpoint.kind == .object {
            location.host = endpoint["host"].text
            location.port = endpoint["port"].integer
            location.path = endpoint["path"].text
            location.transport = endpoint["protocol"].text
        }
        return location
    }

    // MARK: CSV

    static func parse(_ csv: CSVReader, as format: ReportFormat, to output: ReportOutput) throws {
        while try csv.next() {
            var finding = ReportedFinding(kind: .other, title: csv["Title"] ?? "")
            finding.description = [csv["Description"], csv["Impact"]].compactMap(\.self).joined(separator: "\n\n")
            finding.severity = ReportedSeverity(word: csv["Severity"])
            let ids = [csv["CVE"], csv["Vulnerability Id"]].compactMap(\.self)
            finding.identifiers =
                ids.flatMap { $0.parts(separatedBy: [",", " ", ";"]) }
                .map { .vulnerability($0, otherwise: "vulnerability") }
                + [csv["CweId"], csv["CweIds"]].compactMap(\.self)
                .flatMap { $0.parts(separatedBy: [",", " ", ";"]) }.compactMap(FindingIdentifier.cwe)
            finding.cvss = [("CVSSV3", "CVSSV3_score"), ("CVSSV4", "CVSSV4_score")].compactMap { vector, score in
                let (vector, score) = (csv[vector], csv[score].flatMap { Double($0) })
                return vector == nil && score == nil ? nil : ReportedCVSS(vector: vector, score: score)
            }
            if let url = csv["Url"] {
                finding.kind = .dast
                finding.location.setURL(url)
                if finding.location.host == nil {
                    finding.location.setHost(url)
                }
            }
            finding.fix = FixHint(versions: csv["fix_version"].map { [$0] } ?? [], text: csv["Mitigation"])
            finding.links = (csv["References"] ?? "").parts(separatedBy: ["\n", " "])
                .filter { $0.hasPrefix("http") }.map { FindingLink($0) }
            let flags = ["FalsePositive", "IsMitigated", "Duplicate"]
            finding.suppression = flags.first { csv[$0]?.lowercased().hasPrefix("t") == true }
                .map { ReportedSuppression(kind: $0) }
            finding.origin = .line(csv.line)
            try output.emit(finding)
        }
    }
}
