// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// Writes a report as one line of JSON: its format, what is known of the scan, its findings.
///
/// The line begins with what a report may say at its end, so the report is read twice: first to the end, which also
/// finds out whether it is sound, then for the findings. Nothing is written for a report that is broken, and memory
/// does not grow with its size.
///
/// Credentials do not come out: secrets are masked wherever they stand, as are the values of headers such as
/// `Authorization` and of parameters such as `token`.
package struct ReportLine {
    package var reader: ReportReader
    /// The bytes that are handed on at once.
    private let pieceBytes = 64 << 10

    package init(_ reader: ReportReader = ReportReader()) {
        self.reader = reader
    }

    /// Reads a report and writes its line, with a line feed behind it.
    ///
    /// - Parameters:
    ///   - source: the report's bytes.
    ///   - write: takes pieces of the line in their order.
    /// - Returns: what was read.
    /// - Throws: ``ReportError``, before anything is written, or what `write` throws.
    @discardableResult
    package func write(_ source: any ByteSource, to write: ([UInt8]) throws -> Void) throws -> ReportSummary {
        let summary = try reader.read(source) { _ in }
        try source.rewind()
        var json = JSONWriter(reservingCapacity: pieceBytes)
        begin(summary, &json)
        var line = Line(json: json)
        try withoutActuallyEscaping(write) { write in
            _ = try reader.read(source) { finding in
                line.json.finding(finding)
                if line.json.bytes.count > pieceBytes {
                    try line.flush(write)
                }
            }
        }
        line.json.endArray()
        line.json.endObject()
        line.json.endLine()
        try write(line.json.bytes)
        return summary
    }

    private struct Line {
        var json: JSONWriter

        /// Hands on what was written and goes on behind it.
        mutating func flush(_ write: ([UInt8]) throws -> Void) throws {
            try write(json.bytes)
            json.removeWritten()
        }
    }

    private func begin(_ summary: ReportSummary, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("format")
        json.string(summary.format?.name ?? "empty")
        json.key("scan")
        json.scan(summary.scan)
        json.key("findings")
        json.beginArray()
    }
}

extension JSONWriter {
    /// A member that is left out where it has no value.
    fileprivate mutating func member(_ name: String, _ value: String?) {
        if let value {
            key(name)
            string(SecretMask.credentials(in: value))
        }
    }

    fileprivate mutating func member(_ name: String, _ value: Int?) {
        if let value {
            key(name)
            number(value)
        }
    }

    fileprivate mutating func list<Element>(
        _ name: String,
        _ elements: [Element],
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        guard !elements.isEmpty else {
            return
        }
        key(name)
        beginArray()
        for element in elements {
            write(&self, element)
        }
        endArray()
    }

    /// What is known of a scan.
    package mutating func scan(_ scan: ScanInfo) {
        beginObject()
        key("tool")
        stringOrNull(scan.tool)
        key("version")
        stringOrNull(scan.version)
        key("complete")
        bool(scan.isComplete)
        member("format_version", scan.formatVersion)
        member("status", scan.status)
        member("started", scan.started)
        member("finished", scan.finished)
        member("artifact", scan.artifact)
        member("rules", scan.rules?.count)
        member("components", scan.componentCount == 0 ? nil : scan.componentCount)
        list("problems", scan.problems) { json, problem in
            json.beginObject()
            json.member("level", problem.level.rawValue)
            json.member("at", problem.place.description)
            json.member("message", problem.message)
            json.endObject()
        }
        endObject()
    }

    /// A finding without anything secret in it.
    package mutating func finding(_ finding: ReportedFinding) {
        let masked = finding.secret
        func clean(_ text: String?) -> String? {
            guard let masked else {
                return text
            }
            return text.map { masked.masked(in: $0) }
        }
        beginObject()
        key("kind")
        string(finding.kind.rawValue)
        member("title", clean(finding.title))
        key("severity")
        string(finding.severity.rawValue)
        key("identifiers")
        beginArray()
        for identifier in finding.identifiers {
            beginObject()
            member("type", identifier.type)
            member("value", clean(identifier.value))
            member("url", clean(identifier.url))
            endObject()
        }
        endArray()
        key("location")
        location(finding.location, clean)
        if let component = finding.component {
            key("component")
            self.component(component)
        }
        key("cvss")
        beginArray()
        for score in finding.cvss {
            cvss(score)
        }
        endArray()
        details(finding, clean)
        endObject()
    }

    private mutating func cvss(_ score: ReportedCVSS) {
        beginObject()
        member("vendor", score.vendor)
        member("vector", score.vector)
        if let value = score.score {
            key("score")
            number(value)
        }
        endObject()
    }

    private mutating func details(_ finding: ReportedFinding, _ clean: (String?) -> String?) {
        if !finding.description.isEmpty {
            member("description", clean(finding.description))
        }
        if let fix = finding.fix {
            key("fix")
            beginObject()
            list("versions", fix.versions) { $0.string($1) }
            member("text", fix.text)
            endObject()
        }
        list("signatures", finding.signatures) { json, signature in
            json.beginObject()
            json.member("algorithm", signature.algorithm)
            json.member("value", clean(signature.value))
            json.endObject()
        }
        member("secret", finding.secret?.masked)
        member("snippet", finding.kind == .secret && finding.secret == nil ? nil : clean(finding.snippet))
        list("code_flows", finding.codeFlows) { json, flow in
            json.beginArray()
            for step in flow {
                json.beginObject()
                json.key("location")
                json.location(step.location, clean)
                json.member("message", step.message)
                json.endObject()
            }
            json.endArray()
        }
        if let suppression = finding.suppression {
            key("suppression")
            beginObject()
            member("kind", suppression.kind)
            member("justification", suppression.justification)
            endObject()
        }
        list("links", finding.links) { $0.string(SecretMask.credentials(in: clean($1.url) ?? "")) }
        list("tags", finding.tags) { $0.string($1) }
        member("confidence", finding.confidence)
        if finding.isTruncated {
            key("truncated")
            bool(true)
        }
        member("at", finding.origin.description)
    }

    private mutating func location(_ location: FindingLocation, _ clean: (String?) -> String?) {
        beginObject()
        member("path", location.file)
        member("line", location.startLine)
        member("end_line", location.endLine)
        member("column", location.startColumn)
        member("end_column", location.endColumn)
        member("class", location.className)
        member("method", location.method)
        member("scope", location.scope)
        member("commit", location.commit)
        member("url", clean(location.url))
        member("http_method", location.httpMethod)
        member("parameter", location.parameter)
        member("url_path", clean(location.path))
        member("host", location.host)
        member("port", location.port)
        member("transport", location.transport)
        member("image", location.image)
        member("operating_system", location.operatingSystem)
        member("resource", location.resource)
        member("crash_type", location.crashType)
        member("crash_state", location.crashState)
        endObject()
    }

    /// A component of a finding or of a bill of materials.
    package mutating func component(_ component: ReportedComponent) {
        beginObject()
        member("purl", component.purl)
        member("name", component.name)
        member("version", component.version)
        member("ecosystem", component.ecosystem)
        member("manifest", component.manifest)
        member("type", component.type)
        member("scope", component.scope)
        list("licenses", component.licenses) { $0.string($1) }
        list("cpes", component.cpes) { $0.string($1) }
        endObject()
    }
}
