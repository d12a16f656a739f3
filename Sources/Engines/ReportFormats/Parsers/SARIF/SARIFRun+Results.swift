// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension SARIFRun {
    /// A finding from a `result` (SARIF 2.1.0, section 3.27); nil for results that are no weakness: those that passed,
    /// do not apply or only inform, and those that were only in an earlier scan.
    func finding(_ node: JSONNode) -> ReportedFinding? {
        let kind = node["kind"].text ?? "fail"
        guard kind == "fail", !node["baselineState"].equals("absent") else {
            return nil
        }
        let rule = rule(of: node)
        let message = message(node["message"], rule: rule)
        let title = message?.firstLine.nonEmpty ?? rule?.title ?? rule?.description ?? rule?.name ?? rule?.id
        var finding = ReportedFinding(kind: self.kind(of: rule), title: title ?? "")
        finding.description = description(message: message, rule: rule)
        finding.severity = severity(node, rule: rule)
        finding.identifiers = identifiers(node, rule: rule)
        let places = node["locations"]
        finding.location = location(places[0])
        let physical = places[0]["physicalLocation"]
        finding.snippet =
            physical["region"]["snippet"]["text"].longText
            ?? physical["contextRegion"]["snippet"]["text"].longText
        finding.signatures = signatures(node)
        finding.codeFlows = codeFlows(node["codeFlows"])
        finding.suppression = suppression(node["suppressions"])
        finding.links =
            [rule?.helpURL, node["hostedViewerUri"].text].compactMap { $0.map { FindingLink($0) } }
            + node["workItemUris"].texts.map { FindingLink($0, name: "work item") }
        let fixes = node["fixes"].elements.compactMap { $0["description"]["text"].text }
        finding.fix = FixHint(text: fixes.joined(separator: "\n").nonEmpty)
        finding.confidence = rule?.precision
        finding.tags = (rule?.tags ?? []) + node["properties"]["tags"].texts
        return finding
    }

    // MARK: Texts

    /// A message with its placeholders filled (SARIF 2.1.0, section 3.11).
    private func message(_ node: JSONNode, rule: SARIFRule?) -> String? {
        let template =
            node["text"].longText ?? node["id"].text.flatMap { rule?.messages[$0] }
            ?? node["markdown"].longText
        guard let template else {
            return nil
        }
        let arguments = node["arguments"].texts
        return arguments.isEmpty ? template : Self.fill(template, with: arguments)
    }

    /// A template in which `{0}` stands for the first argument and `{{` for a brace.
    private static func fill(_ template: String, with arguments: [String]) -> String {
        var text = ""
        var rest = Substring(template)
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            text += rest[..<brace]
            let sign = rest[brace]
            rest = rest[rest.index(after: brace)...]
            if rest.first == sign {
                text.append(sign)
                rest = rest.dropFirst()
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            if sign == "{", let index = Int(digits), arguments.indices.contains(index),
                rest[digits.endIndex...].first == "}"
            {
                text += arguments[index]
                rest = rest[digits.endIndex...].dropFirst()
            } else {
                text.append(sign)
            }
        }
        return text + rest
    }

    private func description(message: String?, rule: SARIFRule?) -> String {
        var parts: [String] = []
        for part in [message, rule?.title, rule?.description, rule?.help] {
            if let part, !parts.contains(part) {
                parts.append(part)
            }
        }
        return parts.joined(separator: "\n\n")
    }

    // MARK: Severity

    private func severity(_ node: JSONNode, rule: SARIFRule?) -> ReportedSeverity {
        let properties = node["properties"]
        let own = properties["security-severity"].anyText ?? rule?.securitySeverity
        if let own {
            let severity = Double(own).map { ReportedSeverity(score: $0) } ?? ReportedSeverity(word: own)
            if severity != .unknown {
                return severity
            }
        }
        let override = rule.flatMap { levels[$0.id] }
        switch node["level"].text ?? override ?? rule?.level ?? "warning" {
        case "error": return .high
        case "warning": return .medium
        case "note": return .low
        case "none": return .info
        default: return .unknown
        }
    }

    // MARK: Identity

    private func identifiers(_ node: JSONNode, rule: SARIFRule?) -> [FindingIdentifier] {
        var identifiers: [FindingIdentifier] = []
        let id = node["ruleId"].anyText ?? node["rule"]["id"].text ?? rule?.id
        if let id {
            identifiers.append(.vulnerability(id, url: rule?.helpURL, otherwise: "rule"))
            // Scanners of packages make rules such as CVE-2021-44228-log4j-core.
            identifiers += FindingIdentifier.cves(in: id)
            if let first = identifiers.first, first.type == "cve", identifiers.count > 1, first != identifiers[1] {
                identifiers[0].type = "rule"
            }
        }
        identifiers += node["taxa"].elements.compactMap { SARIFRule.weakness($0, taxonomies: taxonomies) }
        identifiers += SARIFRule.weaknesses(node["properties"]["cwe"])
        identifiers += SARIFRule.weaknesses(tags: node["properties"]["tags"].texts)
        return identifiers + (rule?.weaknesses ?? [])
    }

    private func signatures(_ node: JSONNode) -> [FindingSignature] {
        var signatures: [FindingSignature] = []
        for (name, value) in node["fingerprints"].members.prefix(16) {
            signatures += value.text.map { [FindingSignature("fingerprints/\(name)", $0)] } ?? []
        }
        for (name, value) in node["partialFingerprints"].members.prefix(16) {
            signatures += value.text.map { [FindingSignature("partialFingerprints/\(name)", $0)] } ?? []
        }
        for name in ["guid", "correlationGuid"] {
            signatures += node[named: name].text.map { [FindingSignature(name, $0)] } ?? []
        }
        return signatures
    }

    /// A result is suppressed if one suppression holds, unless it was rejected or is still looked at (section 3.27.23).
    private func suppression(_ node: JSONNode) -> ReportedSuppression? {
        let active = node.elements.first { suppression in
            let status = suppression["status"].text ?? suppression["state"].text ?? "accepted"
            return status == "accepted"
        }
        return active.map { suppression in
            ReportedSuppression(
                kind: suppression["kind"].text ?? "external",
                justification: suppression["justification"].text
            )
        }
    }

    /// What sort of weakness a tool looks for, as far as its name and its rule's tags tell.
    private func kind(of rule: SARIFRule?) -> FindingKind {
        if let kind = toolKind, kind != .dependency {
            return kind
        }
        if let rule, !rule.tags.isEmpty {
            if rule.tags.contains(where: { $0.lowercased() == "secret" }) {
                return .secret
            }
            if rule.tags.contains(where: { $0.lowercased() == "misconfiguration" }) {
                return .iac
            }
        }
        return toolKind ?? .sast
    }

    /// What a tool of this name looks for; nil where the name does not tell.
    static func kind(ofTool name: String) -> FindingKind? {
        let name = name.lowercased()
        func isNamed(_ names: String...) -> Bool { names.contains { name.contains($0) } }
        if isNamed("gitleaks", "trufflehog", "detect-secrets", "ggshield", "gitguardian") {
            return .secret
        }
        if isNamed("checkov", "kics", "tfsec", "terrascan", "hadolint", "kubescape", "kube-linter", "kubesec", "tflint")
        {
            return .iac
        }
        if isNamed("zap", "nuclei", "dastardly", "burp") {
            return .dast
        }
        if isNamed("grype", "trivy", "osv-scanner", "govulncheck", "dependency", "snyk open source", "snyk container") {
            return .dependency
        }
        return nil
    }
}
