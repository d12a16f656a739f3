// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Checkov's JSON (github.com/bridgecrewio/checkov): one object, a list with one for each framework, or only a summary
/// where nothing was looked at.
enum CheckovReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Checkov"
        // The framework may stand behind the checks.
        var frameworks: [String: String] = [:]
        try json.forEachItem {
            let place = json.pointer
            try json.forEachMember { name in
                switch name {
                case "check_type": frameworks[place] = try json.read().text
                case "summary": output.scan.version = try json.read()["checkov_version"].text
                case "checkov_version": output.scan.version = try json.read().text
                default: break
                }
            }
        }
        try json.rewind()
        try json.forEachItem {
            let framework = frameworks[json.pointer] ?? ""
            try json.forEachMember { name in
                guard name == "results" else {
                    return
                }
                try json.forEachMember { list in
                    try readList(list, framework, json, output)
                }
            }
        }
    }

    private static func readList(
        _ list: String,
        _ framework: String,
        _ json: JSONPullReader,
        _ output: ReportOutput
    ) throws {
        switch list {
        case "failed_checks":
            try json.forEachElement { _ in
                var finding = finding(try json.read(), framework: framework)
                finding.origin = json.origin
                try output.emit(finding)
            }
        case "parsing_errors":
            try json.forEachElement { _ in
                output.note(.tool, at: json.origin, "could not parse \(try json.read().text ?? "a file")")
            }
        default:
            break
        }
    }

    private static func finding(_ node: JSONNode, framework: String) -> ReportedFinding {
        let id = node["check_id"].text ?? ""
        let details = node["vulnerability_details"]
        let kind: FindingKind =
            switch framework {
            case "secrets": .secret
            case "sca_package", "sca_image": .dependency
            case _ where framework.hasPrefix("sast"): .sast
            default: .iac
            }
        var finding = ReportedFinding(kind: kind, title: node["check_name"].text ?? id)
        finding.description = node["description"].longText ?? details["description"].longText ?? ""
        finding.severity = ReportedSeverity(word: node["severity"].text ?? details["severity"].text)
        let link = node["guideline"].text ?? details["link"].text
        finding.identifiers =
            [details["id"].text].compactMap { $0.map { .vulnerability($0, otherwise: "vulnerability") } }
            + [.rule(id, url: link)] + [node["bc_check_id"].text].compactMap { $0.map { .rule($0) } }
            + node["cwe"].texts.compactMap(FindingIdentifier.cwe)
        finding.location = FindingLocation(
            file: node["repo_file_path"].text ?? node["file_path"].text,
            startLine: node["file_line_range"][0].position,
            endLine: node["file_line_range"][1].position
        )
        finding.location.resource = node["resource"].text
        finding.location.scope = node["resource"].text
        finding.snippet = snippet(node["code_block"])
        finding.fix = FixHint(
            versions: details["lowest_fixed_version"].text.map { [$0] } ?? [],
            text: node["fixed_definition"].text
        )
        finding.links = link.map { [FindingLink($0)] } ?? []
        if let name = details["package_name"].text {
            finding.component = ReportedComponent(name: name, version: details["package_version"].text)
            finding.component?.manifest = finding.location.file
        }
        finding.tags = [framework].compactMap(\.nonEmpty)
        return finding
    }

    /// Pairs of a line's number and its text.
    private static func snippet(_ block: JSONNode) -> String? {
        block.elements.prefix(200).compactMap { $0[1].string }.joined().nonEmpty
    }
}
