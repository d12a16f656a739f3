// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// SonarQube's findings: the answers of its API for issues and security hotspots, and the export of sonar-report.
enum SonarQubeReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "SonarQube"
        // Components and rules stand before or behind the issues.
        var paths: [String: String] = [:]
        var rules: [String: (name: String?, weaknesses: [FindingIdentifier])] = [:]
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "components":
                    try json.forEachElement { _ in
                        let node = try json.read()
                        if let key = node["key"].text, paths.count < 200_000 {
                            paths[key] = node["path"].text ?? node["longName"].text
                        }
                    }
                case "rules":
                    try readRules(json, into: &rules)
                case "projectName":
                    output.scan.artifact = try json.read().text
                case "paging":
                    try takePaging(try json.read(), output)
                default:
                    break
                }
            }
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachMember { name in
                guard name == "issues" || name == "hotspots" else {
                    return
                }
                try json.forEachElement { _ in
                    var finding = finding(try json.read(), paths: paths, rules: rules)
                    finding.origin = json.origin
                    try output.emit(finding)
                }
            }
        }
    }

    /// The API gives pages; one that is not the whole must not close anything.
    private static func takePaging(_ node: JSONNode, _ output: ReportOutput) throws {
        if let total = node["total"].integer, let size = node["pageSize"].integer, total > size {
            output.scan.isComplete = false
            output.note(.tool, at: .pointer("/paging"), "one page of \(size) of \(total) findings")
        }
    }

    private static func readRules(
        _ json: JSONPullReader,
        into rules: inout [String: (name: String?, weaknesses: [FindingIdentifier])]
    ) throws {
        func take(_ key: String?, _ node: JSONNode) {
            if let key {
                rules[key] = (node["name"].text, FindingIdentifier.cwes(in: node["htmlDesc"].longText ?? ""))
            }
        }
        if try json.kind() == .array {
            try json.forEachElement { _ in
                let node = try json.read()
                take(node["key"].text, node)
            }
        } else {
            try json.forEachMember { key in take(key, try json.read()) }
        }
    }

    private static func finding(
        _ node: JSONNode,
        paths: [String: String],
        rules: [String: (name: String?, weaknesses: [FindingIdentifier])]
    ) -> ReportedFinding {
        let rule = node["rule"].text ?? node["ruleKey"].text ?? node["rule"]["key"].text ?? ""
        let message = node["message"].text
        var finding = ReportedFinding(kind: .sast, title: message ?? rules[rule]?.name ?? rule)
        finding.description = [message, node["description"].longText].compactMap(\.self).joined(separator: "\n\n")
        finding.severity = severity(node)
        let text = message ?? ""
        finding.identifiers =
            [.rule(rule)] + (rules[rule]?.weaknesses ?? []) + FindingIdentifier.cwes(in: text)
            + FindingIdentifier.cves(in: text) + FindingIdentifier.ghsas(in: text)
        let component = node["component"].text ?? node["component"]["key"].text ?? ""
        // A component's key is the project's and the path, with a colon between them.
        let path = paths[component] ?? component.split(separator: ":").last.map { String($0) }
        let range = node["textRange"]
        finding.location = FindingLocation(
            file: path,
            startLine: range["startLine"].position ?? node["line"].position,
            endLine: range["endLine"].position
        )
        finding.location.startColumn = range["startOffset"].integer.map { $0 + 1 }
        finding.location.endColumn = range["endOffset"].integer.map { $0 + 1 }
        finding.signatures = [("sonar-key", node["key"].text), ("sonar-line-hash", node["hash"].text)].compactMap {
            name,
            value in value.map { FindingSignature(name, $0) }
        }
        finding.codeFlows = node["flows"].elements.prefix(10).map { flow in
            flow["locations"].elements.prefix(64).map { place in
                let key = place["component"].text ?? ""
                let location = FindingLocation(
                    file: paths[key] ?? key.split(separator: ":").last.map { String($0) },
                    startLine: place["textRange"]["startLine"].position,
                    endLine: place["textRange"]["endLine"].position
                )
                return CodeFlowStep(location: location, message: place["msg"].text)
            }
        }.filter { !$0.isEmpty }
        finding.tags = node["tags"].texts + [node["type"].text, node["securityCategory"].text].compactMap(\.self)
        finding.suppression = suppression(node)
        return finding
    }

    private static func severity(_ node: JSONNode) -> ReportedSeverity {
        switch node["severity"].text ?? node["vulnerabilityProbability"].text {
        case "BLOCKER": .critical
        case "CRITICAL": node["type"].exists ? .high : .critical
        case "MAJOR": .medium
        case "MINOR": .low
        case let word: ReportedSeverity(word: word)
        }
    }

    private static func suppression(_ node: JSONNode) -> ReportedSuppression? {
        guard let resolution = node["resolution"].text else {
            return nil
        }
        switch resolution {
        case "FALSE-POSITIVE", "WONTFIX", "SAFE", "ACKNOWLEDGED", "FIXED", "REMOVED", "ACCEPTED":
            return ReportedSuppression(kind: resolution.lowercased())
        default:
            return nil
        }
    }
}
