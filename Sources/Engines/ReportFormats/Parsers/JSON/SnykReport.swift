// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// `snyk test --json` and `snyk container test --json`: one project, or a list of projects.
///
/// A dependency that is reached by several paths comes once for each.
enum SnykReport: JSONReport {
    /// What findings need of their project, which stands behind them.
    private struct Project {
        var manifest: String?
        var image: String?
        var ecosystem: String?
    }

    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Snyk"
        var projects: [String: Project] = [:]
        try json.forEachItem {
            try readProject(json, into: &projects, output)
        }
        try json.rewind()
        try json.forEachItem {
            try readFindings(json, projects, output)
        }
    }

    private static func readProject(
        _ json: JSONPullReader,
        into projects: inout [String: Project],
        _ output: ReportOutput
    ) throws {
        let pointer = json.pointer
        var project = Project()
        var error: String?
        var hasFindings = false
        try json.forEachMember { name in
            switch name {
            case "displayTargetFile", "targetFile": project.manifest = try json.read().text ?? project.manifest
            case "packageManager": project.ecosystem = try json.read().text
            case "docker": project.image = project.image ?? ""
            case "path": output.scan.artifact = try json.read().text
            case "error": error = try json.read().text
            case "vulnerabilities": hasFindings = true
            case "applications":
                try json.forEachElement { _ in try readProject(json, into: &projects, output) }
            default: break
            }
        }
        if let error, !hasFindings {
            output.scan.isComplete = false
            output.note(.tool, at: .pointer(pointer), error)
        }
        if project.image != nil {
            project.image = output.scan.artifact
        }
        projects[pointer] = project
    }

    private static func readFindings(
        _ json: JSONPullReader,
        _ projects: [String: Project],
        _ output: ReportOutput
    ) throws {
        let project = projects[json.pointer] ?? Project()
        try json.forEachMember { name in
            switch name {
            case "vulnerabilities":
                try json.forEachElement { _ in
                    var finding = finding(try json.read(), project)
                    finding.origin = json.origin
                    try output.emit(finding)
                }
            case "applications":
                try json.forEachElement { _ in try readFindings(json, projects, output) }
            default: break
            }
        }
    }

    private static func finding(_ node: JSONNode, _ project: Project) -> ReportedFinding {
        let isLicense = node["type"].equals("license")
        let id = node["id"].text ?? ""
        let kind: FindingKind = isLicense ? .license : project.image != nil ? .container : .dependency
        var finding = ReportedFinding(kind: kind, title: node["title"].text ?? id)
        finding.description = node["description"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["severityWithCritical"].text ?? node["severity"].text)
        let page = isLicense ? nil : "https://security.snyk.io/vuln/\(id)"
        finding.identifiers = [FindingIdentifier(type: isLicense ? "license" : "snyk", value: id, url: page)]
        for (space, values) in node["identifiers"].members.prefix(16) {
            finding.identifiers += values.texts.compactMap { value in
                space == "CWE" ? .cwe(value) : .vulnerability(value, otherwise: space.lowercased())
            }
        }
        finding.cvss = cvss(node)
        let name = node["packageName"].text ?? node["name"].text ?? node["moduleName"].text
        finding.component = ReportedComponent(
            name: name,
            version: node["version"].anyText,
            ecosystem: node["packageManager"].text ?? project.ecosystem
        )
        finding.component?.manifest = project.manifest
        finding.location = FindingLocation(file: project.manifest)
        finding.location.image = project.image
        finding.location.path = node["from"].texts.joined(separator: " > ").nonEmpty
        // The path of upgrades begins with false where its head need not change.
        let upgrade = node["upgradePath"].elements.compactMap(\.text).last
        finding.fix = FixHint(
            versions: node["fixedIn"].texts.isEmpty ? node["nearestFixedInVersion"].texts : node["fixedIn"].texts,
            text: upgrade.map { "Upgrade to \($0)" }
        )
        finding.links = ([page].compactMap(\.self) + node["references"].elements.compactMap { $0["url"].text })
            .map { FindingLink($0) }
        finding.confidence = node["exploit"].text
        if node["isIgnored"].bool == true || node["filtered"].hasValue {
            finding.suppression = ReportedSuppression(kind: "ignored")
        }
        return finding
    }

    private static func cvss(_ node: JSONNode) -> [ReportedCVSS] {
        let details = node["cvssDetails"].elements.compactMap { detail -> ReportedCVSS? in
            guard let vector = detail["cvssV3Vector"].text else {
                return nil
            }
            return ReportedCVSS(
                vendor: detail["assigner"].text,
                vector: vector,
                score: detail["cvssV3BaseScore"].double
            )
        }
        let own = node["CVSSv3"].text ?? node["CVSSv31"].text
        guard own != nil || node["cvssScore"].double != nil else {
            return details
        }
        return [ReportedCVSS(vendor: "snyk", vector: own, score: node["cvssScore"].double)] + details
    }
}
