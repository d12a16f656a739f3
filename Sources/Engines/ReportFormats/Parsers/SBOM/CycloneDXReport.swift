// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// CycloneDX in JSON, versions 1.2 to 1.7: components, and the vulnerabilities of a VDR or VEX.
///
/// Only the components that a vulnerability names are kept, so the document is read for these names, where it has
/// components, then for the components, then for the findings.
enum CycloneDXReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        var components: [String: ReportedComponent] = [:]
        let hasComponents = try readHead(json, &components, output)
        let references = hasComponents ? try readReferences(json) : []
        try json.rewind()
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "components":
                    try json.forEachElement { _ in
                        try take(try json.read(), at: json.pointer, references, &components, output)
                    }
                default: break
                }
            }
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "vulnerabilities") {
                let vulnerability = vulnerability(try json.read())
                try vulnerability.emit(at: json.origin, components: components, to: output)
            }
        }
    }

    /// Reads what stands around components and vulnerabilities; what the document as a whole is about may be named as a
    /// component.
    ///
    /// - Returns: whether there are components.
    private static func readHead(
        _ json: JSONPullReader,
        _ components: inout [String: ReportedComponent],
        _ output: ReportOutput
    ) throws -> Bool {
        var hasComponents = false
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "specVersion": output.scan.formatVersion = try json.read().anyText
                case "metadata":
                    let metadata = try json.read()
                    takeMetadata(metadata, output)
                    let component = metadata["component"]
                    if let reference = component["bom-ref"].text {
                        components[reference] = self.component(component)
                    }
                case "components":
                    hasComponents = true
                default: break
                }
            }
        }
        return hasComponents
    }

    /// Reads how vulnerabilities refer to components.
    private static func readReferences(_ json: JSONPullReader) throws -> Set<String> {
        var references: Set<String> = []
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "vulnerabilities") {
                for target in try json.read()["affects"].elements {
                    guard let reference = target["ref"].text else {
                        continue
                    }
                    references.insert(reference)
                    // A BOM-Link names a component behind its number sign.
                    if reference.utf8.contains(UInt8(ascii: "#")) {
                        references.insert(reference.split(separator: "#").last.map { String($0) } ?? "")
                    }
                }
            }
        }
        return references
    }

    private static func takeMetadata(_ node: JSONNode, _ output: ReportOutput) {
        // Tools are a list, or since 1.5 an object with components.
        let tools = node["tools"]
        let tool = tools.kind == .array ? tools[0] : tools["components"][0]
        output.scan.tool = tool["name"].text
        output.scan.version = tool["version"].text
        output.scan.finished = node["timestamp"].text
        let component = node["component"]
        output.scan.artifact = component["purl"].text ?? component["name"].text
    }

    private static func take(
        _ node: JSONNode,
        at pointer: String,
        _ references: Set<String>,
        _ components: inout [String: ReportedComponent],
        _ output: ReportOutput
    ) throws {
        let component = component(node)
        try output.emit(component, at: .pointer(pointer))
        for key in [component.reference, component.purl].compactMap(\.self) where references.contains(key) {
            components[key] = component
        }
        for (index, part) in node["components"].elements.enumerated() {
            try take(part, at: "\(pointer)/components/\(index)", references, &components, output)
        }
    }

    private static func component(_ node: JSONNode) -> ReportedComponent {
        let name = [node["group"].text, node["name"].text].compactMap(\.self)
        let purl = node["purl"].text
        let type = purl.flatMap { PackageURLParts($0)?.type }
        var component = ReportedComponent(
            purl: purl,
            name: name.joined(separator: type == "maven" ? ":" : "/").nonEmpty,
            version: node["version"].anyText,
            ecosystem: type
        )
        component.type = node["type"].text
        component.scope = node["scope"].text
        component.reference = node["bom-ref"].text
        component.cpes = node["cpe"].text.map { [$0] } ?? []
        component.licenses = node["licenses"].elements.prefix(64).compactMap { license in
            license["expression"].text ?? license["license"]["id"].text ?? license["license"]["name"].text
        }
        return component
    }

    private static func vulnerability(_ node: JSONNode) -> CycloneDXVulnerability {
        var vulnerability = CycloneDXVulnerability()
        vulnerability.id = node["id"].text
        vulnerability.sourceName = node["source"]["name"].text
        vulnerability.sourceURL = node["source"]["url"].text
        vulnerability.otherIDs = node["references"].elements.compactMap { $0["id"].text }
        vulnerability.ratings = node["ratings"].elements.map { rating in
            CycloneDXVulnerability.rating(
                method: rating["method"].text,
                vector: rating["vector"].text,
                score: rating["score"].double,
                severity: rating["severity"].text,
                source: rating["source"]["name"].text
            )
        }
        vulnerability.cwes = node["cwes"].texts
        vulnerability.description = node["description"].longText
        vulnerability.detail = node["detail"].longText
        vulnerability.recommendation = node["recommendation"].text
        vulnerability.advisories = node["advisories"].elements.compactMap { advisory in
            advisory["url"].text.map { FindingLink($0, name: advisory["title"].text) }
        }
        vulnerability.state = node["analysis"]["state"].text
        vulnerability.justification = node["analysis"]["justification"].text
        vulnerability.analysisDetail = node["analysis"]["detail"].text
        vulnerability.reference = node["bom-ref"].text
        vulnerability.affects = node["affects"].elements.compactMap { target in
            guard let reference = target["ref"].text else {
                return nil
            }
            let versions = target["versions"].elements.map { $0 }
            let isUnaffected = !versions.isEmpty && versions.allSatisfy { $0["status"].equals("unaffected") }
            return (reference, isUnaffected, versions.compactMap { $0["version"].text })
        }
        return vulnerability
    }
}
