// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Correlation
import DefenseModel
import Storage
import VulnerabilityManagement

/// `redoubt vuln show`.
struct VulnShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show all that is known of a finding, with what other tools tell of the same weakness."
    )

    @Argument(help: "The finding's identifier.")
    var id: String

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let (store, row, detail) = try StoredFinding.find(id, place)
        let events: [FindingEventRow]
        let related: [RelatedFinding]
        do {
            events = try store.history(of: row.id).events
            related = try RelatedFindings(store).related(to: row)
            try store.close()
        } catch {
            throw CommandFailure.couldNotRun("the history cannot be read: \(error)")
        }
        switch output.format {
        case .json, .ndjson:
            var json = JSONWriter()
            row.write(to: &json, detail: detail, events: events, related: related)
            json.endLine()
            StandardOutput.write(json.bytes)
        case .text:
            StandardOutput.write(try StoredFinding.text(row, detail))
            if !related.isEmpty { StandardOutput.write("\nother tools on the same weakness\n") }
            for finding in related {
                StandardOutput.write(
                    "  \(finding.row.identifier)  \(finding.row.textOfTool): \(finding.because)".shownInOneLine + "\n"
                )
            }
            if !events.isEmpty { StandardOutput.write("\nhistory\n") }
            for event in events { StandardOutput.write("  \(event.textLine)\n") }
        }
    }
}

/// `redoubt vuln explain`.
struct VulnExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a finding is the same through all scans, and what became of it."
    )

    @Argument(help: "The finding's identifier.")
    var id: String

    @OptionGroup var place: AdvisoryStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let (store, row, _) = try StoredFinding.find(id, place.findings)
        do {
            let history = try store.history(of: row.id)
            let facts = try place.openIfThere()
            let assessment = try store.assessment(of: row.id, facts: facts)
            try facts?.close()
            switch output.format {
            case .text: StandardOutput.write(text(row, history.first, history.events, assessment))
            case .json, .ndjson: StandardOutput.write(json(row, history.first, history.events, assessment))
            }
            try store.close()
        } catch {
            throw CommandFailure.couldNotRun("the history cannot be read: \(error)")
        }
    }

    private func text(
        _ row: FindingRow,
        _ first: FirstScan?,
        _ events: [FindingEventRow],
        _ assessment: FindingAssessment?
    ) -> String {
        var lines = ["\(row.severity) \(row.rule): \(row.title)".shownInOneLine]
        if let assessment {
            lines.append("to be mended: \(assessment.decision.name) (\(assessment.reason))".shownInOneLine)
            lines.append(
                "due: \(row.due.map { rfc3339(seconds: $0) } ?? "with the next upgrade"), priority \(row.priority)"
            )
        }
        if let first {
            let origin = [first.file, first.commit.map { "commit \($0)" }].compactMap(\.self).joined(separator: ", ")
            lines.append("\(rfc3339(seconds: first.finished))  first found by \(row.tool) (\(first.format)) \(origin)")
        }
        for event in events {
            lines.append(event.textLine)
        }
        if row.isDetected { lines.append("\(rfc3339(seconds: row.lastSeen))  found by the newest scan") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func json(
        _ row: FindingRow,
        _ first: FirstScan?,
        _ events: [FindingEventRow],
        _ assessment: FindingAssessment?
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("finding")
        row.write(to: &json)
        if let assessment {
            json.key("decision")
            json.string(assessment.decision.name)
            json.key("reason")
            json.string(assessment.reason)
        }
        if let first {
            json.key("first_scan")
            json.beginObject()
            json.key("format")
            json.string(first.format)
            json.key("file")
            json.stringOrNull(first.file)
            json.key("commit")
            json.stringOrNull(first.commit)
            json.key("time")
            json.string(rfc3339(seconds: first.finished))
            json.endObject()
        }
        json.key("events")
        FindingEventRow.write(events, to: &json)
        json.endObject()
        json.endLine()
        return json.bytes
    }
}

extension FindingRow {
    /// `ZAP (dast) SQL injection`
    fileprivate var textOfTool: String { "\(tool) (\(kind)) \(title)" }
}

extension RelatedFinding {
    static func write(_ findings: [RelatedFinding], to json: inout JSONWriter) {
        json.beginArray()
        for finding in findings {
            json.beginObject()
            for (name, text) in [
                ("id", finding.row.identifier.description), ("tool", finding.row.tool), ("kind", finding.row.kind),
                ("rule", finding.row.rule), ("severity", finding.row.severity), ("state", finding.row.stateName),
                ("because", finding.because),
            ] {
                json.key(name)
                json.string(text)
            }
            json.endObject()
        }
        json.endArray()
    }
}

extension FindingEventRow {
    fileprivate var textLine: String {
        "\(rfc3339(seconds: time))  \(kind)  \(detail ?? "")\(scan == nil ? " (\(maker))" : "")".shownInOneLine
    }

    static func write(_ events: [FindingEventRow], to json: inout JSONWriter) {
        json.beginArray()
        for event in events {
            json.beginObject()
            json.key("time")
            json.string(rfc3339(seconds: event.time))
            json.key("event")
            json.string(event.kind)
            json.key("by")
            json.string(event.maker)
            json.key("why")
            json.stringOrNull(event.detail)
            json.endObject()
        }
        json.endArray()
    }
}

/// A finding that a command names.
private enum StoredFinding {
    static func find(
        _ name: String,
        _ place: FindingStoreOptions
    ) throws -> (VulnerabilityStore, FindingRow, detail: [UInt8]) {
        guard let identifier = try? Identifier(parsing: name) else {
            throw CommandFailure.badInput("\(name) is no identifier", hint: "redoubt vuln list shows them")
        }
        let store = try place.open(isMade: false)
        do {
            guard let (row, detail) = try store.finding(id: FindingRow.id(of: identifier)), row.identifier == identifier
            else { throw CommandFailure.badInput("there is no finding \(name)") }
            return (store, row, detail)
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the finding cannot be read: \(error)")
        }
    }

    /// For people: a line for each thing that is known.
    static func text(_ row: FindingRow, _ detail: [UInt8]) throws -> String {
        var lines = [
            "\(row.title)",
            "  \(row.severity), priority \(row.priority), \(row.stateName)\(row.isDetected ? "" : ", no longer found")",
            "  rule \(row.rule), found by \(row.tool) in \(row.branch)",
            "  first seen \(rfc3339(seconds: row.firstSeen)), last seen \(rfc3339(seconds: row.lastSeen))",
        ]
        if let path = row.path { lines.append("  at \(path)\(row.line.map { ":\($0)" } ?? "")") }
        if let component = row.component { lines.append("  in \(component) \(row.version ?? "")") }
        let known = try JSONReader.read(detail)
        if let snippet = known["snippet"]?.text { lines.append("  code: \(snippet)") }
        if let fix = known["fix"]?["text"]?.text ?? known["fix"]?["versions"]?.text { lines.append("  fix: \(fix)") }
        if let text = known["description"]?.text { lines += ["", text] }
        let text = lines.joined(separator: "\n") + "\n"
        return String(text.map { $0.isASCIIControl ? "?" : $0 })
    }
}

extension Character {
    /// Whether a terminal might take it for a command; line feeds and tabs are none.
    fileprivate var isASCIIControl: Bool {
        guard let value = unicodeScalars.first?.value, unicodeScalars.count == 1 else { return false }
        return value < 0x20 && value != 0x0A && value != 0x09 || (0x7F...0x9F).contains(value)
    }
}
