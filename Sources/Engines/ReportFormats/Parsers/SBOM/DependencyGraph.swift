// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Which components of a bill of materials need which.
///
/// Those that the described product needs are direct, all others that are needed are transitive. Where the document does
/// not name its product, those that nothing needs are direct.
struct DependencyGraph {
    private var roots: Set<String> = []
    private var targets: Set<String> = []
    /// All that needs or is needed.
    private var members: Set<String> = []
    private var direct: Set<String> = []
    private var isTooLarge = false
    /// Edges whose beginning might turn out to be the product.
    private var edges: [(from: String, to: String)] = []

    private static let mostEdges = 4_000_000

    static func read(_ source: any ByteSource, _ format: DetectedFormat) throws -> DependencyGraph {
        var graph = DependencyGraph()
        switch (format.format, format.encoding) {
        case (.cycloneDX, .xml): try graph.readCycloneDX(try XMLPullReader(source))
        case (.cycloneDX, _): try graph.readCycloneDX(JSONPullReader(source))
        case (_, .tagValue): try graph.readTagValue(LineReader(source))
        default: try graph.readSPDX(JSONPullReader(source))
        }
        graph.settle()
        return graph
    }

    func depth(of reference: String?) -> DependencyDepth {
        guard !isTooLarge, let reference, members.contains(reference) else { return .unknown }
        return direct.contains(reference) ? .direct : targets.contains(reference) ? .transitive : .unknown
    }

    private mutating func add(_ from: String, _ to: String) {
        guard edges.count < Self.mostEdges else {
            isTooLarge = true
            return
        }
        edges.append((from, to))
    }

    /// Finds the direct ones once all is known.
    private mutating func settle() {
        for edge in edges {
            targets.insert(edge.to)
            members.insert(edge.from)
            members.insert(edge.to)
            if roots.contains(edge.from) { direct.insert(edge.to) }
        }
        if direct.isEmpty { direct = members.subtracting(targets).subtracting(roots) }
        edges = []
    }

    // MARK: CycloneDX

    private mutating func readCycloneDX(_ json: JSONPullReader) throws {
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "metadata":
                    let component = try json.read()["component"]
                    if let root = component["bom-ref"].text ?? component["purl"].text { roots.insert(root) }
                case "dependencies":
                    try json.forEachElement { _ in
                        let node = try json.read()
                        guard let from = node["ref"].text else { return }
                        for to in node["dependsOn"].elements {
                            if let to = to.text { add(from, to) }
                        }
                    }
                default: break
                }
            }
        }
    }

    private mutating func readCycloneDX(_ xml: XMLPullReader) throws {
        try xml.rewind()
        try xml.forEachElement { name in
            switch name {
            case "metadata":
                let component = try xml.readElement()["component"]
                if let root = component?[attribute: "bom-ref"] ?? component?.text("purl") { roots.insert(root) }
            case "component":
                _ = try xml.readElement()
            case "dependency":
                let element = try xml.readElement()
                guard let from = element[attribute: "ref"] else { return }
                for part in element.all("dependency") {
                    if let to = part[attribute: "ref"] { add(from, to) }
                }
            default: break
            }
        }
    }

    // MARK: SPDX

    private mutating func readSPDX(_ json: JSONPullReader) throws {
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "documentDescribes": roots.formUnion(try json.read().texts)
                case "relationships":
                    try json.forEachElement { _ in
                        let node = try json.read()
                        relate(
                            node["spdxElementId"].text,
                            node["relationshipType"].text,
                            node["relatedSpdxElement"].text
                        )
                    }
                default: break
                }
            }
        }
    }

    private mutating func readTagValue(_ lines: LineReader) throws {
        while let line = try lines.next() {
            guard let value = line.dropping(prefix: "Relationship:") else { continue }
            let parts = value.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { String($0) }
            if parts.count >= 3 { relate(parts[0], parts[1], parts[2]) }
        }
    }

    /// Takes a relationship of SPDX 2.3, clause 11.
    private mutating func relate(_ first: String?, _ type: String?, _ second: String?) {
        guard let first, let type, let second else { return }
        switch type.uppercased() {
        case "DESCRIBES": roots.insert(second)
        case "DESCRIBED_BY": roots.insert(first)
        case "DEPENDS_ON", "HAS_PREREQUISITE": add(first, second)
        case "DEPENDENCY_OF", "DEV_DEPENDENCY_OF", "BUILD_DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF",
            "TEST_DEPENDENCY_OF", "OPTIONAL_DEPENDENCY_OF", "PROVIDED_DEPENDENCY_OF", "PREREQUISITE_FOR":
            add(second, first)
        default: break
        }
    }
}
