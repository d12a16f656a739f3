// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Our own line of a report, as ``ReportLine`` writes it: what was read once can be handed on and read again.
///
/// Secrets are masked in it and do not come back.
enum RedoubtReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "scan": takeScan(try json.read(), output)
                case "findings":
                    try json.forEachElement { _ in
                        var finding = finding(try json.read())
                        finding.origin = json.origin
                        try output.emit(finding)
                    }
                default: break
                }
            }
        }
    }

    private static func takeScan(_ node: JSONNode, _ output: ReportOutput) {
        output.scan.tool = node["tool"].text
        output.scan.version = node["version"].anyText
        output.scan.isComplete = node["complete"].bool ?? false
        output.scan.formatVersion = node["format_version"].anyText
        output.scan.status = node["status"].text
        output.scan.started = node["started"].text
        output.scan.finished = node["finished"].text
        output.scan.artifact = node["artifact"].text
    }

    private static func finding(_ node: JSONNode) -> ReportedFinding {
        let kind = node["kind"].text.flatMap(FindingKind.init) ?? .other
        var finding = ReportedFinding(kind: kind, title: node["title"].text ?? "")
        finding.description = node["description"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["severity"].text)
        finding.identifiers = node["identifiers"].elements.compactMap { identifier in
            guard let type = identifier["type"].text, let value = identifier["value"].text else {
                return nil
            }
            return FindingIdentifier(type: type, value: value, url: identifier["url"].text)
        }
        finding.location = location(node["location"])
        finding.component = node["component"].hasValue ? component(node["component"]) : nil
        finding.cvss = node["cvss"].elements.map { score in
            ReportedCVSS(vendor: score["vendor"].text, vector: score["vector"].text, score: score["score"].double)
        }
        finding.fix = FixHint(versions: node["fix"]["versions"].texts, text: node["fix"]["text"].text)
        finding.signatures = node["signatures"].elements.compactMap { signature in
            guard let algorithm = signature["algorithm"].text, let value = signature["value"].text else {
                return nil
            }
            return FindingSignature(algorithm, value)
        }
        finding.snippet = node["snippet"].longText
        finding.codeFlows = node["code_flows"].elements.map { flow in
            flow.elements.map { CodeFlowStep(location: location($0["location"]), message: $0["message"].text) }
        }
        finding.suppression = node["suppression"]["kind"].text.map {
            ReportedSuppression(kind: $0, justification: node["suppression"]["justification"].text)
        }
        finding.links = node["links"].texts.map { FindingLink($0) }
        finding.tags = node["tags"].texts
        finding.confidence = node["confidence"].text
        finding.isTruncated = node["truncated"].bool ?? false
        return finding
    }

    private static func location(_ node: JSONNode) -> FindingLocation {
        var location = FindingLocation(
            file: node["path"].text,
            startLine: node["line"].position,
            endLine: node["end_line"].position
        )
        location.startColumn = node["column"].position
        location.endColumn = node["end_column"].position
        location.className = node["class"].text
        location.method = node["method"].text
        location.scope = node["scope"].text
        location.commit = node["commit"].text
        location.url = node["url"].text
        location.httpMethod = node["http_method"].text
        location.parameter = node["parameter"].text
        location.path = node["url_path"].text
        location.host = node["host"].text
        location.port = node["port"].integer
        location.transport = node["transport"].text
        location.image = node["image"].text
        location.operatingSystem = node["operating_system"].text
        location.resource = node["resource"].text
        location.crashType = node["crash_type"].text
        location.crashState = node["crash_state"].text
        return location
    }

    private static func component(_ node: JSONNode) -> ReportedComponent {
        var component = ReportedComponent(
            purl: node["purl"].text,
            name: node["name"].text,
            version: node["version"].anyText,
            ecosystem: node["ecosystem"].text
        )
        component.manifest = node["manifest"].text
        component.type = node["type"].text
        component.scope = node["scope"].text
        component.licenses = node["licenses"].texts
        component.cpes = node["cpes"].texts
        return component
    }
}
