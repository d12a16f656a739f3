// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// osv-scanner's JSON (github.com/google/osv-scanner).
///
/// A weakness with several advisories comes once for each; they bear the same signature of their group, by which they
/// can be told to be one.
enum OSVScannerReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "osv-scanner"
        var sources: [String: (path: String?, type: String?)] = [:]
        try json.forEachDocument {
            try json.forEachElement(of: "results") {
                let pointer = json.pointer
                try json.forEachMember { name in
                    if name == "source" {
                        let source = try json.read()
                        sources[pointer] = (source["path"].text, source["type"].text)
                    }
                }
            }
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "results") {
                let source = sources[json.pointer] ?? (nil, nil)
                try json.forEachElement(of: "packages") {
                    try emit(try json.read(), source, at: json.pointer, output)
                }
            }
        }
    }

    private static func emit(
        _ node: JSONNode,
        _ source: (path: String?, type: String?),
        at pointer: String,
        _ output: ReportOutput
    ) throws {
        let package = node["package"]
        var component = ReportedComponent(
            purl: package["purl"].text,
            name: package["name"].text,
            version: package["version"].text ?? package["commit"].text,
            ecosystem: package["ecosystem"].text
        )
        component.manifest = source.path
        component.licenses = node["licenses"].texts
        if output.wantsComponents {
            try output.emit(component, at: .pointer(pointer))
        }
        for (index, advisory) in node["vulnerabilities"].elements.enumerated() {
            var finding = OSVAdvisory.finding(advisory, kind: .dependency, package: component.name)
            finding.component = component
            finding.location = FindingLocation(file: source.path)
            finding.location.image = source.type == "docker" ? source.path : nil
            takeGroup(of: advisory["id"].text ?? "", node["groups"], into: &finding)
            finding.origin = .pointer("\(pointer)/vulnerabilities/\(index)")
            try output.emit(finding)
        }
    }

    private static func takeGroup(of id: String, _ groups: JSONNode, into finding: inout ReportedFinding) {
        guard let group = groups.elements.first(where: { $0["ids"].texts.contains(id) }) else {
            return
        }
        let others = (group["ids"].texts + group["aliases"].texts).filter { $0 != id }
        finding.identifiers += others.map { .vulnerability($0, otherwise: "alias") }
        finding.signatures.append(FindingSignature("osv-group", group["ids"].texts.sorted().joined(separator: "|")))
        if let score = group["max_severity"].double {
            finding.cvss.append(ReportedCVSS(vendor: "osv-scanner", vector: nil, score: score))
            if finding.severity == .unknown {
                finding.severity = ReportedSeverity(score: score)
            }
        }
        if group["experimentalAnalysis"][named: id]["called"].bool == false {
            finding.tags.append("not-called")
        }
    }
}
