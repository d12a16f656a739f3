// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Nessus' own XML (`NessusClientData_v2`), and the CSV exports of Nessus, Tenable.io, Tenable.sc and Tenable WAS.
enum NessusReport: XMLReport, CSVReport {
    static func parse(_ xml: XMLPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Nessus"
        var host = Host()
        try xml.forEachElement { name in
            switch name {
            case "NessusClientData":
                throw ReportError(.unsupported, "the first version of Nessus' format is not read", at: .line(xml.line))
            case "Report":
                output.scan.artifact = xml.attribute("name")
            case "ReportHost":
                host = Host(name: xml.attribute("name")?.nonEmpty)
            case "HostProperties":
                for tag in try xml.readElement().all("tag") {
                    host.properties[tag[attribute: "name"] ?? ""] = tag.ownText
                }
                host.settle()
                output.scan.finished = host.properties["HOST_END"] ?? output.scan.finished
            case "ReportItem":
                let element = try xml.readElement()
                try output.emit(finding(element, host: host))
            default:
                break
            }
        }
    }

    /// The host that findings are of.
    private struct Host {
        /// Its name in the report.
        var name: String?
        var properties: [String: String] = [:]
        /// What findings say of it.
        var shownName: String?
        var operatingSystem: String?

        init(name: String? = nil) {
            self.name = name
            shownName = name
        }

        mutating func settle() {
            shownName = properties["host-fqdn"] ?? name ?? properties["host-ip"]
            operatingSystem = properties["operating-system"]
        }
    }

    private static func finding(_ item: XMLElement, host: Host) -> ReportedFinding {
        let plugin = item[attribute: "pluginID"] ?? ""
        var finding = ReportedFinding(kind: .infrastructure, title: item[attribute: "pluginName"] ?? plugin)
        finding.description = .paragraphs(item.text("synopsis"), item.text("description"))
        finding.severity = severity(number: item[attribute: "severity"], word: item.text("risk_factor"))
        finding.identifiers = identifiers(item, plugin: plugin)
        for (vector, score) in scores {
            let (vector, score) = (item.text(vector), item.text(score).flatMap { Double($0) })
            if vector != nil || score != nil {
                finding.cvss.append(ReportedCVSS(vendor: "nessus", vector: vector, score: score))
            }
        }
        finding.location.host = host.shownName
        finding.location.port = item[attribute: "port"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        finding.location.transport = item[attribute: "protocol"]
        finding.location.operatingSystem = host.operatingSystem
        finding.snippet = item.text("plugin_output").map { SecretMask.credentials(in: $0) }
        finding.fix = FixHint(text: item.text("solution"))
        item.forEachText("see_also") { text in
            let links = text.parts(separatedBy: ["\n", " "])
            finding.links.reserveCapacity(finding.links.count + links.count)
            for link in links { finding.links.append(FindingLink(link)) }
        }
        if let family = item[attribute: "pluginFamily"] { finding.tags = [family] }
        finding.origin = .line(item.line)
        return finding
    }

    private static let scores: [(vector: StaticString, score: StaticString)] = [
        ("cvss4_vector", "cvss4_base_score"), ("cvss3_vector", "cvss3_base_score"), ("cvss_vector", "cvss_base_score"),
    ]

    private static func identifiers(_ item: XMLElement, plugin: String) -> [FindingIdentifier] {
        var identifiers: [FindingIdentifier] = []
        identifiers.reserveCapacity(4)
        item.forEachText("cve") { identifiers.append(.vulnerability($0, otherwise: "cve")) }
        identifiers.append(FindingIdentifier(type: "nessus", value: plugin))
        item.forEachText("cwe") { text in
            if let weakness = FindingIdentifier.cwe(text) { identifiers.append(weakness) }
        }
        item.forEachText("xref") { text in
            identifiers += FindingIdentifier.cwes(in: text, mark: "cwe:")
            identifiers += FindingIdentifier.cwes(in: text)
        }
        return identifiers
    }

    private static func severity(number: String?, word: String?) -> ReportedSeverity {
        switch number {
        case "4": .critical
        case "3": .high
        case "2": .medium
        case "1": .low
        case "0": .info
        default: ReportedSeverity(word: word ?? number)
        }
    }

    // MARK: CSV

    static func parse(_ csv: CSVReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Nessus"
        while try csv.next() {
            let plugin = csv[["Plugin ID", "Plugin", "definition.id"]]
            guard let title = csv[["Name", "Plugin Name", "definition.name", "asset.name"]] ?? plugin else {
                continue
            }
            var finding = ReportedFinding(kind: .infrastructure, title: title)
            finding.description = [
                csv[["Synopsis", "definition.synopsis"]], csv[["Description", "definition.description"]],
            ]
            .compactMap(\.self).joined(separator: "\n\n")
            let word = csv[["Risk", "Severity", "severity", "Risk Factor"]]
            finding.severity = severity(number: word, word: word)
            finding.identifiers =
                FindingIdentifier.cves(in: csv[["CVE", "definition.cve"]] ?? "")
                + [FindingIdentifier(type: "nessus", value: plugin ?? title)]
                + FindingIdentifier.cwes(in: csv["Cross References"] ?? "", mark: "cwe:")
                + FindingIdentifier.cwes(in: csv["Cross References"] ?? "")
            takeScores(csv, into: &finding)
            takePlace(csv, into: &finding)
            finding.snippet = csv[["Plugin Output", "output"]].map { SecretMask.credentials(in: $0) }
            finding.fix = FixHint(text: csv[["Solution", "Steps to Remediate", "definition.solution"]])
            finding.links = (csv[["See Also", "definition.see_also"]] ?? "").parts(separatedBy: ["\n", " ", ","])
                .filter { $0.hasPrefix("http") }.map { FindingLink($0) }
            finding.tags = [csv[["Family", "Plugin Family", "definition.family"]]].compactMap(\.self)
            finding.origin = .line(csv.line)
            try output.emit(finding)
        }
    }

    private static func takeScores(_ csv: CSVReader, into finding: inout ReportedFinding) {
        let columns: [(vector: [String], score: [String])] = [
            (["CVSS V4 Vector"], ["CVSS v4.0 Base Score", "CVSS V4 Base Score"]),
            (
                ["CVSS V3 Vector", "definition.cvss3.base_vector"],
                [
                    "CVSS v3.0 Base Score", "CVSS V3 Base Score", "CVSSv3", "definition.cvss3.base_score",
                ]
            ),
            (["CVSS V2 Vector", "CVSS Vector"], ["CVSS v2.0 Base Score", "CVSS V2 Base Score", "CVSS"]),
        ]
        finding.cvss = columns.compactMap { names in
            let (vector, score) = (csv[names.vector], csv[names.score].flatMap { Double($0) })
            return vector == nil && score == nil ? nil : ReportedCVSS(vendor: "nessus", vector: vector, score: score)
        }
    }

    private static func takePlace(_ csv: CSVReader, into finding: inout ReportedFinding) {
        let host = csv[["Host", "asset.host_name", "DNS Name", "IP Address", "asset.display_ipv4_address"]]
        if let host, host.range(ofASCII: "://") != nil {
            finding.location.setURL(host)
        } else {
            finding.location.host = host
        }
        let port = csv[["Port", "asset.port"]].flatMap { Int($0) }
        finding.location.port = port.flatMap { $0 > 0 ? $0 : nil } ?? finding.location.port
        finding.location.transport = csv[["Protocol", "protocol"]]?.lowercased()
        finding.component = cpe(csv[["CPE", "definition.cpe"]])
    }

    private static func cpe(_ text: String?) -> ReportedComponent? {
        let cpes = (text ?? "").parts(separatedBy: ["\n", " ", ","]).filter { $0.hasPrefix("cpe:") }
        guard let first = cpes.first else {
            return nil
        }
        // cpe:/a:vendor:product:version
        let parts = first.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        var component = ReportedComponent(
            name: parts.count > 3 ? parts[3] : nil,
            version: parts.count > 4 ? parts[4].nonEmpty : nil
        )
        component.cpes = cpes
        return component
    }
}
