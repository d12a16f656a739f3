// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Correlation
import DefenseModel
import Foundation
import Incidents
import Storage
import VulnerabilityManagement

/// `redoubt vuln attacks`.
struct VulnAttacks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attacks",
        abstract: "Show when, with what and by whom a finding was attacked.",
        discussion: """
            "May have worked" are attacks that were let through and answered with a status of 200 to 399. A status says no \
            more than that: look at the detections. redoubt vuln correlate takes in what was detected since.
            """
    )

    @Argument(help: "The finding's identifier.")
    var id: String

    @Option(help: "How many days back.")
    var days = 30

    @Option(help: "How many clients to show.")
    var clients = 10

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        guard (1...4000).contains(days), (0...64).contains(clients) else {
            throw CommandFailure.badInput("--days goes from 1 to 4000, --clients from 0 to 64")
        }
        let today = Int(Date().timeIntervalSince1970) / 86_400
        try withFinding(id, place) { store, row in
            guard
                let timeline = try store.attackTimeline(of: row.id, since: today - days + 1, clients: clients)
            else { throw CommandFailure.badInput("there is no finding \(id)") }
            switch output.format {
            case .text: StandardOutput.write(AttackTimelineOutput.text(timeline, days))
            case .json, .ndjson: StandardOutput.write(AttackTimelineOutput.json(timeline))
            }
        }
    }
}

/// `redoubt vuln correlate`.
struct VulnCorrelate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correlate",
        abstract: "Tie what the web firewall detected to open findings, and assess these by it.",
        discussion: """
            Takes in what was detected since the last time; findings that are new, and all where routes changed, are tied to \
            the detections of the last 30 days. Running it twice counts nothing twice.
            """
    )

    @Option(help: "The database of detections, as sqlite:PATH (default: insight.sqlite of the data folder).")
    var detections: String?

    @OptionGroup var place: AdvisoryStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let path = try detectionsPath
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure.badInput("\(path) is not there", hint: "a gateway that records makes it")
        }
        let store = try place.findings.open(isMade: false)
        do {
            let isDone = try CorrelationLock.hold(besideDatabase: try place.findings.path) {
                let insight = try InsightStore(path: path)
                let facts = try place.openIfThere()
                let start = ContinuousClock.now
                let outcome = try AttackCorrelator(store, DetectionFeed(insight), facts: facts).run(
                    now: Int(Date().timeIntervalSince1970)
                )
                try facts?.close()
                write(outcome, seconds: (ContinuousClock.now - start) / .seconds(1))
                try insight.close()
            }
            try store.close()
            guard isDone else {
                throw CommandFailure.couldNotRun(
                    "another process ties attacks to these findings now",
                    hint: "a server does it each minute by itself"
                )
            }
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("detections could not be tied to findings: \(error)")
        } catch let error as CorrelationError {
            throw error.commandFailure
        }
    }

    private var detectionsPath: String {
        get throws {
            guard let detections else { return place.findings.place.folder + "/insight.sqlite" }
            guard detections.hasPrefix("sqlite:"), detections.utf8.count > 7 else {
                throw CommandFailure.badInput("--detections wants sqlite:PATH, not \(detections)")
            }
            return String(detections.dropFirst("sqlite:".count))
        }
    }

    private func write(_ outcome: AttackCorrelator.Outcome, seconds: Double) {
        if let note = outcome.note { StandardError.write("redoubt: \(note)\n") }
        guard output.format == .text else {
            var json = JSONWriter()
            json.beginObject()
            for (name, count) in [
                ("detections", outcome.detections), ("attacks", outcome.attacks), ("changes", outcome.changes),
                ("tied", outcome.tied),
            ] {
                json.key(name)
                json.number(count)
            }
            json.key("seconds")
            json.number(seconds, decimals: 3)
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
            return
        }
        StandardOutput.write(
            "\(outcome.detections) detections read, \(outcome.attacks) attacks on findings counted, "
                + "\(outcome.changes) changes of findings, \(outcome.tied) findings tied to the last 30 days\n"
        )
    }
}

/// Hands a finding that a command names to a body, and turns what the store throws into what a command ends with.
func withFinding(
    _ name: String,
    _ place: FindingStoreOptions,
    _ body: (VulnerabilityStore, FindingRow) throws -> Void
) throws {
    guard let identifier = try? Identifier(parsing: name) else {
        throw CommandFailure.badInput("\(name) is no identifier", hint: "redoubt vuln list shows them")
    }
    let store = try place.open(isMade: false)
    do {
        guard let (row, _) = try store.finding(id: FindingRow.id(of: identifier)), row.identifier == identifier else {
            throw CommandFailure.badInput("there is no finding \(name)", hint: "redoubt vuln list shows them")
        }
        try body(store, row)
        try store.close()
    } catch let error as StorageError {
        throw CommandFailure.couldNotRun("the findings cannot be read or written: \(error)")
    } catch let error as CorrelationError {
        throw error.commandFailure
    }
}

extension CorrelationError {
    /// What a command ends with.
    var commandFailure: CommandFailure {
        switch code {
        case .badDocument, .noPatch, .badState: .badInput(message, hint: hint)
        case .file: .couldNotRun(message, hint: hint)
        }
    }
}

/// A timeline as commands write it.
enum AttackTimelineOutput {
    static func text(_ timeline: AttackTimeline, _ days: Int) -> String {
        let finding = timeline.finding
        var lines = [
            "\(finding.severity) \(finding.rule): \(finding.title)",
            "  priority \(finding.priority), \(finding.decision.name)"
                + (finding.due.map { ", due \(rfc3339(seconds: $0))" } ?? ""),
        ]
        if let assessment = timeline.assessment { lines.append("  \(assessment)") }
        guard !timeline.days.isEmpty else {
            return (lines + ["", "no attacks in the last \(days) days"]).joined(separator: "\n").shown + "\n"
        }
        for day in timeline.days {
            lines.append("")
            lines.append(
                "\(rfc3339(seconds: day.start).prefix(10))  \(day.attacks) attacks: \(day.blocked) blocked, "
                    + "\(day.letThrough) let through, of which \(day.mayHaveWorked) may have worked"
            )
            for rule in day.rules {
                lines.append("  \(rule.attacks)  rule \(rule.rule), \(rule.basis.words), such as \(rule.sample)")
            }
        }
        if !timeline.clients.isEmpty {
            lines += ["", "CLIENTS"]
            for client in timeline.clients {
                lines.append(
                    "  \(client.attacks)  \(client.client), \(client.blocked) blocked, last "
                        + rfc3339(seconds: client.lastTime)
                )
            }
        }
        if !timeline.patches.isEmpty {
            lines += ["", "VIRTUAL PATCHES"]
            lines += timeline.patches.map(\.line)
        }
        return lines.joined(separator: "\n").shown + "\n"
    }

    static func json(_ timeline: AttackTimeline) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("finding")
        timeline.finding.write(to: &json)
        json.key("attacks")
        json.number(timeline.finding.attacks)
        json.key("last_attack")
        json.stringOrNull(timeline.finding.lastAttack.map { rfc3339(seconds: $0) })
        json.key("decision")
        json.string(timeline.finding.decision.name)
        json.key("assessment")
        json.stringOrNull(timeline.assessment)
        json.key("days")
        json.beginArray()
        for day in timeline.days { write(day, &json) }
        json.endArray()
        json.key("clients")
        json.beginArray()
        for client in timeline.clients {
            json.beginObject()
            json.key("client")
            json.string(client.client)
            json.key("attacks")
            json.number(client.attacks)
            json.key("blocked")
            json.number(client.blocked)
            json.key("last")
            json.string(rfc3339(seconds: client.lastTime))
            json.endObject()
        }
        json.endArray()
        json.key("virtual_patches")
        json.beginArray()
        for patch in timeline.patches { patch.write(to: &json) }
        json.endArray()
        json.endObject()
        json.endLine()
        return json.bytes
    }

    private static func write(_ day: AttackTimeline.Day, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("day")
        json.string(String(rfc3339(seconds: day.start).prefix(10)))
        for (name, count) in [
            ("attacks", day.attacks), ("blocked", day.blocked), ("let_through", day.letThrough),
            ("may_have_worked", day.mayHaveWorked),
        ] {
            json.key(name)
            json.number(count)
        }
        json.key("rules")
        json.beginArray()
        for rule in day.rules {
            json.beginObject()
            json.key("rule")
            json.string(rule.rule)
            for (name, count) in [
                ("attacks", rule.attacks), ("blocked", rule.blocked), ("may_have_worked", rule.mayHaveWorked),
            ] {
                json.key(name)
                json.number(count)
            }
            json.key("tied_by")
            json.string(rule.basis.rawValue)
            json.key("detection")
            json.string(rule.sample)
            json.key("last")
            json.string(rfc3339(seconds: rule.lastTime))
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

extension String {
    /// Without what a terminal might take for a command.
    var shown: String {
        String(
            map { character in
                guard let value = character.unicodeScalars.first?.value else { return character }
                let isControl = value < 0x20 && value != 0x0A && value != 0x09 || (0x7F...0x9F).contains(value)
                return isControl ? "?" : character
            }
        )
    }
}
