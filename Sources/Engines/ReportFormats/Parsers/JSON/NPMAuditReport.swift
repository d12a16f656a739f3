// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// `npm audit --json` of npm 6 (also yarn 1 and pnpm), by advisory, and of npm 7 and later, by package.
enum NPMAuditReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "npm audit"
        try json.forEachDocument {
            try readReport(json, output)
        }
    }

    private static func readReport(_ json: JSONPullReader, _ output: ReportOutput) throws {
        try json.forEachMember { name in
            switch name {
            case "audit":
                try readReport(json, output)
            case "auditReportVersion":
                output.scan.formatVersion = try json.read().anyText
            case "advisories":
                try json.forEachMember { _ in
                    var finding = advisory(try json.read())
                    finding.origin = json.origin
                    try output.emit(finding)
                }
            case "vulnerabilities":
                try json.forEachMember { package in
                    var finding = vulnerability(try json.read(), package: package)
                    finding.origin = json.origin
                    try output.emit(finding)
                }
            case "error":
                let error = try json.read()
                let text = error["summary"].text ?? error["code"].text ?? "no reason is given"
                throw ReportError(.unsupported, "npm audit did not run: \(text)", at: json.origin)
            default:
                break
            }
        }
    }

    private static func advisory(_ node: JSONNode) -> ReportedFinding {
        let module = node["module_name"].text ?? node["name"].text
        let installed = node["findings"][0]
        var finding = ReportedFinding(kind: .dependency, title: node["title"].text ?? module ?? "")
        finding.description = node["overview"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["severity"].text)
        let url = node["url"].text
        finding.identifiers =
            [node["github_advisory_id"].text].compactMap { $0.map { .vulnerability($0, url: url, otherwise: "npm") } }
            + [node["id"].anyText].compactMap { $0.map { FindingIdentifier(type: "npm", value: $0, url: url) } }
            + node["cves"].texts.map { .vulnerability($0, otherwise: "cve") }
            + node["cwe"].texts(separatedBy: [",", "[", "]", "\"", "'"]).compactMap(FindingIdentifier.cwe)
        finding.component = ReportedComponent(
            name: module,
            version: installed["version"].text,
            ecosystem: "npm"
        )
        finding.component?.manifest = "package-lock.json"
        finding.location = FindingLocation(file: "package-lock.json")
        finding.location.path = installed["paths"][0].text
        finding.cvss = cvss(node["cvss"])
        finding.fix = FixHint(
            versions: node["patched_versions"].text.map { [$0] } ?? [],
            text: node["recommendation"].text
        )
        finding.links = url.map { [FindingLink($0)] } ?? []
        return finding
    }

    private static func vulnerability(_ node: JSONNode, package: String) -> ReportedFinding {
        let advisories = node["via"].elements.filter { $0.kind == .object }
        let name = node["name"].text ?? package
        let others = node["via"].elements.compactMap(\.text)
        let title = advisories.first?["title"].text ?? "\(name) depends on vulnerable \(others.joined(separator: ", "))"
        var finding = ReportedFinding(kind: .dependency, title: title)
        finding.description = advisories.compactMap { advisory in
            [advisory["title"].text, advisory["range"].text].compactMap(\.self).joined(separator: " - ").nonEmpty
        }.joined(separator: "\n")
        finding.severity = ReportedSeverity(word: node["severity"].text)
        for advisory in advisories.prefix(64) {
            let url = advisory["url"].text
            // The page of an advisory ends in its id.
            if let id = url?.split(separator: "/").last.map({ String($0) }), id.hasPrefix("GHSA-") {
                finding.identifiers.append(.vulnerability(id, url: url, otherwise: "ghsa"))
            }
            if let source = advisory["source"].anyText {
                finding.identifiers.append(FindingIdentifier(type: "npm", value: source, url: url))
            }
            finding.identifiers += advisory["cwe"].texts.compactMap(FindingIdentifier.cwe)
            finding.cvss += cvss(advisory["cvss"])
            finding.links += url.map { [FindingLink($0)] } ?? []
        }
        if finding.identifiers.isEmpty {
            finding.identifiers = [FindingIdentifier(type: "npm-package", value: name)]
        }
        finding.component = ReportedComponent(name: name, version: nil, ecosystem: "npm")
        finding.component?.manifest = "package-lock.json"
        finding.component?.scope = node["isDirect"].bool.map { $0 ? "direct" : "transitive" }
        finding.location = FindingLocation(file: "package-lock.json")
        finding.location.path = node["nodes"][0].text
        let fix = node["fixAvailable"]
        if let target = fix["name"].text, let version = fix["version"].text {
            finding.fix = FixHint(text: "Update \(target) to \(version)")
        }
        return finding
    }

    private static func cvss(_ node: JSONNode) -> [ReportedCVSS] {
        guard let vector = node["vectorString"].text else {
            return []
        }
        return [ReportedCVSS(vendor: "npm", vector: vector, score: node["score"].double)]
    }
}
