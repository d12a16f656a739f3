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
            --database the folder PATH.evidence beside the database. What people decide is not overwritten by scans.
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
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let now = Moment.now
                let act = try act.act(now: now)
                let store = try place.findings.open(isMade: false)
                let plan = try plan(act, store, now: now)
                guard !dryRun else {
                    write(plan, nil)
                    return try store.close()
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
                write(plan, result)
                try store.close()
            }
        }

        private func plan(_ act: TriageAct, _ store: VulnerabilityStore, now: Int) throws -> TriagePlan {
            guard ids.isEmpty != (filter == nil) else {
                throw CommandFailure.badInput("give either identifiers of findings or --filter EXPR")
            }
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

        private func write(_ plan: TriagePlan, _ result: TriageResult?) {
            guard output.format == .text else { return StandardOutput.write(json(plan, result)) }
            var lines: [String] = []
            if let result {
                lines.append(
                    "act \(result.act): \(plan.act.shown): \(result.changed) findings changed, \(result.unchanged) were so already"
                )
                lines.append("  undo: redoubt vuln triage undo \(result.act)")
            } else {
                lines.append("would \(plan.act.shown): \(plan.ids.count) findings")
                lines.append("  \(NamedCounts.text(plan.severities, order: NamedCounts.severities))")
                let states = ["needs_triage", "confirmed", "dismissed", "resolved"]
                lines.append("  \(NamedCounts.text(plan.states, order: states))")
                for project in plan.projects { lines.append("  \(project.count) in \(project.path)") }
                for row in plan.sample { lines.append("  \(row.textLine)") }
                if plan.ids.count > plan.sample.count {
                    lines.append("  ... \(plan.ids.count - plan.sample.count) more")
                }
            }
            StandardOutput.write(lines.joined(separator: "\n") + "\n")
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
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let store = try place.findings.open(isMade: false)
                try store.checkUndo(act)
                let record = store.undoRecord(act, comment: message, maker: maker.maker)
                try await TriageLedger(path: place.findings.evidencePath).write(record)
                let facts = try place.openIfThere()
                let result = try store.undo(act, maker: maker.maker, facts: facts, now: Moment.now)
                try facts?.close()
                try store.close()
                guard output.format == .text else {
                    return StandardOutput.write(
                        #"{"act":\#(act),"restored":\#(result.restored),"changed_since":\#(result.changedSince)}"#
                            + "\n"
                    )
                }
                StandardOutput.write(
                    "act \(act) is undone: \(result.restored) findings put back, \(result.changedSince) were changed since\n"
                )
            }
        }
    }

    struct Expire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open findings again whose risk was accepted until now, and take back ratings that are over; every import does that as well."
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
