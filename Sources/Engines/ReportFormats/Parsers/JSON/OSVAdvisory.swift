// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What a finding takes from an advisory in the OSV schema.
enum OSVAdvisory {
    /// - Parameter package: the name of the package that is affected here; the first of the advisory for nil.
    static func finding(_ node: JSONNode, kind: FindingKind, package: String?) -> ReportedFinding {
        let id = node["id"].text ?? ""
        var finding = ReportedFinding(kind: kind, title: node["summary"].text ?? id)
        finding.description = node["details"].longText ?? node["summary"].longText ?? ""
        let link = node["database_specific"]["url"].text
        finding.identifiers =
            [.vulnerability(id, url: link, otherwise: "osv")]
            + node["aliases"].texts.map { .vulnerability($0, otherwise: "alias") }
            + weaknesses(node["database_specific"])
        let affected = node["affected"].elements.filter { entry in
            package == nil || entry["package"]["name"].text == package
        }
        finding.identifiers += affected.flatMap { weaknesses($0["database_specific"]) }
        finding.cvss = node["severity"].elements.compactMap { severity in
            severity["score"].text.map { ReportedCVSS(vendor: "osv", vector: $0) }
        }
        finding.severity = ReportedSeverity(word: node["database_specific"]["severity"].text ?? node["severity"].text)
        var versions: [String] = []
        for entry in affected {
            for range in entry["ranges"].elements where !range["type"].equals("GIT") {
                for version in range["events"].elements.compactMap({ $0["fixed"].text })
                where !versions.contains(version) {
                    versions.append(version)
                }
            }
        }
        finding.fix = FixHint(versions: Array(versions.prefix(64)))
        finding.links = node["references"].elements.compactMap { reference in
            reference["url"].text.map { FindingLink($0, name: reference["type"].text) }
        }
        return finding
    }

    private static func weaknesses(_ node: JSONNode) -> [FindingIdentifier] {
        node["cwe_ids"].texts.compactMap(FindingIdentifier.cwe)
            + node["cwes"].elements.compactMap { ($0["cweId"].text ?? $0.text).flatMap(FindingIdentifier.cwe) }
    }
}
