// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Kubescape's JSON, version 2 (github.com/kubescape/kubescape): controls that failed for a resource.
enum KubescapeReport: JSONReport {
    private struct Control {
        var name: String?
        var description: String?
        var remediation: String?
        var score: Double?
        var category: String?
    }

    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Kubescape"
        var controls: [String: Control] = [:]
        var resources: [String: FindingLocation] = [:]
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "summaryDetails": try readControls(json, into: &controls, output)
                case "resources": try readResources(json, into: &resources)
                case "generationTime": output.scan.finished = try json.read().text
                case "clusterName": output.scan.artifact = try json.read().text
                case "metadata":
                    output.scan.version = try json.read()["scanMetadata"]["kubescapeVersion"].text
                default: break
                }
            }
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "results") {
                let node = try json.read()
                for (index, control) in node["controls"].elements.enumerated() {
                    let id = control["controlID"].text ?? ""
                    let resource = node["resourceID"].text ?? ""
                    let place = resources[resource] ?? location(resourceID: resource)
                    for finding in findings(control, controls[id] ?? Control(), place) {
                        var finding = finding
                        finding.origin = .pointer("\(json.pointer)/controls/\(index)")
                        try output.emit(finding)
                    }
                }
            }
        }
    }

    private static func readControls(
        _ json: JSONPullReader,
        into controls: inout [String: Control],
        _ output: ReportOutput
    ) throws {
        try json.forEachMember { name in
            guard name == "controls" else {
                return
            }
            try json.forEachMember { id in
                let node = try json.read()
                controls[id] = Control(
                    name: node["name"].text,
                    description: node["description"].longText,
                    remediation: node["remediation"].text ?? node["mitigation"].text,
                    score: node["scoreFactor"].double,
                    category: node["category"]["name"].text
                )
                output.addRule(.rule(id))
            }
        }
    }

    private static func readResources(_ json: JSONPullReader, into resources: inout [String: FindingLocation]) throws {
        try json.forEachElement { _ in
            let node = try json.read()
            guard let id = node["resourceID"].text, resources.count < 200_000 else {
                return
            }
            var place = location(resourceID: id)
            let object = node["object"]
            let metadata = object["metadata"]
            let parts = [
                metadata["namespace"].text, object["kind"].text, metadata["name"].text ?? object["name"].text,
            ].compactMap(\.self)
            place.resource = parts.isEmpty ? place.resource : parts.joined(separator: "/")
            let source = node["source"]["relativePath"].text ?? object["sourcePath"].text
            // A source path ends in the index of the document in its file.
            place.file = source.map { path in
                path.split(separator: ":").dropLast(path.contains(":") ? 1 : 0).joined(separator: ":").nonEmpty ?? path
            }
            resources[id] = place
        }
    }

    private static func location(resourceID: String) -> FindingLocation {
        var location = FindingLocation()
        location.resource = resourceID.nonEmpty
        return location
    }

    /// One finding for each rule of a failed control that did not pass.
    private static func findings(
        _ node: JSONNode,
        _ control: Control,
        _ location: FindingLocation
    ) -> [ReportedFinding] {
        let status = node["status"]["status"].text ?? node["status"].text
        guard status == nil || status == "failed" else {
            return []
        }
        return node["rules"].elements.filter { !$0["status"].equals("passed") && !$0["status"].equals("skipped") }
            .map { rule in
                let id = node["controlID"].text ?? ""
                let name = control.name ?? node["name"].text ?? id
                var finding = ReportedFinding(kind: .iac, title: name)
                finding.description = control.description ?? ""
                finding.severity = severity(control.score)
                finding.identifiers = [
                    .rule(id, url: "https://hub.armosec.io/docs/\(id.lowercased())")
                ]
                if let name = rule["name"].text {
                    finding.identifiers.append(.rule(name))
                }
                finding.location = location
                finding.location.path = rule["paths"][0]["failedPath"].text?.nonEmpty
                finding.fix = FixHint(text: control.remediation)
                finding.tags = [control.category].compactMap(\.self)
                return finding
            }
    }

    /// The scale of Kubescape's own output.
    private static func severity(_ score: Double?) -> ReportedSeverity {
        guard let score else {
            return .unknown
        }
        switch score {
        case 9...: return .critical
        case 7...: return .high
        case 4...: return .medium
        case _ where score > 0: return .low
        default: return .info
        }
    }
}
