// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reports of Greenbone's OpenVAS, as XML and as CSV.
enum OpenVASReport: XMLReport, CSVReport {
    static func parse(_ xml: XMLPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "OpenVAS"
        try xml.forEachElement { name in
            switch name {
            case "result":
                try output.emit(finding(try xml.readElement()))
            case "scan_run_status":
                let status = try xml.readElement().ownText
                output.scan.status = status
                output.scan.isComplete = status == nil || status == "Done"
            case "scan_start":
                output.scan.started = try xml.readElement().ownText
            case "scan_end":
                output.scan.finished = try xml.readElement().ownText
            default:
                break
            }
        }
    }

    private static func finding(_ result: XMLElement) -> ReportedFinding {
        let nvt = result["nvt"]
        let tags = tags(nvt?.text("tags") ?? "")
        let title = result.text("name") ?? nvt?.text("name") ?? ""
        var finding = ReportedFinding(kind: .infrastructure, title: title)
        finding.description = [tags["summary"], tags["insight"], tags["impact"], result.text("description")]
            .compactMap(\.self).joined(separator: "\n\n")
        let score = result.text("severity").flatMap { Double($0) }
        finding.severity = score.map { ReportedSeverity(score: $0) } ?? ReportedSeverity(word: result.text("threat"))
        finding.confidence = result["qod"]?.text("value")
        finding.identifiers = identifiers(nvt)
        let vector = tags["cvss_base_vector"] ?? nvt?["severities"]?["severity"]?.text("value")
        let base = nvt?.text("cvss_base").flatMap { Double($0) } ?? score
        if vector != nil || base != nil {
            finding.cvss = [ReportedCVSS(vendor: "openvas", vector: vector, score: base)]
        }
        takePlace(result, into: &finding)
        finding.fix = FixHint(text: nvt?.text("solution") ?? tags["solution"])
        finding.links = (nvt?["refs"]?.all("ref") ?? []).filter { $0[attribute: "type"]?.lowercased() == "url" }
            .compactMap { $0[attribute: "id"] }.map { FindingLink($0) }
        finding.links += (nvt?.text("xref") ?? "").parts(separatedBy: [",", " "]).compactMap {
            $0.dropping(prefix: "URL:")
        }
        .map { FindingLink($0) }
        finding.signatures = result[attribute: "id"].map { [FindingSignature("openvas-result", $0)] } ?? []
        finding.tags = [nvt?.text("family")].compactMap(\.self)
        finding.origin = .line(result.line)
        return finding
    }

    private static func identifiers(_ nvt: XMLElement?) -> [FindingIdentifier] {
        let references = nvt?["refs"]?.all("ref") ?? []
        let cves = references.filter { $0[attribute: "type"]?.lowercased() == "cve" }.compactMap { $0[attribute: "id"] }
        let oid = nvt?[attribute: "oid"].flatMap(\.nonEmpty).map { [FindingIdentifier(type: "nvt", value: $0)] }
        return cves.map { .vulnerability($0, otherwise: "cve") }
            + FindingIdentifier.cves(in: (nvt?.all("cve").map(\.text) ?? []).joined(separator: " "))
            + (oid ?? [])
    }

    /// `summary=...|insight=...|solution=...`
    private static func tags(_ text: String) -> [String: String] {
        var tags: [String: String] = [:]
        for part in text.split(separator: "|") {
            guard let equals = part.firstIndex(of: "=") else {
                continue
            }
            tags[part[..<equals].trimmingSpace()] = part[part.index(after: equals)...].trimmingSpace().nonEmpty
        }
        return tags
    }

    /// A port is `443/tcp`, `general/tcp` or, long ago, `https (443/tcp)`.
    private static func takePlace(_ result: XMLElement, into finding: inout ReportedFinding) {
        let host = result["host"]
        finding.location.host = host?.text("hostname") ?? host?.ownText
        let port = (result.text("port") ?? "").parts(separatedBy: ["/", "(", ")", " "])
        finding.location.port = port.lazy.compactMap { Int($0) }.first
        finding.location.transport = port.last
    }

    // MARK: CSV

    static func parse(_ csv: CSVReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "OpenVAS"
        while try csv.next() {
            guard let title = csv["NVT Name"] else {
                continue
            }
            var finding = ReportedFinding(kind: .infrastructure, title: title)
            finding.description = [
                csv["Summary"], csv["Vulnerability Insight"], csv["Impact"], csv["Affected Software/OS"],
            ]
            .compactMap(\.self).joined(separator: "\n\n")
            finding.snippet = csv["Specific Result"]
            finding.severity = ReportedSeverity(word: csv["Severity"])
            finding.identifiers =
                FindingIdentifier.cves(in: csv["CVEs"] ?? "")
                + [csv["NVT OID"]].compactMap { $0.map { FindingIdentifier(type: "nvt", value: $0) } }
            if let score = csv["CVSS"].flatMap({ Double($0) }) {
                finding.cvss = [ReportedCVSS(vendor: "openvas", vector: nil, score: score)]
            }
            finding.location.host = csv["Hostname"] ?? csv["IP"]
            finding.location.port = csv["Port"].flatMap { Int($0) }
            finding.location.transport = csv["Port Protocol"]
            finding.fix = FixHint(text: csv["Solution"])
            finding.signatures = csv["Result ID"].map { [FindingSignature("openvas-result", $0)] } ?? []
            finding.origin = .line(csv.line)
            try output.emit(finding)
        }
    }
}
