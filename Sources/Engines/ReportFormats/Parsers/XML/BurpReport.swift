// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Burp Suite's XML report of issues.
enum BurpReport: XMLReport {
    static func parse(_ xml: XMLPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        output.scan.tool = "Burp Suite"
        try xml.forEachElement { name in
            switch name {
            case "issues":
                output.scan.version = xml.attribute("burpVersion")
                output.scan.finished = xml.attribute("exportTime")
            case "issue":
                try output.emit(finding(try xml.readElement()))
            default:
                break
            }
        }
    }

    private static func finding(_ issue: XMLElement) -> ReportedFinding {
        var finding = ReportedFinding(kind: .dast, title: issue.text("name") ?? "")
        finding.description = [issue.text("issueDetail"), issue.text("issueBackground")].compactMap(\.self)
            .joined(separator: "\n\n")
        finding.severity = ReportedSeverity(word: issue.text("severity"))
        finding.confidence = issue.text("confidence")
        finding.identifiers =
            [FindingIdentifier(type: "burp", value: issue.text("type") ?? issue.text("name") ?? "")]
            + FindingIdentifier.cwes(in: issue.text("vulnerabilityClassifications") ?? "")
        let path = issue.text("path") ?? ""
        finding.location.setURL((issue.text("host") ?? "") + path)
        finding.location.path = path.nonEmpty
        // The location is the path, and in brackets the part of the request.
        if let text = issue.text("location"), text.utf8.count > path.utf8.count {
            finding.location.parameter = parameter(text)
        }
        finding.location.httpMethod = issue["requestresponse"]?["request"]?[attribute: "method"]
        finding.fix = FixHint(
            text: [issue.text("remediationDetail"), issue.text("remediationBackground")].compactMap(\.self)
                .joined(separator: "\n\n").nonEmpty
        )
        finding.links = links(issue.text("references") ?? "")
        finding.signatures = issue.text("serialNumber").map { [FindingSignature("burp-serial", $0)] } ?? []
        finding.origin = .line(issue.line)
        return finding
    }

    /// The name in `/path [name parameter]`.
    private static func parameter(_ text: String) -> String? {
        guard let open = text.lastIndex(of: "["), let close = text.lastIndex(of: "]"), open < close else {
            return nil
        }
        let inner = String(text[text.index(after: open)..<close])
        return inner.hasSuffix(" parameter") ? String(inner.dropLast(10)) : inner
    }

    /// The targets of the links in a list of HTML.
    private static func links(_ html: String) -> [FindingLink] {
        html.split(separator: "href=\"").dropFirst().compactMap { part in
            part.split(separator: "\"").first.map { FindingLink(String($0)) }
        }.filter { $0.url.hasPrefix("http") }
    }
}
