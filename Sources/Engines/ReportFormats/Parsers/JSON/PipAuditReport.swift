// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// pip-audit's JSON (github.com/pypa/pip-audit): a list of dependencies, or since 2.0 an object with one.
enum PipAuditReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "pip-audit"
        try json.forEachDocument {
            if try json.kind() == .array {
                try json.forEachElement { _ in try emit(json, output) }
            } else {
                try json.forEachElement(of: "dependencies") { try emit(json, output) }
            }
        }
    }

    private static func emit(_ json: JSONPullReader, _ output: ReportOutput) throws {
        let node = try json.read()
        let component = ReportedComponent(name: node["name"].text, version: node["version"].text, ecosystem: "PyPI")
        if output.wantsComponents {
            try output.emit(component, at: json.origin)
        }
        if let reason = node["skip_reason"].text {
            output.note(.tool, at: json.origin, reason)
        }
        for (index, vulnerability) in node["vulns"].elements.enumerated() {
            let id = vulnerability["id"].text ?? ""
            var finding = ReportedFinding(kind: .dependency, title: "\(id) in \(component.name ?? "?")")
            finding.description = vulnerability["description"].longText ?? ""
            finding.identifiers =
                [.vulnerability(id, otherwise: "vulnerability")]
                + vulnerability["aliases"].texts.map { .vulnerability($0, otherwise: "alias") }
            finding.component = component
            finding.fix = FixHint(versions: vulnerability["fix_versions"].texts)
            finding.origin = .pointer("\(json.pointer)/vulns/\(index)")
            try output.emit(finding)
        }
    }
}
