// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import ReportFormats
import Scoring
import VulnerabilityManagement

/// Writes what matching found.
struct MatchOutput {
    var file: String
    var document: SBOMDocument
    var result: MatchResult
    var taken: ImportResult?
    var seconds: Double

    func write(_ format: OutputFormat) {
        switch format {
        case .text:
            for match in result.matches { StandardOutput.write(Self.text(match)) }
            StandardOutput.write(summary)
        case .json:
            var json = JSONWriter()
            json.beginObject()
            head(&json)
            json.key("matches")
            json.beginArray()
            for match in result.matches { Self.write(match, to: &json) }
            json.endArray()
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
        case .ndjson:
            for match in result.matches {
                var json = JSONWriter()
                Self.write(match, to: &json)
                json.endLine()
                StandardOutput.write(json.bytes)
            }
        }
    }

    // MARK: For people

    private var summary: String {
        var text = "\(file): \(result.components) components (\(document.format.name)), \(result.checked) looked up: "
        text += "\(result.open) vulnerabilities in \(result.matches.count { $0.isOpen }) components"
        if result.suppressed > 0 { text += ", \(result.suppressed) more that do not count" }
        text += "\n"
        for (reason, count) in result.unchecked.sorted(by: { $0.key < $1.key }) {
            text += "  \(count) not looked up: \(reason)\n"
        }
        if let taken {
            text +=
                "  findings: \(taken.new) new, \(taken.same) known, \(taken.gone) gone, \(taken.reopened) reopened\n"
            if let note = taken.note { text += "  \(note)\n" }
        }
        return text.withoutCommands
    }

    private static func text(_ match: ComponentMatch) -> String {
        let component = match.component.component
        var lines = [component.purl ?? "\(component.name ?? "") \(component.version ?? "")"]
        if match.component.depth != .unknown { lines[0] += " (\(match.component.depth.rawValue))" }
        for vulnerability in match.vulnerabilities { lines += text(vulnerability) }
        return (lines.joined(separator: "\n") + "\n").withoutCommands
    }

    private static func text(_ match: VulnerabilityMatch) -> [String] {
        var head = "  \(match.severity.rawValue)  \(match.id)"
        if !match.aliases.isEmpty { head += " (\(match.aliases.joined(separator: ", ")))" }
        if let title = match.title { head += "  \(title)" }
        var facts: [String] = []
        facts.append(match.fix.map { "fixed in \($0)" } ?? "no fix is known")
        if let score = match.cvss.first?.score { facts.append("CVSS \(score)") }
        if let epss = match.enrichment.epss?.value { facts.append("EPSS \(Self.percent(epss.probability))") }
        if let exploited = match.enrichment.knownExploited?.value {
            let isRansomware = match.enrichment.ransomware?.value == true
            facts.append("known to be exploited since \(exploited.added)\(isRansomware ? ", by ransomware too" : "")")
        }
        var lines = [head, "        \(facts.joined(separator: "; "))"]
        for advisory in match.advisories { lines.append("        \(advisory.name): \(advisory.reason)") }
        if let suppression = match.suppression {
            let words = [suppression.justification, suppression.statement].compactMap(\.self).joined(separator: ": ")
            lines.append("        does not count: \(suppression.status), \(words) (\(suppression.feed))")
        }
        return lines
    }

    /// Millionths with one decimal place.
    private static func percent(_ millionths: Int) -> String {
        let tenths = (millionths + 500) / 1000
        return "\(tenths / 10).\(tenths % 10) %"
    }

    // MARK: For programs

    private func head(_ json: inout JSONWriter) {
        json.key("sbom")
        json.string(file)
        json.key("format")
        json.string(document.format.name)
        json.key("describes")
        json.stringOrNull(document.scan.artifact)
        for (name, count) in [
            ("components", result.components), ("checked", result.checked), ("open", result.open),
            ("suppressed", result.suppressed),
        ] {
            json.key(name)
            json.number(count)
        }
        json.key("unchecked")
        json.beginObject()
        for (reason, count) in result.unchecked.sorted(by: { $0.key < $1.key }) {
            json.key(reason)
            json.number(count)
        }
        json.endObject()
        if let taken {
            json.key("findings")
            json.beginObject()
            for (name, count) in [
                ("new", taken.new), ("same", taken.same), ("gone", taken.gone), ("reopened", taken.reopened),
            ] {
                json.key(name)
                json.number(count)
            }
            if let note = taken.note {
                json.key("note")
                json.string(note)
            }
            json.endObject()
        }
        json.key("seconds")
        json.number(seconds, decimals: 4)
    }

    private static func write(_ match: ComponentMatch, to json: inout JSONWriter) {
        json.beginObject()
        json.key("component")
        json.component(match.component.component)
        json.key("depth")
        json.string(match.component.depth.rawValue)
        json.key("vulnerabilities")
        json.beginArray()
        for vulnerability in match.vulnerabilities { write(vulnerability, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ match: VulnerabilityMatch, to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.string(match.id)
        json.key("aliases")
        json.strings(match.aliases)
        json.key("upstream")
        json.strings(match.upstream)
        json.key("title")
        json.stringOrNull(match.title)
        json.key("severity")
        json.string(match.severity.rawValue)
        json.key("cvss")
        json.beginArray()
        for rating in match.cvss {
            json.beginObject()
            json.key("vendor")
            json.stringOrNull(rating.vendor)
            json.key("vector")
            json.stringOrNull(rating.vector)
            if let score = rating.score {
                json.key("score")
                json.number(score)
            }
            json.endObject()
        }
        json.endArray()
        json.key("cwe")
        json.strings(match.weaknesses)
        json.key("fix")
        json.stringOrNull(match.fix)
        json.enrichment(match.enrichment)
        json.key("advisories")
        json.beginArray()
        for advisory in match.advisories { write(advisory, to: &json) }
        json.endArray()
        json.key("suppression")
        write(match.suppression, to: &json)
        json.endObject()
    }

    private static func write(_ advisory: MatchedAdvisory, to json: inout JSONWriter) {
        json.beginObject()
        json.key("name")
        json.string(advisory.name)
        json.key("feed")
        json.string(advisory.feed)
        json.key("modified")
        json.string(advisory.modified)
        json.key("link")
        json.stringOrNull(advisory.link)
        json.key("reason")
        json.string(advisory.reason)
        json.key("fixes")
        json.strings(advisory.fixes)
        json.endObject()
    }

    private static func write(_ suppression: MatchSuppression?, to json: inout JSONWriter) {
        guard let suppression else { return json.null() }
        json.beginObject()
        json.key("status")
        json.string(suppression.status)
        json.key("justification")
        json.stringOrNull(suppression.justification)
        json.key("statement")
        json.stringOrNull(suppression.statement)
        json.key("timestamp")
        json.stringOrNull(suppression.timestamp)
        json.key("feed")
        json.string(suppression.feed)
        json.endObject()
    }
}

extension ComponentMatch {
    fileprivate var isOpen: Bool { vulnerabilities.contains { $0.suppression == nil } }
}

extension String {
    /// Line by line without characters that a terminal might take for commands.
    fileprivate var withoutCommands: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).shownSafely }.joined(separator: "\n")
    }
}

extension JSONWriter {
    /// What feeds say about a vulnerability, each with its source.
    fileprivate mutating func enrichment(_ enrichment: VulnerabilityEnrichment) {
        sourced("epss", enrichment.epss) { json, score in
            json.key("cve")
            json.string(score.cve.description)
            json.key("probability")
            json.number(Double(score.probability) / 1_000_000)
            json.key("percentile")
            json.number(Double(score.percentile) / 1_000_000)
        }
        sourced("kev", enrichment.knownExploited) { json, exploited in
            json.key("added")
            json.string(exploited.added)
            json.key("due")
            json.stringOrNull(exploited.due)
        }
        sourced("ransomware", enrichment.ransomware) { json, isUsed in
            json.key("value")
            json.bool(isUsed)
        }
        sourced("exploitation", enrichment.exploitation) { json, stage in
            json.key("value")
            json.string(["none", "poc", "active"][min(stage.rawValue, 2)])
        }
        sourced("automatable", enrichment.automatable) { json, isAutomatable in
            json.key("value")
            json.bool(isAutomatable)
        }
        sourced("technical_impact", enrichment.technicalImpact) { json, impact in
            json.key("value")
            json.string(impact.rawValue)
        }
    }

    private mutating func sourced<Value>(
        _ name: String,
        _ value: Sourced<Value>?,
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        key(name)
        guard let value else { return null() }
        beginObject()
        write(&self, value.value)
        key("source")
        string(value.source)
        endObject()
    }
}
