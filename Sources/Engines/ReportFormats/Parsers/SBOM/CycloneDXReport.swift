// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// CycloneDX in JSON, versions 1.2 to 1.7: components, and the vulnerabilities of a VDR or VEX.
///
/// Vulnerabilities may stand before the components that they name, so components are read first.
enum CycloneDXReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        var head = try readHead(json, output)
        try readComponents(json, &head, output)
        if head.components.isOverfull {
            head.components.restart(wanting: try readReferences(json))
            try readComponents(json, &head, nil)
        }
        guard head.hasVulnerabilities else {
            return
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "vulnerabilities") {
                let vulnerability = vulnerability(try json.read())
                try vulnerability.emit(at: json.origin, to: output) { head.components[$0] }
            }
        }
    }

    /// What stands around components and vulnerabilities.
    private struct Head {
        /// What documents as a whole are about may be named as a component.
        var products: [ReportedComponent] = []
        var hasVulnerabilities = false
        var components = ComponentCatalog()
    }

    private static func readHead(_ json: JSONPullReader, _ output: ReportOutput) throws -> Head {
        var head = Head()
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "specVersion": output.scan.formatVersion = try json.read().anyText
                case "metadata":
                    let metadata = try json.read()
                    takeMetadata(metadata, output)
                    let product = component(metadata["component"])
                    if product.reference != nil { head.products.append(product) }
                case "vulnerabilities":
                    head.hasVulnerabilities = true
                default: break
                }
            }
        }
        return head
    }

    /// Reads the components.
    ///
    /// - Parameter output: where they are handed on; nil where they were before.
    private static func readComponents(_ json: JSONPullReader, _ head: inout Head, _ output: ReportOutput?) throws {
        for product in head.products {
            head.components.take(product, alsoAs: nil)
        }
        try json.rewind()
        try json.forEachDocument {
            try json.forEachElement(of: "components") {
                try take(try json.read(), at: json.origin, &head, output)
            }
        }
    }

    private static func take(
        _ node: JSONNode,
        at place: ReportPlace,
        _ head: inout Head,
        _ output: ReportOutput?
    ) throws {
        if head.hasVulnerabilities || output?.wantsComponents == true {
            let component = component(node)
            try output?.emit(component, at: place)
            if head.hasVulnerabilities { head.components.take(component, alsoAs: component.purl) }
        } else {
            // Nobody asks what it is.
            try output?.emit(ReportedComponent(), at: place)
        }
        let parts = node["components"]
        guard parts.exists else {
            return
        }
        for (index, part) in parts.elements.enumerated() {
            try take(part, at: .pointer("\(place.pointer ?? "")/components/\(index)"), &head, output)
        }
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

    private static func component(_ node: JSONNode) -> ReportedComponent {
        let purl = node["purl"].text
        let type = purl.flatMap { PackageURLParts.type(of: $0) }
        var name = node["name"].text
        if let group = node["group"].text {
            name = name.map { "\(group)\(type == "maven" ? ":" : "/")\($0)" } ?? group
        }
        var component = ReportedComponent(purl: purl, name: name, version: node["version"].anyText, ecosystem: type)
        component.type = node["type"].text
        component.scope = node["scope"].text
        // Many tools call a component by its package URL; then both share a text.
        let reference = node["bom-ref"]
        component.reference = reference.isWritten(like: node["purl"]) ? purl : reference.text
        if let cpe = node["cpe"].text { component.cpes = [cpe] }
        component.licenses = node["licenses"].values(limit: 64) { license in
            license["expression"].text ?? license["license"]["id"].text ?? license["license"]["name"].text
        }
        return component
    }

    private static func vulnerability(_ node: JSONNode) -> CycloneDXVulnerability {
        var vulnerability = CycloneDXVulnerability()
        vulnerability.id = node["id"].text
        let source = node["source"]
        vulnerability.sourceName = source["name"].text
        vulnerability.sourceURL = source["url"].text
        vulnerability.otherIDs = node["references"].values { $0["id"].text }
        vulnerability.ratings = node["ratings"].values { rating in
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
        vulnerability.advisories = node["advisories"].values { advisory in
            advisory["url"].text.map { FindingLink($0, name: advisory["title"].text) }
        }
        let analysis = node["analysis"]
        if analysis.exists {
            vulnerability.state = analysis["state"].text
            vulnerability.justification = analysis["justification"].text
            vulnerability.analysisDetail = analysis["detail"].text
        }
        vulnerability.reference = node["bom-ref"].text
        vulnerability.affects = node["affects"].values { target in
            guard let reference = target["ref"].text else {
                return nil
            }
            let versions = target["versions"]
            let isUnaffected =
                versions.kind == .array && versions.count > 0
                && versions.elements.allSatisfy { $0["status"].equals("unaffected") }
            return (reference, isUnaffected, versions.values { $0["version"].text })
        }
        return vulnerability
    }
}
