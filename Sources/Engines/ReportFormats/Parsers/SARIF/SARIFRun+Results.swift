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
        finding.links = links(node, rule: rule)
        if node["fixes"].exists {
            let fixes = node["fixes"].elements.compactMap { $0["description"]["text"].text }
            finding.fix = FixHint(text: fixes.joined(separator: "\n").nonEmpty)
        }
        finding.confidence = rule?.precision
        finding.tags = rule?.tags ?? []
        let tags = node["properties"]["tags"]
        if tags.exists {
            finding.tags += tags.texts
        }
        takeOwnProperties(node, into: &finding)
        return finding
    }

    private func links(_ node: JSONNode, rule: SARIFRule?) -> [FindingLink] {
        let (viewer, items) = (node["hostedViewerUri"].text, node["workItemUris"])
        guard viewer != nil || items.exists else {
            return rule?.links ?? []
        }
        return (rule?.links ?? []) + [viewer].compactMap { $0.map { FindingLink($0) } }
            + items.texts.map { FindingLink($0, name: "work item") }
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

    /// As long as a description may be, see ``ReportLimits``.
    private static let longestMessage = 1 << 20

    /// A template in which `{0}` stands for the first argument and `{{` for a brace.
    ///
    /// It ends once the text is longer than any that is kept: a template may name a long argument many times.
    private static func fill(_ template: String, with arguments: [String]) -> String {
        var text = ""
        var rest = Substring(template)
        while text.utf8.count < longestMessage, let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
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
        guard let message else { return rule?.text ?? "" }
        guard let rule, !rule.texts.isEmpty else { return message }
        guard !rule.texts.contains(message) else {
            return ([message] + rule.texts.filter { $0 != message }).joined(separator: "\n\n")
        }
        var text = message
        text.reserveCapacity(message.utf8.count + 2 + rule.text.utf8.count)
        text += "\n\n"
        text += rule.text
        return text
    }

    // MARK: Severity

    private func severity(_ node: JSONNode, rule: SARIFRule?) -> ReportedSeverity {
        if let severity = SARIFRule.severity(node["properties"]) ?? rule?.severity {
            return severity
        }
        let override = levels.isEmpty ? nil : rule.flatMap { levels[$0.id] }
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
        let id = node["ruleId"].anyText ?? node["rule"]["id"].text
        let properties = node["properties"]
        let hasOwn = node["taxa"].exists || properties["cwe"].exists || properties["tags"].exists
        if let rule, !hasOwn, id == nil || id == rule.id {
            return rule.identifiers
        }
        var identifiers = (id ?? rule?.id).map { SARIFRule.identifiers($0, url: rule?.helpURL) } ?? []
        identifiers += node["taxa"].elements.compactMap { SARIFRule.weakness($0, taxonomies: taxonomies) }
        identifiers += SARIFRule.weaknesses(properties["cwe"])
        identifiers += SARIFRule.weaknesses(tags: properties["tags"].texts)
        return identifiers + (rule?.weaknesses ?? [])
    }

    private func signatures(_ node: JSONNode) -> [FindingSignature] {
        var signatures: [FindingSignature] = []
        signatures.reserveCapacity(4)
        Self.forEachFingerprint(node["fingerprints"]) { name, text in
            signatures.append(FindingSignature("fingerprints/\(name.string ?? "")", text))
        }
        Self.forEachFingerprint(node["partialFingerprints"]) { name, text in
            signatures.append(FindingSignature(Self.partialFingerprint(name), text))
        }
        if let text = node["guid"].text {
            signatures.append(FindingSignature("guid", text))
        }
        if let text = node["correlationGuid"].text {
            signatures.append(FindingSignature("correlationGuid", text))
        }
        return signatures
    }

    /// The first sixteen, of those that are texts.
    private static func forEachFingerprint(_ node: JSONNode, _ body: (_ name: JSONNode, _ text: String) -> Void) {
        var left = 16
        node.forEachMember { name, value in
            if let text = value.text { body(name, text) }
            left -= 1
            return left > 0
        }
    }

    /// The names that most tools use need not be made for each result.
    private static func partialFingerprint(_ name: JSONNode) -> String {
        if name.equals("primaryLocationLineHash") { return "partialFingerprints/primaryLocationLineHash" }
        if name.equals("primaryLocationStartColumnFingerprint") {
            return "partialFingerprints/primaryLocationStartColumnFingerprint"
        }
        return "partialFingerprints/\(name.string ?? "")"
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
        if let kind = rule?.kind {
            return kind
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
