// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// CycloneDX in XML, versions 1.0 to 1.7, and the vulnerability extension 1.0 that came before 1.4.
enum CycloneDXXMLReport: XMLReport {
    static func parse(_ xml: XMLPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        var components: [String: ReportedComponent] = [:]
        try xml.forEachElement { name in
            switch name {
            case "bom":
                output.scan.formatVersion = xml.namespace.split(separator: "/").last.map { String($0) }
            case "metadata":
                takeMetadata(try xml.readElement(), &components, output)
            case "component":
                try take(try xml.readElement(), &components, output)
            default:
                break
            }
        }
        try xml.rewind()
        try readFindings(xml, components, output)
    }

    /// Vulnerabilities stand below the document; those of the extension also below their component.
    private static func readFindings(
        _ xml: XMLPullReader,
        _ components: [String: ReportedComponent],
        _ output: ReportOutput
    ) throws {
        try xml.forEachElement { name in
            guard name == "vulnerability" else {
                return
            }
            let element = try xml.readElement()
            try vulnerability(element).emit(at: .line(element.line), to: output) { components[$0] }
        }
    }

    private static func takeMetadata(
        _ element: XMLElement,
        _ components: inout [String: ReportedComponent],
        _ output: ReportOutput
    ) {
        let tool = element["tools"]?["tool"] ?? element["tools"]?["components"]?["component"]
        output.scan.tool = tool?.text("name")
        output.scan.version = tool?.text("version")
        output.scan.finished = element.text("timestamp")
        if let root = element["component"] {
            output.scan.artifact = root.text("purl") ?? root.text("name")
            let component = component(root)
            if let reference = component.reference {
                components[reference] = component
            }
        }
    }

    private static func take(
        _ element: XMLElement,
        _ components: inout [String: ReportedComponent],
        _ output: ReportOutput
    ) throws {
        let component = component(element)
        try output.emit(component, at: .line(element.line))
        if let reference = component.reference ?? component.purl {
            components[reference] = component
        }
        for part in element["components"]?.all("component") ?? [] {
            try take(part, &components, output)
        }
    }

    private static func component(_ element: XMLElement) -> ReportedComponent {
        let name = [element.text("group"), element.text("name")].compactMap(\.self)
        let purl = element.text("purl")
        let type = purl.flatMap { PackageURLParts($0)?.type }
        var component = ReportedComponent(
            purl: purl,
            name: name.joined(separator: type == "maven" ? ":" : "/").nonEmpty,
            version: element.text("version"),
            ecosystem: type
        )
        component.type = element[attribute: "type"]
        component.scope = element.text("scope")
        component.reference = element[attribute: "bom-ref"]
        component.cpes = [element.text("cpe")].compactMap(\.self)
        component.licenses = (element["licenses"]?.children ?? []).compactMap { license in
            license.text("id") ?? license.text("name") ?? license.ownText
        }
        return component
    }

    private static func vulnerability(_ element: XMLElement) -> CycloneDXVulnerability {
        var vulnerability = CycloneDXVulnerability()
        vulnerability.id = element.text("id")
        let source = element["source"]
        vulnerability.sourceName = source?.text("name") ?? source?[attribute: "name"]
        vulnerability.sourceURL = source?.text("url")
        vulnerability.otherIDs = (element["references"]?.children ?? []).compactMap { $0.text("id") }
        vulnerability.ratings = (element["ratings"]?.children ?? []).map { rating in
            let score = rating["score"]
            return CycloneDXVulnerability.rating(
                method: rating.text("method"),
                vector: rating.text("vector"),
                score: (score?.text("base") ?? score?.ownText).flatMap { Double($0) },
                severity: rating.text("severity"),
                source: rating["source"]?.text("name")
            )
        }
        vulnerability.cwes = (element["cwes"]?.children ?? []).compactMap(\.ownText)
        vulnerability.description = element.text("description")
        vulnerability.detail = element.text("detail")
        let advice = (element["recommendations"]?.children ?? []).compactMap(\.ownText).joined(separator: "\n").nonEmpty
        vulnerability.recommendation = element.text("recommendation") ?? advice
        vulnerability.advisories = (element["advisories"]?.children ?? []).compactMap { advisory in
            (advisory.text("url") ?? advisory.ownText).map { FindingLink($0, name: advisory.text("title")) }
        }
        let analysis = element["analysis"]
        vulnerability.state = analysis?.text("state")
        vulnerability.justification = analysis?.text("justification")
        vulnerability.analysisDetail = analysis?.text("detail")
        vulnerability.reference = element[attribute: "bom-ref"]
        vulnerability.affects = (element["affects"]?.children ?? []).compactMap(affected)
        if let reference = element[attribute: "ref"] {
            vulnerability.affects.append((reference, false, []))
        }
        return vulnerability
    }

    private static func affected(_ target: XMLElement) -> (reference: String, isUnaffected: Bool, versions: [String])? {
        guard let reference = target.text("ref") else {
            return nil
        }
        let versions = target["versions"]?.children ?? []
        let isUnaffected = !versions.isEmpty && versions.allSatisfy { $0.text("status") == "unaffected" }
        return (reference, isUnaffected, versions.compactMap { $0.text("version") })
    }
}
