// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// GitHub's alerts: code scanning and secret scanning of the REST API, Dependabot of both APIs.
enum GitHubReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        switch format {
        case .gitHubDependabot:
            output.scan.tool = "Dependabot"
            try json.forEachDocument { try walkAlerts(json, isAlert: true, output) }
        case .gitHubSecretScanning:
            output.scan.tool = "GitHub secret scanning"
            try json.forEachItem { try emit(secret(try json.read()), json, output) }
        default:
            try json.forEachItem {
                let node = try json.read()
                output.scan.tool = node["tool"]["name"].text ?? output.scan.tool
                output.scan.version = node["tool"]["version"].text ?? output.scan.version
                try emit(codeScanning(node), json, output)
            }
        }
    }

    private static func emit(_ finding: ReportedFinding, _ json: JSONPullReader, _ output: ReportOutput) throws {
        var finding = finding
        finding.origin = json.origin
        try output.emit(finding)
    }

    /// Python's `None` comes as a text from scripts around the API.
    private static func word(_ node: JSONNode) -> String? {
        node.text.flatMap { $0 == "None" ? nil : $0 }
    }

    private static func suppression(_ node: JSONNode) -> ReportedSuppression? {
        let state = word(node["state"])?.lowercased() ?? "open"
        guard state != "open" else {
            return nil
        }
        let reason = word(node["dismissed_reason"]) ?? word(node["dismissReason"]) ?? word(node["resolution"])
        let comment =
            word(node["dismissed_comment"]) ?? word(node["dismissComment"]) ?? word(node["resolution_comment"])
        return ReportedSuppression(kind: reason ?? state, justification: comment)
    }

    // MARK: Code and secret scanning

    private static func codeScanning(_ node: JSONNode) -> ReportedFinding {
        let rule = node["rule"]
        let instance = node["most_recent_instance"]
        let message = instance["message"]["text"].longText
        let title = rule["description"].text ?? message?.firstLine ?? rule["id"].text
        var finding = ReportedFinding(kind: .sast, title: title ?? "")
        finding.description = [message, rule["full_description"].longText].compactMap(\.self).joined(separator: "\n\n")
        finding.severity = ReportedSeverity(word: word(rule["security_severity_level"]) ?? word(rule["severity"]))
        let page = node["html_url"].text
        finding.identifiers =
            [.vulnerability(rule["id"].text ?? rule["name"].text ?? "", url: rule["help_uri"].text, otherwise: "rule")]
            + SARIFRule.weaknesses(tags: rule["tags"].texts)
        let place = instance["location"]
        finding.location = FindingLocation(
            file: place["path"].text,
            startLine: place["start_line"].position,
            endLine: place["end_line"].position
        )
        finding.location.startColumn = place["start_column"].position
        finding.location.endColumn = place["end_column"].position
        finding.location.commit = instance["commit_sha"].text
        finding.links = page.map { [FindingLink($0)] } ?? []
        finding.signatures = node["number"].anyText.map { [FindingSignature("github-alert", $0)] } ?? []
        finding.tags = rule["tags"].texts
        finding.suppression = suppression(node)
        return finding
    }

    private static func secret(_ node: JSONNode) -> ReportedFinding {
        let type = node["secret_type"].text ?? ""
        var finding = ReportedFinding(kind: .secret, title: node["secret_type_display_name"].text ?? type)
        finding.severity = .high
        finding.confidence = node["validity"].text
        finding.identifiers = [.rule(type)]
        finding.secret = ReportedSecret(node["secret"].string)
        let place = node["first_location_detected"]
        finding.location = FindingLocation(
            file: place["path"].text,
            startLine: place["start_line"].position,
            endLine: place["end_line"].position
        )
        finding.location.commit = place["commit_sha"].text
        finding.links = node["html_url"].text.map { [FindingLink($0)] } ?? []
        finding.signatures = node["number"].anyText.map { [FindingSignature("github-alert", $0)] } ?? []
        finding.suppression = suppression(node)
        return finding
    }

    // MARK: Dependabot

    /// Alerts are a list in the REST API; in GraphQL they are nodes below `vulnerabilityAlerts`, wherever that stands.
    private static func walkAlerts(_ json: JSONPullReader, isAlert: Bool, _ output: ReportOutput) throws {
        switch try json.kind() {
        case .array:
            try json.forEachElement { _ in try walkAlerts(json, isAlert: isAlert, output) }
        case .object where isAlert && json.place.steps.contains(where: isElement):
            try emit(dependabot(try json.read()), json, output)
        case .object:
            try json.forEachMember { name in
                if name == "vulnerabilityAlerts" {
                    try readNodes(json, output)
                } else {
                    try walkAlerts(json, isAlert: false, output)
                }
            }
        default:
            break
        }
    }

    private static func isElement(_ step: JSONPlace.Step) -> Bool {
        if case .element = step { true } else { false }
    }

    private static func readNodes(_ json: JSONPullReader, _ output: ReportOutput) throws {
        try json.forEachMember { name in
            guard name == "nodes" || name == "edges" else {
                return
            }
            try json.forEachElement { _ in
                let node = try json.read()
                try emit(dependabot(node["node"].exists ? node["node"] : node), json, output)
            }
        }
    }

    private static func dependabot(_ node: JSONNode) -> ReportedFinding {
        let isREST = node["security_advisory"].exists
        let vulnerability = isREST ? node["security_vulnerability"] : node["securityVulnerability"]
        let advisory = isREST ? node["security_advisory"] : vulnerability["advisory"]
        let package = vulnerability["package"].exists ? vulnerability["package"] : node["dependency"]["package"]
        var finding = ReportedFinding(kind: .dependency, title: advisory["summary"].text ?? "")
        finding.description = advisory["description"].longText ?? ""
        finding.severity = ReportedSeverity(word: vulnerability["severity"].text ?? advisory["severity"].text)
        finding.identifiers =
            advisory["identifiers"].elements.compactMap { identifier in
                identifier["value"].text.map {
                    .vulnerability($0, otherwise: identifier["type"].text?.lowercased() ?? "advisory")
                }
            }
            + [advisory["ghsa_id"].text, advisory["ghsaId"].text, advisory["cve_id"].text]
            .compactMap { $0.map { .vulnerability($0, otherwise: "advisory") } }
            + advisory["cwes"].elements.compactMap { $0["cwe_id"].text.flatMap(FindingIdentifier.cwe) }
            + advisory["cwes"]["nodes"].elements.compactMap { $0["cweId"].text.flatMap(FindingIdentifier.cwe) }
        let manifest = node["dependency"]["manifest_path"].text ?? node["vulnerableManifestPath"].text
        finding.component = ReportedComponent(
            name: package["name"].text,
            version: node["vulnerableRequirements"].text?.dropping(prefix: "= "),
            ecosystem: package["ecosystem"].text
        )
        finding.component?.manifest = manifest
        finding.component?.scope = (node["dependency"]["scope"].text ?? node["dependencyScope"].text)?.lowercased()
        finding.location = FindingLocation(file: manifest)
        finding.cvss = cvss(advisory)
        let patched =
            vulnerability["first_patched_version"].exists
            ? vulnerability["first_patched_version"] : vulnerability["firstPatchedVersion"]
        finding.fix = FixHint(versions: patched["identifier"].text.map { [$0] } ?? [])
        finding.links =
            ([node["html_url"].text].compactMap(\.self) + advisory["references"].elements.compactMap { $0["url"].text })
            .map { FindingLink($0) }
        finding.signatures =
            (node["id"].anyText ?? node["number"].anyText).map { [FindingSignature("github-alert", $0)] } ?? []
        finding.suppression = suppression(node)
        return finding
    }

    private static func cvss(_ advisory: JSONNode) -> [ReportedCVSS] {
        let severities = advisory["cvss_severities"].exists ? advisory["cvss_severities"] : advisory["cvssSeverities"]
        let several = severities.members.compactMap { score(_: $0.value) }
        return several.isEmpty ? [score(advisory["cvss"])].compactMap(\.self) : several
    }

    private static func score(_ node: JSONNode) -> ReportedCVSS? {
        let vector = node["vector_string"].text ?? node["vectorString"].text
        guard vector != nil || (node["score"].double ?? 0) > 0 else {
            return nil
        }
        return ReportedCVSS(vendor: "github", vector: vector, score: node["score"].double)
    }
}
