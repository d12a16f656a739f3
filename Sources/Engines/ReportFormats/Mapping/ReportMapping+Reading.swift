// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension ReportMapping {
    // MARK: JSON

    func fits(_ documents: [JSONOutline]) -> Bool {
        guard encoding == .json, let item = documents.first?.item else {
            return false
        }
        return has.allSatisfy { item[$0] != nil }
    }

    func parse(_ json: JSONPullReader, to output: ReportOutput) throws {
        output.scan.tool = tool ?? name
        try json.forEachDocument { try walk(json, findings.steps[...], output) }
    }

    /// Goes down the path of the findings, through arrays and objects of any size.
    private func walk(_ json: JSONPullReader, _ steps: ArraySlice<MappingPath.Step>, _ output: ReportOutput) throws {
        guard let step = steps.first else {
            let node = try json.read()
            try output.emit(finding(at: json.origin) { $0.texts(in: node) })
            return
        }
        let rest = steps.dropFirst()
        switch (step, try json.kind()) {
        case (.member(let wanted), .object):
            try json.forEachMember { name in
                if name == wanted { try walk(json, rest, output) }
            }
        case (.element(let wanted), .array):
            try json.forEachElement { index in
                if index == wanted { try walk(json, rest, output) }
            }
        case (.all, .array):
            try json.forEachElement { _ in try walk(json, rest, output) }
        case (.all, .object):
            try json.forEachMember { _ in try walk(json, rest, output) }
        default:
            try json.skip()
        }
    }

    // MARK: XML

    func fits(_ xml: XMLPullReader) throws -> Bool {
        guard encoding == .xml, try xml.nextElement() else {
            return false
        }
        return (root == nil || xml.name == root) && has.allSatisfy { xml.attribute(named: $0) != nil }
    }

    func parse(_ xml: XMLPullReader, to output: ReportOutput) throws {
        output.scan.tool = tool ?? name
        let wanted = findings.names
        var open: [String] = []
        try xml.forEachElement { name in
            open.removeSubrange(min(xml.depth, open.count)...)
            open.append(name)
            guard open.count >= wanted.count, open.suffix(wanted.count).elementsEqual(wanted) else {
                return
            }
            let element = try xml.readElement()
            try output.emit(finding(at: .line(element.line)) { $0.texts(in: element) })
        }
    }

    // MARK: CSV

    func fits(_ csv: CSVReader) -> Bool {
        encoding == .csv && has.allSatisfy { csv.has($0) }
    }

    func parse(_ csv: CSVReader, to output: ReportOutput) throws {
        output.scan.tool = tool ?? name
        while try csv.next() {
            try output.emit(finding(at: .line(csv.line)) { path in csv[path.text].map { [$0] } ?? [] })
        }
    }

    // MARK: Findings

    private func finding(at origin: ReportPlace, _ texts: (MappingPath) -> [String]) -> ReportedFinding {
        func all(_ field: Field) -> [String] {
            guard let value = fields[field] else {
                return []
            }
            let found = texts(value.path).map { value.values[$0.lowercased()] ?? $0 }
            return found.isEmpty ? value.fallback.map { [$0] } ?? [] : found
        }
        func first(_ field: Field) -> String? { all(field).first }
        func number(_ field: Field) -> Int? { first(field).flatMap { Int($0) } }

        var finding = ReportedFinding(kind: kind, title: first(.title) ?? "")
        finding.origin = origin
        finding.description = first(.description) ?? ""
        finding.severity = severity(first(.severity))
        finding.confidence = first(.confidence)
        finding.identifiers = identifiers.flatMap { entry in
            texts(entry.path).compactMap { text -> FindingIdentifier? in
                entry.type == "cwe" ? .cwe(text) : .vulnerability(text, otherwise: entry.type)
            }
        }
        if let url = first(.url) {
            finding.location.setURL(url)
        }
        finding.location.file = first(.file)
        finding.location.startLine = number(.line)
        finding.location.endLine = number(.endLine)
        finding.location.startColumn = number(.column)
        finding.location.scope = first(.scope)
        finding.location.method = first(.method)
        finding.location.httpMethod = first(.httpMethod)
        finding.location.parameter = first(.parameter)
        finding.location.host = first(.host) ?? finding.location.host
        finding.location.port = number(.port) ?? finding.location.port
        finding.location.image = first(.image)
        finding.location.resource = first(.resource)
        finding.snippet = first(.snippet)
        finding.secret = ReportedSecret(first(.secret))
        finding.fix = FixHint(versions: all(.fixedVersion), text: first(.fix))
        finding.signatures = all(.signature).map { FindingSignature(name, $0) }
        finding.links = all(.link).map { FindingLink($0) }
        finding.tags = all(.tag)
        finding.suppression = first(.suppression).map { ReportedSuppression(kind: $0) }
        let score = first(.score).flatMap { Double($0) }
        if first(.cvss) != nil || score != nil {
            finding.cvss = [ReportedCVSS(vendor: tool, vector: first(.cvss), score: score)]
        }
        finding.component = component(first)
        return finding
    }

    private func component(_ first: (Field) -> String?) -> ReportedComponent? {
        guard first(.purl) != nil || first(.component) != nil else {
            return nil
        }
        let parts = first(.purl).flatMap { PackageURLParts($0) }
        var component = ReportedComponent(
            purl: first(.purl),
            name: first(.component) ?? parts?.name,
            version: first(.version) ?? parts?.version,
            ecosystem: first(.ecosystem) ?? parts?.type
        )
        component.manifest = first(.manifest)
        return component
    }

    /// A word, or a score as CVSS gives it.
    private func severity(_ text: String?) -> ReportedSeverity {
        text.flatMap { Double($0) }.map { ReportedSeverity(score: $0) } ?? ReportedSeverity(word: text)
    }
}
