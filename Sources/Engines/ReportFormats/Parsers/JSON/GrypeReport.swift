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
        finding.identifiers =
            [.vulnerability(id, url: vulnerability["dataSource"].text, otherwise: "vulnerability")]
            + related.elements.compactMap { other in
                other["id"].text.map { .vulnerability($0, otherwise: "vulnerability") }
            }
            + (vulnerability["cwes"].elements.compactMap { ($0["cwe"].text ?? $0.text).flatMap(FindingIdentifier.cwe) })
        finding.cvss = cvss(vulnerability["cvss"]) + related.elements.flatMap { cvss($0["cvss"]) }
        finding.fix = FixHint(
            versions: vulnerability["fix"]["versions"].texts.isEmpty
                ? vulnerability["fixedInVersion"].texts : vulnerability["fix"]["versions"].texts
        )
        finding.links = (vulnerability["urls"].texts + vulnerability["links"].texts).map { FindingLink($0) }
        finding.tags = [vulnerability["fix"]["state"].text].compactMap(\.self)
        finding.component = component(artifact, distribution)
        finding.location.image = image
        finding.location.operatingSystem = distribution
        finding.location.file = artifact["locations"][0]["path"].text
        return finding
    }

    private static func cvss(_ node: JSONNode) -> [ReportedCVSS] {
        node.elements.map { score in
            ReportedCVSS(
                vendor: score["source"].text,
                vector: score["vector"].text,
                score: score["metrics"]["baseScore"].double
            )
        }
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
