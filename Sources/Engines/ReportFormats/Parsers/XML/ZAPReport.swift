// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Reports of ZAP, in XML and in JSON; each place at which an alert was raised is a finding.
enum ZAPReport: XMLReport, JSONReport {
    static func parse(_ xml: XMLPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "ZAP"
        var site = ""
        try xml.forEachElement { name in
            switch name {
            case "OWASPZAPReport":
                output.scan.version = xml.attribute("version")
                output.scan.finished = xml.attribute("generated")
            case "site":
                site = xml.attribute("name") ?? ""
                output.scan.artifact = output.scan.artifact ?? site
            case "alertitem":
                try emit(alert(try xml.readElement(), site: site), output)
            default:
                break
            }
        }
    }

    private struct Place {
        var url: String?
        var method: String?
        var parameter: String?
        var attack: String?
        var evidence: String?
        var origin: ReportPlace?
    }

    private struct Alert {
        var plugin: String?
        var reference: String?
        var name: String?
        var risk: String?
        var confidence: String?
        var description: String?
        var solution: String?
        var links: String?
        var cwe: String?
        var wasc: String?
        var site = ""
        var places: [Place] = []
        var origin: ReportPlace
    }

    private static func alert(_ item: XMLElement, site: String) -> Alert {
        var alert = Alert(origin: .line(item.line))
        alert.plugin = item.text("pluginid")
        alert.reference = item.text("alertRef")
        alert.name = item.text("name") ?? item.text("alert")
        alert.risk = item.text("riskcode")
        alert.confidence = item.text("confidencedesc") ?? item.text("confidence")
        alert.description = item.text("desc")
        alert.solution = item.text("solution")
        alert.links = item.text("reference")
        alert.cwe = item.text("cweid")
        alert.wasc = item.text("wascid")
        alert.site = site
        alert.places = (item["instances"]?.all("instance") ?? []).map { place($0) }
        if alert.places.isEmpty, item["uri"] != nil {
            alert.places = [place(item)]
        }
        return alert
    }

    private static func place(_ element: XMLElement) -> Place {
        Place(
            url: element.text("uri"),
            method: element.text("method"),
            parameter: element.text("param"),
            attack: element.text("attack"),
            evidence: element.text("evidence"),
            origin: .line(element.line)
        )
    }

    private static func emit(_ alert: Alert, _ output: ReportOutput) throws {
        for place in alert.places.isEmpty ? [Place(url: alert.site.nonEmpty)] : alert.places {
            var finding = ReportedFinding(kind: .dast, title: alert.name ?? "")
            finding.description = alert.description ?? ""
            finding.severity = severity(alert.risk)
            finding.confidence = alert.confidence
            finding.identifiers =
                [FindingIdentifier(type: "zap", value: alert.reference ?? alert.plugin ?? alert.name ?? "")]
                + [alert.cwe.flatMap(FindingIdentifier.cwe)].compactMap(\.self)
                + [alert.wasc].compactMap { number in
                    number.flatMap { Int($0) ?? 0 > 0 ? FindingIdentifier(type: "wasc", value: "WASC-\($0)") : nil }
                }
            finding.location.setURL(place.url ?? alert.site)
            finding.location.httpMethod = place.method
            finding.location.parameter = place.parameter
            finding.snippet = (place.evidence ?? place.attack).map { SecretMask.credentials(in: $0) }
            finding.fix = FixHint(text: alert.solution)
            finding.links = links(alert.links ?? "")
            finding.origin = place.origin ?? alert.origin
            try output.emit(finding)
        }
    }

    private static func severity(_ code: String?) -> ReportedSeverity {
        switch code {
        case "3": .high
        case "2": .medium
        case "1": .low
        case "0": .info
        default: ReportedSeverity(word: code?.split(separator: " ").first.map { String($0) })
        }
    }

    /// Pages as lines or paragraphs of HTML.
    private static func links(_ text: String) -> [FindingLink] {
        text.parts(separatedBy: ["\n", "<", ">", " ", "\t"]).filter { $0.hasPrefix("http") }.map { FindingLink($0) }
    }

    // MARK: JSON

    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "ZAP"
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "@version": output.scan.version = try json.read().anyText
                case "@generated": output.scan.finished = try json.read().text
                case "site":
                    if try json.kind() == .array {
                        try json.forEachElement { _ in try readSite(json, output) }
                    } else {
                        try readSite(json, output)
                    }
                default: break
                }
            }
        }
    }

    private static func readSite(_ json: JSONPullReader, _ output: ReportOutput) throws {
        var site = ""
        try json.forEachMember { name in
            switch name {
            case "@name":
                site = try json.read().text ?? ""
                output.scan.artifact = output.scan.artifact ?? site
            case "alerts":
                try json.forEachElement { _ in try emit(alert(try json.read(), site: site, at: json.pointer), output) }
            default: break
            }
        }
    }

    private static func alert(_ node: JSONNode, site: String, at pointer: String) -> Alert {
        var alert = Alert(origin: .pointer(pointer))
        alert.plugin = node["pluginid"].anyText
        alert.reference = node["alertRef"].anyText
        alert.name = node["name"].text ?? node["alert"].text
        alert.risk = node["riskcode"].anyText
        alert.confidence = node["confidence"].anyText
        alert.description = node["desc"].longText
        alert.solution = node["solution"].text
        alert.links = node["reference"].text
        alert.cwe = node["cweid"].anyText
        alert.wasc = node["wascid"].anyText
        alert.site = site
        alert.places = node["instances"].elements.enumerated().map { index, place in
            Place(
                url: place["uri"].text,
                method: place["method"].text,
                parameter: place["param"].text,
                attack: place["attack"].text,
                evidence: place["evidence"].text,
                origin: .pointer("\(pointer)/instances/\(index)")
            )
        }
        return alert
    }
}
