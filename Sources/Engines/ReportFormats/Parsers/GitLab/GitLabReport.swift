// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// GitLab's security reports: SAST, DAST, API fuzzing, dependency, container and cluster image scanning, secret
/// detection, coverage fuzzing.
///
/// The format is that of gitlab.com/gitlab-org/security-products/security-report-schemas, versions 14 and 15, and what
/// analyzers wrote before (3.0). The report is read twice, as what it says of the scan stands behind the findings.
enum GitLabReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        let solutions = try readScan(json, as: format, to: output)
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "vulnerabilities") {
                let node = try json.read()
                GitLabSchema.checkVulnerability(node, as: format, at: json.origin, output: output)
                try output.emit(finding(node, as: format, solutions: solutions, at: json.origin))
            }
        }
    }

    /// Reads all but the findings.
    ///
    /// - Returns: what the report proposes as remedies, by the id of the finding.
    private static func readScan(
        _ json: JSONPullReader,
        as format: ReportFormat,
        to output: ReportOutput
    ) throws -> [String: String] {
        var solutions: [String: String] = [:]
        var root = GitLabSchema.Root()
        try json.forEachDocument {
            try json.forEachMember { name in
                root.members.insert(name)
                switch name {
                case "version":
                    root.version = try json.read().anyText
                case "scan":
                    let scan = try json.read()
                    GitLabSchema.checkScan(scan, at: json.origin, output: output)
                    takeScan(scan, output: output)
                case "remediations":
                    try json.forEachElement { _ in
                        let remedy = try json.read()
                        for fix in remedy["fixes"].elements {
                            if let id = fix["id"].text ?? fix["cve"].text, solutions.count < 100_000 {
                                solutions[id] = remedy["summary"].text
                            }
                        }
                    }
                case "dependency_files" where output.wantsComponents:
                    try readDependencies(json, to: output)
                default:
                    break
                }
            }
        }
        try root.check(output)
        output.scan.formatVersion = root.version
        return solutions
    }

    private static func takeScan(_ scan: JSONNode, output: ReportOutput) {
        let scanner = scan["scanner"]
        output.scan.tool = scanner["name"].text ?? scanner["id"].text ?? scan["analyzer"]["name"].text
        output.scan.version = scanner["version"].text ?? scan["analyzer"]["version"].text
        output.scan.status = scan["status"].text
        output.scan.isComplete = scan["status"].text != "failure"
        output.scan.started = scan["start_time"].text
        output.scan.finished = scan["end_time"].text
        for identifier in scan["primary_identifiers"].elements {
            if let rule = self.identifier(identifier) {
                output.addRule(rule)
            }
        }
        if scan["scanned_resources"].kind == .array {
            output.scan.scannedResources = scan["scanned_resources"].elements.compactMap { $0["url"].text }
        }
        for message in scan["messages"].elements {
            let level = message["level"].text ?? ""
            if level == "fatal" {
                output.scan.isComplete = false
            }
            if level != "info", let text = message["value"].text {
                output.note(.tool, at: .pointer("/scan/messages"), "\(level): \(text)")
            }
        }
    }

    private static func readDependencies(_ json: JSONPullReader, to output: ReportOutput) throws {
        try json.forEachElement { _ in
            let file = try json.read()
            for dependency in file["dependencies"].elements {
                var component = ReportedComponent(
                    name: dependency["package"]["name"].text,
                    version: dependency["version"].anyText,
                    ecosystem: file["package_manager"].text
                )
                component.manifest = file["path"].text
                component.type = "library"
                try output.emit(component, at: json.origin)
            }
        }
    }

    // MARK: Findings

    private static func finding(
        _ node: JSONNode,
        as format: ReportFormat,
        solutions: [String: String],
        at origin: ReportPlace
    ) -> ReportedFinding {
        let title = node["name"].text ?? node["message"].text ?? node["description"].text?.firstLine
        var finding = ReportedFinding(kind: kind(of: format), title: title ?? "")
        finding.origin = origin
        finding.description = node["description"].longText ?? node["message"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["severity"].text)
        finding.confidence = node["confidence"].text
        finding.identifiers = node["identifiers"].values(identifier)
        GitLabLocation.take(node, into: &finding)
        finding.cvss = node["cvss_vectors"].values {
            ReportedCVSS(vendor: $0["vendor"].text, vector: $0["vector"].text)
        }
        let solution = node["solution"].text ?? node["id"].text.flatMap { solutions[$0] }
        finding.fix = FixHint(text: solution ?? node["cve"].text.flatMap { solutions[$0] })
        finding.links = node["links"].values { link in
            link["url"].text.map { FindingLink($0, name: link["name"].text) }
        }
        finding.signatures = signatures(node)
        finding.snippet = snippet(node)
        finding.secret = ReportedSecret(node["raw_source_code_extract"].string)
        finding.codeFlows = GitLabLocation.codeFlows(node["details"])
        finding.tags = node["flags"].values { $0["type"].text }
        return finding
    }

    private static func kind(of format: ReportFormat) -> FindingKind {
        switch format {
        case .gitLabDAST: .dast
        case .gitLabAPIFuzzing, .gitLabCoverageFuzzing: .fuzz
        case .gitLabDependencyScanning: .dependency
        case .gitLabContainerScanning, .gitLabClusterImageScanning: .container
        case .gitLabSecretDetection: .secret
        default: .sast
        }
    }

    private static func identifier(_ node: JSONNode) -> FindingIdentifier? {
        guard let value = node["value"].anyText ?? node["name"].text else {
            return nil
        }
        let type = (node["type"].text ?? "other").lowered
        let url = node["url"].text
        switch type {
        case "cwe":
            return FindingIdentifier.cwe(value).map { FindingIdentifier(type: "cwe", value: $0.value, url: url) }
        case "cve":
            return FindingIdentifier(type: "cve", value: value.uppercased(), url: url)
        default:
            return FindingIdentifier(type: type, value: value, url: url)
        }
    }

    /// The analyzer's signatures, where several of one algorithm are joined as GitLab does.
    private static func signatures(_ node: JSONNode) -> [FindingSignature] {
        var signatures: [FindingSignature] = []
        signatures.reserveCapacity(4)
        for item in node["tracking"]["items"].elements {
            for signature in item["signatures"].elements {
                guard let algorithm = signature["algorithm"].text, let value = signature["value"].text else {
                    continue
                }
                if let place = signatures.firstIndex(where: { $0.algorithm == algorithm }) {
                    signatures[place].value += "|"
                    signatures[place].value += value
                } else {
                    signatures.append(FindingSignature(algorithm, value))
                }
            }
        }
        if let id = node["id"].text {
            signatures.append(FindingSignature("gitlab-id", id))
        }
        if let key = node["cve"].text {
            signatures.append(FindingSignature("gitlab-compare-key", key))
        }
        return signatures
    }

    private static func snippet(_ node: JSONNode) -> String? {
        node["evidence"]["summary"].longText ?? node["location"]["stacktrace_snippet"].longText
            ?? node["raw_source_code_extract"].longText ?? node["source_code_extract"].longText
    }
}
