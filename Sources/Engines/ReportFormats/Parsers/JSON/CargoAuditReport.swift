// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// cargo-audit's JSON (rustsec.org): vulnerabilities, and warnings of crates that are unmaintained, unsound or yanked.
enum CargoAuditReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "cargo-audit"
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "vulnerabilities":
                    try json.forEachElement(of: "list") { try emit(json, warning: nil, output) }
                case "warnings":
                    try readWarnings(json, output)
                default:
                    break
                }
            }
        }
    }

    /// Warnings are lists by their sort; long ago they were one list.
    private static func readWarnings(_ json: JSONPullReader, _ output: ReportOutput) throws {
        if try json.kind() == .array {
            try json.forEachElement { _ in try emit(json, warning: "warning", output) }
        } else {
            try json.forEachMember { sort in
                try json.forEachElement { _ in try emit(json, warning: sort, output) }
            }
        }
    }

    private static func emit(_ json: JSONPullReader, warning: String?, _ output: ReportOutput) throws {
        let node = try json.read()
        let advisory = node["advisory"]
        let package = node["package"]
        let name = package["name"].text ?? advisory["package"].text
        let sort = node["kind"].text ?? warning
        var finding = ReportedFinding(
            kind: .dependency,
            title: advisory["title"].text ?? "\(name ?? "?") is \(sort ?? "vulnerable")"
        )
        finding.description = advisory["description"].longText ?? ""
        finding.severity = warning == nil ? .unknown : sort == "unsound" ? .medium : .low
        if let id = advisory["id"].text {
            finding.identifiers.append(.vulnerability(id, url: advisory["url"].text, otherwise: "rustsec"))
        } else if let sort {
            finding.identifiers.append(.rule(sort))
        }
        finding.identifiers += advisory["aliases"].texts.map { .vulnerability($0, otherwise: "alias") }
        finding.cvss = advisory["cvss"].text.map { [ReportedCVSS(vendor: "rustsec", vector: $0)] } ?? []
        finding.component = ReportedComponent(name: name, version: package["version"].text, ecosystem: "crates.io")
        finding.component?.manifest = "Cargo.lock"
        finding.location = FindingLocation(file: "Cargo.lock")
        finding.fix = FixHint(versions: node["versions"]["patched"].texts)
        finding.links = ([advisory["url"].text].compactMap(\.self) + advisory["references"].texts).map {
            FindingLink($0)
        }
        finding.tags = advisory["categories"].texts + [warning == nil ? nil : sort].compactMap(\.self)
        finding.origin = json.origin
        try output.emit(finding)
    }
}
