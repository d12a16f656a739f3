// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Storage
import VulnerabilityManagement

/// `redoubt vuln triage`.
struct VulnTriage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triage",
        abstract: "Decide on findings: one, some, or all that a filter chooses.",
        discussion: """
            Every act is written into the evidence ledger before it takes effect: that of the data folder, or with \
            --database the folder PATH.evidence beside the database. Where a server has the data folder, or is named, it \
            does the act. What people decide is not overwritten by scans.
            """,
        subcommands: [Act.self, Undo.self, Expire.self],
        defaultSubcommand: Act.self
    )

    struct Act: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "act",
            abstract: "Confirm, dismiss, accept, resolve, reopen, assign, rate or comment (this is the default)."
        )

        @Argument(help: ArgumentHelp("Identifiers of findings.", valueName: "id"))
        var ids: [String] = []

        @Option(help: "The findings that this filter chooses, such as 'rule=B101 path:test/**'.")
        var filter: String?

        @OptionGroup var act: TriageActOptions

        @Flag(help: "Only show what would be changed.")
        var dryRun = false

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: AdvisoryStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let now = Moment.now
                let act = try act.act(now: now)
                let asked = try await server.ask(place.findings, by: maker) { try await ask($0, now: now) }
                if let asked { return write(asked) }
                let store = try place.findings.open(isMade: false)
                let plan = try plan(act, store, now: now)
                guard !dryRun else {
                    try store.close()
                    return write(try JSONValue.written(json(plan, nil)))
                }
                guard !plan.ids.isEmpty else {
                    throw CommandFailure.badInput(
                        "the filter chooses no finding",
                        hint: "redoubt vuln list --filter EXPR shows them"
                    )
                }
                try await TriageLedger(path: place.findings.evidencePath).write(plan.record(maker: maker.maker))
                let facts = try place.openIfThere()
                let result = try store.apply(plan, maker: maker.maker, facts: facts, now: now)
                try facts?.close()
                try store.close()
                write(try JSONValue.written(json(plan, result)))
            }
        }

        private func ask(_ api: APIConnection, now: Int) async throws -> JSONValue {
            guard ids.isEmpty != (filter == nil) else { throw Self.choice }
            let choice: [(String, JSONValue?)] = [
                ("findings", ids.isEmpty ? nil : .array(ids.map { JSONValue($0) })), ("filter", JSONValue(filter)),
                ("dry_run", dryRun ? .bool(true) : nil),
            ]
            return try await api.send("POST", "/triage/acts", choice + act.members(now: now))
        }

        private static let choice = CommandFailure.badInput("give either identifiers of findings or --filter EXPR")

        private func plan(_ act: TriageAct, _ store: VulnerabilityStore, now: Int) throws -> TriagePlan {
            guard ids.isEmpty != (filter == nil) else { throw Self.choice }
            if let filter {
                let filter = try FindingFilter(parsing: filter)
                // Mostly a variable of a script that is not set.
                guard filter.text.contains(where: { !$0.isWhitespace }) else {
                    throw CommandFailure.badInput(
                        "the filter is empty, which would choose everything",
                        hint: "say 'severity>=unknown' if that is meant"
                    )
                }
                return try store.plan(act, comment: self.act.message, on: filter, now: now)
            }
            let identifiers = try ids.map { text in
                guard let identifier = try? Identifier(parsing: text) else {
                    throw CommandFailure.badInput("\(text) is no identifier", hint: "redoubt vuln list shows them")
                }
                return identifier
            }
            return try store.plan(act, comment: self.act.message, on: identifiers, now: now)
        }

        private func write(_ outcome: JSONValue) {
            guard output.format == .text else { return StandardOutput.write(outcome.line) }
            let does = outcome["does"]?.text ?? ""
            let shown = TriageAct(text: does)?.shown ?? does
            let count = outcome["findings"]?.integer ?? 0
            var lines: [String] = []
            if let act = outcome["act"]?.integer {
                let (changed, unchanged) = (outcome["changed"]?.integer ?? 0, outcome["unchanged"]?.integer ?? 0)
                lines.append("act \(act): \(shown): \(changed) findings changed, \(unchanged) were so already")
                lines.append("  undo: redoubt vuln triage undo \(act)")
            } else {
                lines.append("would \(shown): \(count) findings")
                lines.append("  \(outcome["severities"]?.counts(NamedCounts.severities) ?? "")")
                let states = ["needs_triage", "confirmed", "dismissed", "resolved"]
                lines.append("  \(outcome["states"]?.counts(states) ?? "")")
                for project in outcome["projects"]?.elements ?? [] {
                    lines.append("  \(project.text(at: "findings")) in \(project.text(at: "path"))")
                }
                let sample = outcome["sample"]?.elements ?? []
                lines += sample.map { "  \($0.findingLine)" }
                if count > sample.count { lines.append("  ... \(count - sample.count) more") }
            }
            StandardOutput.write(lines.map(\.shownInOneLine).joined(separator: "\n") + "\n")
        }

        private func json(_ plan: TriagePlan, _ result: TriageResult?) -> [UInt8] {
            var json = JSONWriter()
            json.beginObject()
            if let result {
                json.key("act")
                json.number(Int(result.act))
                json.key("changed")
                json.number(result.changed)
                json.key("unchanged")
                json.number(result.unchanged)
            }
            json.key("dry_run")
            json.bool(result == nil)
            json.key("does")
            json.string(plan.act.text)
            json.key("findings")
            json.number(plan.ids.count)
            json.key("sha256")
            json.string(plan.hash)
            json.key("severities")
            NamedCounts.write(plan.severities, &json)
            json.key("states")
            NamedCounts.write(plan.states, &json)
            json.key("projects")
            json.beginArray()
            for project in plan.projects {
                json.beginObject()
                json.key("path")
                json.string(project.path)
                json.key("findings")
                json.number(project.count)
                json.endObject()
            }
            json.endArray()
            json.key("sample")
            json.beginArray()
            for row in plan.sample { row.write(to: &json) }
            json.endArray()
            json.endObject()
            json.endLine()
            return json.bytes
        }
    }

    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put back what an act changed, where nobody changed it since."
        )

        @Argument(help: "The act's number.")
        var act: Int64

        @Option(name: .shortAndLong, help: "Why, for those who ask later.")
        var message: String = ""

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: AdvisoryStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let asked = try await server.ask(place.findings, by: maker) { api in
                    let reason = message.isEmpty ? nil : JSONValue(message)
                    return try await api.send("POST", "/triage/acts/\(act)/undo", [("reason", reason)])
                }
                if let asked {
                    return write(asked["restored"]?.integer ?? 0, changedSince: asked["changed_since"]?.integer ?? 0)
                }
                let store = try place.findings.open(isMade: false)
                try store.checkUndo(act)
                let record = store.undoRecord(act, comment: message, maker: maker.maker)
                try await TriageLedger(path: place.findings.evidencePath).write(record)
                let facts = try place.openIfThere()
                let result = try store.undo(act, maker: maker.maker, facts: facts, now: Moment.now)
                try facts?.close()
                try store.close()
                write(result.restored, changedSince: result.changedSince)
            }
        }

        private func write(_ restored: Int, changedSince: Int) {
            StandardOutput.write(
                output.format == .text
                    ? "act \(act) is undone: \(restored) findings put back, \(changedSince) were changed since\n"
                    : #"{"act":\#(act),"restored":\#(restored),"changed_since":\#(changedSince)}"# + "\n"
            )
        }
    }

    struct Expire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Open findings again whose risk was accepted until now, and take back ratings that are over; every import does that as well."
        )

        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let store = try place.open(isMade: false)
                let count = try store.expire(now: Moment.now)
                try store.close()
                StandardOutput.write(
                    output.format == .text ? "\(count) findings are open again\n" : #"{"reopened":\#(count)}"# + "\n"
                )
            }
        }
    }
}
