// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Grype's JSON (github.com/anchore/grype).
enum GrypeReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        // What was scanned stands behind the matches.
        var image: String?
        var distribution: String?
        output.scan.tool = "Grype"
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "source":
                    let source = try json.read()
                    let target = source["target"]
                    output.scan.artifact = target["userInput"].text ?? target.text ?? target["path"].text
                    image = source["type"].equals("image") ? output.scan.artifact : nil
                case "distro":
                    let distro = try json.read()
                    let parts = [distro["name"].text, distro["version"].text].compactMap(\.self)
                    distribution = parts.isEmpty ? nil : parts.joined(separator: ":")
                case "descriptor":
                    let descriptor = try json.read()
                    output.scan.tool = descriptor["name"].text ?? "Grype"
                    output.scan.version = descriptor["version"].text
                    output.scan.finished = descriptor["timestamp"].text
                default:
                    break
                }
            }
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachMember { name in
                guard name == "matches" || name == "ignoredMatches" else {
                    return
                }
                try json.forEachElement { _ in
                    let node = try json.read()
                    var finding = finding(node, image: image, distribution: distribution)
                    finding.origin = json.origin
                    if name == "ignoredMatches" {
                        let rules = node["appliedIgnoreRules"].elements.compactMap { $0["reason"].text }
                        let reason = rules.joined(separator: ", ").nonEmpty
                        finding.suppression = ReportedSuppression(kind: "ignored", justification: reason)
                    }
                    try output.emit(finding)
                }
            }
        }
    }

    private static func finding(_ node: JSONNode, image: String?, distribution: String?) -> ReportedFinding {
        let vulnerability = node["vulnerability"]
        let artifact = node["artifact"]
        let id = vulnerability["id"].text ?? ""
        let name = artifact["name"].text ?? ""
        let kind: FindingKind = image == nil ? .dependency : .container
        var finding = ReportedFinding(kind: kind, title: "\(id) in \(name)")
        let related = node["relatedVulnerabilities"]
        finding.description =
            vulnerability["description"].longText
            ?? related.elements.lazy.compactMap { $0["description"].longText }.first ?? ""
        finding.severity = ReportedSeverity(word: vulnerability["severity"].text)
        finding.identifiers = identifiers(id, vulnerability, related)
        finding.cvss = vulnerability["cvss"].values(cvss)
        for other in related.elements { finding.cvss += other["cvss"].values(cvss) }
        let fix = vulnerability["fix"]
        let versions = fix["versions"].texts
        finding.fix = FixHint(versions: versions.isEmpty ? vulnerability["fixedInVersion"].texts : versions)
        let (urls, links) = (vulnerability["urls"], vulnerability["links"])
        finding.links.reserveCapacity(min(urls.count + links.count, 256))
        urls.forEachText { finding.links.append(FindingLink($0)) }
        links.forEachText { finding.links.append(FindingLink($0)) }
        if let state = fix["state"].text { finding.tags = [state] }
        finding.component = component(artifact, distribution)
        finding.location.image = image
        finding.location.operatingSystem = distribution
        finding.location.file = finding.component?.manifest
        return finding
    }

    private static func identifiers(_ id: String, _ vulnerability: JSONNode, _ related: JSONNode) -> [FindingIdentifier]
    {
        let weaknesses = vulnerability["cwes"]
        var identifiers: [FindingIdentifier] = []
        identifiers.reserveCapacity(1 + min(related.count + weaknesses.count, 256))
        identifiers.append(.vulnerability(id, url: vulnerability["dataSource"].text, otherwise: "vulnerability"))
        for other in related.elements {
            if let id = other["id"].text { identifiers.append(.vulnerability(id, otherwise: "vulnerability")) }
        }
        for weakness in weaknesses.elements {
            if let text = weakness["cwe"].text ?? weakness.text, let known = FindingIdentifier.cwe(text) {
                identifiers.append(known)
            }
        }
        return identifiers
    }

    private static func cvss(_ score: JSONNode) -> ReportedCVSS? {
        ReportedCVSS(
            vendor: score["source"].text,
            vector: score["vector"].text,
            score: score["metrics"]["baseScore"].double
        )
    }

    private static func component(_ node: JSONNode, _ distribution: String?) -> ReportedComponent {
        var component = ReportedComponent(
            purl: node["purl"].text,
            name: node["name"].text,
            version: node["version"].text,
            ecosystem: node["type"].text
        )
        component.manifest = node["locations"][0]["path"].text
        component.licenses = node["licenses"].texts
        component.cpes = node["cpes"].texts
        component.reference = node["id"].text
        return component
    }
}
