// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Semgrep's JSON: results of its scans, and the list of its supply-chain findings.
enum SemgrepReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Semgrep"
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "results":
                    try json.forEachElement { _ in
                        var finding = finding(try json.read())
                        finding.origin = json.origin
                        try output.emit(finding)
                    }
                case "vulns":
                    try json.forEachElement { _ in
                        var finding = supplyChainFinding(try json.read())
                        finding.origin = json.origin
                        try output.emit(finding)
                    }
                case "version":
                    output.scan.version = try json.read().text
                case "errors":
                    try json.forEachElement { _ in takeError(try json.read(), at: json.origin, output) }
                default:
                    break
                }
            }
        }
    }

    private static func takeError(_ node: JSONNode, at place: ReportPlace, _ output: ReportOutput) {
        output.note(.tool, at: place, node["message"].text ?? node["type"].text ?? "an error")
    }

    private static func finding(_ node: JSONNode) -> ReportedFinding {
        let extra = node["extra"]
        let metadata = extra["metadata"]
        let rule = node["check_id"].text ?? ""
        let isPackage = extra["sca_info"].hasValue
        let isSecret = rule.hasPrefix("generic.secrets") || metadata["category"].equals("secrets")
        let message = extra["message"].longText ?? ""
        var finding = ReportedFinding(
            kind: isPackage ? .dependency : isSecret ? .secret : .sast,
            title: message.firstLine
        )
        finding.description = message
        finding.severity = severity(extra["severity"].text, impact: metadata["impact"].text)
        finding.confidence = metadata["confidence"].text
        let link = metadata["source"].text ?? metadata["shortlink"].text
        finding.identifiers =
            [.rule(rule, url: link)] + metadata["cwe"].texts.compactMap(FindingIdentifier.cwe)
            + metadata["sca-vuln-database-identifier"].texts.map { .vulnerability($0, otherwise: "vulnerability") }
            + metadata["owasp"].texts.map { FindingIdentifier(type: "owasp", value: $0) }
        finding.location = location(node)
        finding.location.scope = extra["enclosing_context"]["function"].text
        if isPackage {
            finding.component = component(extra["sca_info"]["dependency_match"]["found_dependency"])
        }
        let lines = extra["lines"].longText
        finding.snippet = lines == "requires login" ? nil : lines
        if isSecret {
            finding.secret = ReportedSecret(extra["metavars"]["$SECRET"]["abstract_content"].string)
        }
        finding.fix = FixHint(text: extra["fix"].text)
        finding.links =
            (link.map { [FindingLink($0)] } ?? []) + metadata["references"].texts.map { FindingLink($0) }
        let fingerprint = extra["fingerprint"].text
        finding.signatures =
            fingerprint.flatMap { text in
                text == "requires login" ? nil : [FindingSignature("semgrep-fingerprint", text)]
            } ?? []
        finding.codeFlows = flow(extra["dataflow_trace"])
        if extra["is_ignored"].bool == true {
            finding.suppression = ReportedSuppression(kind: "inSource")
        }
        return finding
    }

    /// Rules say ERROR, WARNING, INFO and, lately, critical to low.
    private static func severity(_ word: String?, impact: String?) -> ReportedSeverity {
        switch word?.lowered {
        case "inventory", "experiment": .info
        default: ReportedSeverity(word: word)
        }
    }

    private static func location(_ node: JSONNode) -> FindingLocation {
        var location = FindingLocation(
            file: node["path"].text,
            startLine: node["start"]["line"].position,
            endLine: node["end"]["line"].position
        )
        location.startColumn = node["start"]["col"].position
        location.endColumn = node["end"]["col"].position
        return location
    }

    private static func component(_ node: JSONNode) -> ReportedComponent {
        var component = ReportedComponent(
            name: node["package"].text,
            version: node["version"].text,
            ecosystem: node["ecosystem"].text
        )
        component.manifest = node["lockfile_path"].text
        component.scope = node["transitivity"].text
        return component
    }

    /// Source, steps between, sink: each is a pair of a kind and what lies there.
    private static func flow(_ trace: JSONNode) -> [[CodeFlowStep]] {
        func step(_ node: JSONNode, _ message: String) -> CodeFlowStep? {
            let place = node.kind == .array ? node[1][0] : node["location"]
            guard place["path"].exists else {
                return nil
            }
            return CodeFlowStep(location: location(place), message: message)
        }
        let source = [step(trace["taint_source"], "source")]
        let between = trace["intermediate_vars"].elements.prefix(64).map { step($0, "step") }
        let steps = (source + between + [step(trace["taint_sink"], "sink")]).compactMap(\.self)
        return steps.isEmpty ? [] : [steps]
    }

    private static func supplyChainFinding(_ node: JSONNode) -> ReportedFinding {
        let advisory = node["advisory"]
        var finding = ReportedFinding(kind: .dependency, title: node["title"].text ?? advisory["title"].text ?? "")
        finding.description = advisory["message"].longText ?? advisory["description"].longText ?? ""
        finding.severity = ReportedSeverity(word: advisory["severity"].text ?? node["severity"].text)
        finding.identifiers =
            advisory["references"]["cveIds"].texts.map { .vulnerability($0, otherwise: "cve") }
            + advisory["references"]["cweIds"].texts.compactMap(FindingIdentifier.cwe)
            + [advisory["ruleId"].text].compactMap { $0.map { .rule($0) } }
        finding.location = FindingLocation(
            file: node["dependencyFileLocation"]["path"].text,
            startLine: node["dependencyFileLocation"]["startLine"].position
        )
        let found = node["matchedDependency"].exists ? node["matchedDependency"] : node["affectedDependency"]
        let component = ReportedComponent(
            name: found["name"].text,
            version: found["versionSpecifier"].text ?? found["version"].text,
            ecosystem: found["ecosystem"].text
        )
        finding.component = component.name == nil ? nil : component
        finding.fix = FixHint(
            versions: node["closestSafeDependency"]["versionSpecifier"].text.map { [$0] } ?? [],
            text: nil
        )
        finding.links = advisory["references"]["urls"].texts.map { FindingLink($0) }
        return finding
    }
}
