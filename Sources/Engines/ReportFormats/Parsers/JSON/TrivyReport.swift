// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Trivy's JSON: schema version 2, the bare list of results from before, and the reports of its operator.
enum TrivyReport: JSONReport {
    /// What findings need to know of the result that holds them.
    private struct Target {
        var name: String?
        var type: String?
        var resultClass: String?
        var artifact: String?
        var artifactType: String?
        var resource: String?
    }

    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Trivy"
        // The artifact and the targets' names may stand behind the findings: this pass is about them alone.
        var targets: [String: Target] = [:]
        var artifact = Target()
        try json.forEachDocument {
            try walk(json) { name in
                try takeHead(name, json, into: &artifact, output)
            } result: {
                // Trivy names the target before its findings; only where that is not so it has to be remembered.
                if let late = try lateTarget(json) {
                    targets[json.pointer] = late
                }
            }
        }
        try json.rewind()
        try json.forEachDocument {
            try walk(json) { _ in
            } result: {
                var target = targets.isEmpty ? Target() : targets[json.pointer] ?? Target()
                target.artifact = artifact.artifact
                target.artifactType = artifact.artifactType
                target.resource = target.resource ?? artifact.resource
                try parseResult(json, target, output)
            }
        }
    }

    /// Finds the results: in `Results`, in a list as the document, in `Resources` of a cluster or in an operator's report.
    private static func walk(
        _ json: JSONPullReader,
        head: (String) throws -> Void,
        result: () throws -> Void
    ) throws {
        if try json.kind() == .array {
            try json.forEachElement { _ in try result() }
            return
        }
        try json.forEachMember { name in
            switch name {
            case "Results":
                try json.forEachElement { _ in try result() }
            case "Resources", "Vulnerabilities", "Misconfigurations":
                try json.forEachElement { _ in
                    try json.forEachElement(of: "Results") { try result() }
                }
            case "report":
                try result()
            default:
                try head(name)
            }
        }
    }

    private static func takeHead(
        _ name: String,
        _ json: JSONPullReader,
        into artifact: inout Target,
        _ output: ReportOutput
    ) throws {
        switch name {
        case "SchemaVersion":
            output.scan.formatVersion = try json.read().anyText
        case "ArtifactName", "ClusterName":
            artifact.artifact = try json.read().text
            output.scan.artifact = artifact.artifact
        case "ArtifactType":
            artifact.artifactType = try json.read().text
        case "CreatedAt":
            output.scan.finished = try json.read().text
        case "Trivy":
            output.scan.version = try json.read()["Version"].text
        case "metadata":
            // An operator's report is about one workload, which its labels name.
            let labels = try json.read()["labels"]
            let parts = ["namespace", "kind", "name"].compactMap { labels[named: "trivy-operator.resource.\($0)"].text }
            artifact.resource = parts.isEmpty ? nil : parts.joined(separator: "/")
        default:
            break
        }
    }

    /// What a result says of itself, where it says so behind a list.
    private static func lateTarget(_ json: JSONPullReader) throws -> Target? {
        var target = Target()
        var hasList = false
        var isLate = false
        try json.forEachMember { name in
            if try take(name, json, into: &target) {
                isLate = isLate || hasList
            } else if try json.kind() == .array {
                hasList = true
            }
        }
        return isLate ? target : nil
    }

    /// Takes a member that describes the result; false for others.
    private static func take(_ name: String, _ json: JSONPullReader, into target: inout Target) throws -> Bool {
        switch name {
        case "Target": target.name = try json.read().text
        case "Type": target.type = try json.read().text
        case "Class": target.resultClass = try json.read().text
        case "artifact":
            let artifact = try json.read()
            let parts = [artifact["repository"].text, artifact["tag"].text].compactMap(\.self)
            target.name = parts.joined(separator: ":")
            target.artifactType = "container_image"
        default: return false
        }
        return true
    }

    private static func parseResult(_ json: JSONPullReader, _ known: Target, _ output: ReportOutput) throws {
        var target = known
        try json.forEachMember { name in
            let make: (JSONNode, Target) -> ReportedFinding?
            switch name {
            case "Vulnerabilities", "vulnerabilities": make = vulnerability
            case "Misconfigurations", "checks", "misconfigurations": make = misconfiguration
            case "Secrets", "secrets": make = secret
            case "Licenses": make = license
            case "Packages" where output.wantsComponents:
                try json.forEachElement { _ in
                    try output.emit(component(try json.read(), target), at: json.origin)
                }
                return
            default:
                _ = try take(name, json, into: &target)
                return
            }
            try json.forEachElement { _ in
                let node = try json.read()
                guard var finding = make(node, target) else {
                    return
                }
                finding.origin = json.origin
                try output.emit(finding)
            }
        }
    }

    // MARK: Findings

    private static func vulnerability(_ node: JSONNode, _ target: Target) -> ReportedFinding? {
        let isImage = target.artifactType == "container_image" || target.resultClass == "os-pkgs"
        let id = node["VulnerabilityID"].text ?? node["vulnerabilityID"].text ?? ""
        let title = node["Title"].text ?? node["title"].text
        var finding = ReportedFinding(kind: isImage ? .container : .dependency, title: title ?? id)
        finding.description = node["Description"].longText ?? node["description"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["Severity"].text ?? node["severity"].text)
        let url = node["PrimaryURL"].text ?? node["primaryLink"].text
        finding.identifiers.append(.vulnerability(id, url: url, otherwise: "trivy"))
        node["VendorIDs"].forEachText { finding.identifiers.append(.vulnerability($0, otherwise: "vendor")) }
        node["CweIDs"].forEachText { text in
            if let weakness = FindingIdentifier.cwe(text) { finding.identifiers.append(weakness) }
        }
        finding.component = component(node, target)
        takePlace(target, path: node["PkgPath"].text, into: &finding)
        finding.cvss = cvss(node["CVSS"])
        if finding.cvss.isEmpty, let score = node["score"].double {
            finding.cvss = [ReportedCVSS(vendor: nil, vector: nil, score: score)]
        }
        let fixed = node["FixedVersion"].text ?? node["fixedVersion"].text
        finding.fix = FixHint(versions: fixed?.parts(separatedBy: [","]) ?? [])
        let references = [node["References"], node["links"]]
        finding.links.reserveCapacity(1 + references[0].count + references[1].count)
        if let url { finding.links.append(FindingLink(url)) }
        for list in references {
            list.forEachText { finding.links.append(FindingLink($0)) }
        }
        finding.signatures = node["Fingerprint"].text.map { [FindingSignature("trivy-fingerprint", $0)] } ?? []
        finding.tags = [node["Status"].text].compactMap(\.self)
        return finding
    }

    private static func component(_ node: JSONNode, _ target: Target) -> ReportedComponent {
        var component = ReportedComponent(
            purl: node["PkgIdentifier"]["PURL"].text ?? node["Identifier"]["PURL"].text ?? node["pkgPURL"].text,
            name: node["PkgName"].text ?? node["resource"].text ?? node["Name"].text,
            version: node["InstalledVersion"].text ?? node["installedVersion"].text ?? node["Version"].text,
            ecosystem: target.type
        )
        if component.purl == nil, let reference = node["Ref"].text, reference.hasPrefix("pkg:") {
            component.purl = reference
        }
        component.manifest = node["PkgPath"].text ?? node["FilePath"].text ?? target.name
        component.licenses = node["Licenses"].texts
        component.reference = node["PkgIdentifier"]["BOMRef"].text ?? node["PkgID"].text ?? node["ID"].text
        return component
    }

    private static func cvss(_ node: JSONNode) -> [ReportedCVSS] {
        var found: [ReportedCVSS] = []
        for (vendor, value) in node.members {
            func take(_ vector: JSONNode, _ score: JSONNode) {
                let (vector, score) = (vector.text, score.double)
                if vector != nil || score != nil {
                    found.append(ReportedCVSS(vendor: vendor, vector: vector, score: score))
                }
            }
            take(value["V40Vector"], value["V40Score"])
            take(value["V3Vector"], value["V3Score"])
            take(value["V2Vector"], value["V2Score"])
        }
        return found
    }

    private static func misconfiguration(_ node: JSONNode, _ target: Target) -> ReportedFinding? {
        let status = node["Status"].text ?? "FAIL"
        guard status != "PASS", node["success"].bool != true else {
            return nil
        }
        let id = node["ID"].text ?? node["AVDID"].text ?? node["checkID"].text ?? ""
        var finding = ReportedFinding(kind: .iac, title: node["Title"].text ?? node["title"].text ?? id)
        finding.description = [
            node["Description"].longText ?? node["description"].longText,
            node["Message"].longText ?? node["messages"].texts.joined(separator: "\n").nonEmpty,
        ].compactMap(\.self).joined(separator: "\n\n")
        finding.severity = ReportedSeverity(word: node["Severity"].text ?? node["severity"].text)
        finding.identifiers =
            [.rule(id, url: node["PrimaryURL"].text)]
            + [node["AVDID"].text, node["LongID"].text].compactMap { text in
                text.map { FindingIdentifier(type: "rule", value: $0) }
            }
        takePlace(target, path: nil, into: &finding)
        let cause = node["CauseMetadata"]
        finding.location.file = target.resource == nil ? target.name : finding.location.file
        finding.location.startLine = cause["StartLine"].position
        finding.location.endLine = cause["EndLine"].position
        finding.location.resource = cause["Resource"].text ?? target.resource
        finding.snippet =
            cause["Code"]["Lines"].elements.compactMap { $0["Content"].string }
            .joined(separator: "\n").nonEmpty
        finding.fix = FixHint(text: node["Resolution"].text ?? node["remediation"].text)
        finding.links = node["References"].texts.map { FindingLink($0) }
        if status == "EXCEPTION" {
            finding.suppression = ReportedSuppression(kind: "exception")
        }
        return finding
    }

    private static func secret(_ node: JSONNode, _ target: Target) -> ReportedFinding? {
        let rule = node["RuleID"].text ?? node["ruleID"].text ?? ""
        var finding = ReportedFinding(kind: .secret, title: node["Title"].text ?? node["title"].text ?? rule)
        finding.severity = ReportedSeverity(word: node["Severity"].text ?? node["severity"].text)
        finding.identifiers = [.rule(rule)]
        takePlace(target, path: nil, into: &finding)
        finding.location.file = target.name ?? node["target"].text
        finding.location.startLine = node["StartLine"].position
        finding.location.endLine = node["EndLine"].position
        // Trivy masks the secret itself in what it reports.
        finding.snippet = node["Match"].longText ?? node["match"].longText
        finding.tags = [node["Category"].text ?? node["category"].text].compactMap(\.self)
        return finding
    }

    private static func license(_ node: JSONNode, _ target: Target) -> ReportedFinding? {
        let name = node["Name"].text ?? ""
        var finding = ReportedFinding(kind: .license, title: "Licence \(name)")
        finding.severity = ReportedSeverity(word: node["Severity"].text)
        finding.identifiers = [FindingIdentifier(type: "license", value: name, url: node["Link"].text)]
        takePlace(target, path: node["FilePath"].text, into: &finding)
        finding.component = node["PkgName"].text.map { ReportedComponent(name: $0, ecosystem: target.type) }
        finding.tags = [node["Category"].text].compactMap(\.self)
        return finding
    }

    private static func takePlace(_ target: Target, path: String?, into finding: inout ReportedFinding) {
        let isImage = target.artifactType == "container_image" || target.resource != nil
        finding.location.image = isImage ? target.artifact ?? target.name : nil
        finding.location.file = path ?? (target.resultClass == "os-pkgs" || target.resource != nil ? nil : target.name)
        finding.location.operatingSystem = target.resultClass == "os-pkgs" ? target.type : nil
        finding.location.resource = target.resource
    }
}
