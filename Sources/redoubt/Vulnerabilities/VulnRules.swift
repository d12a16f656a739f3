// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Storage
import VulnerabilityManagement

/// `redoubt vuln rules`.
struct VulnRules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Decisions that hold for all findings that a filter chooses, now and to come.",
        discussion: """
            Rules are asked in the order in which they were added, inside of each import, for what is new or has changed; \
            the first that chooses a finding decides. What a person decided is left alone.
            """,
        subcommands: [Add.self, List.self, Test.self, Remove.self]
    )

    /// A rule as commands take it.
    struct RuleOptions: ParsableArguments {
        @Option(help: "The filter, such as 'cve=CVE-2020-8203 project:shop/**'.")
        var filter: String

        @OptionGroup var act: TriageActOptions

        @Option(help: "From when on it does nothing any more: 90d, 2027-01-31 or RFC 3339.")
        var expires: String?

        func rule(_ name: String, maker: String, comment: String? = nil, now: Int) throws -> TriageRule {
            let rule = TriageRule(
                name: name,
                filter: filter,
                act: try act.act(now: now),
                comment: comment ?? act.message,
                maker: maker,
                created: now,
                expires: try expires.map { try Moment.seconds($0, "--expires", now: now) }
            )
            try rule.check(now: now)
            return rule
        }

        /// What the API is told.
        func members(now: Int) throws -> [(String, JSONValue?)] {
            let end = try expires.map { rfc3339(seconds: try Moment.seconds($0, "--expires", now: now)) }
            return [("filter", JSONValue(filter)), ("expires", JSONValue(end))] + (try act.members(now: now))
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a rule, and apply it to all findings.")

        @Argument(help: "Its name.")
        var name: String

        @OptionGroup var rule: RuleOptions
        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: AdvisoryStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let now = Moment.now
                let asked = try await server.ask(place.findings, by: maker) { api in
                    let named: [(String, JSONValue?)] = [("name", JSONValue(name))]
                    return try await api.send("POST", "/triage/rules", named + self.rule.members(now: now))
                }
                if let asked { return write(asked["changed"]?.integer ?? 0) }
                let store = try place.findings.open(isMade: false)
                let rule = try rule.rule(name, maker: maker.maker, now: now)
                guard try !store.triageRules().contains(where: { $0.name == name }) else {
                    throw CommandFailure.badInput("there is a rule \(name)", hint: "redoubt vuln rules remove \(name)")
                }
                let count = try store.test(rule, now: now).count
                let record = rule.record(isAdded: true, maker: maker.maker, findings: count)
                try await TriageLedger(path: place.findings.evidencePath).write(record)
                let facts = try place.openIfThere()
                let changed = try store.add(rule, facts: facts, now: now)
                try facts?.close()
                try store.close()
                write(changed)
            }
        }

        private func write(_ changed: Int) {
            StandardOutput.write(
                output.format == .text
                    ? "the rule \(name) holds: \(changed) findings changed\n" : #"{"changed":\#(changed)}"# + "\n"
            )
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the rules.")

        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let asked = try await server.ask(place, onlyNamed: true) { try await $0.get("/triage/rules") }
                if let asked { return write(asked) }
                let store = try place.open(isMade: false)
                let rules = try store.triageRules()
                try store.close()
                write(try JSONValue.written(json(rules)))
            }
        }

        private func write(_ rules: JSONValue) {
            guard output.format == .text else { return StandardOutput.write(rules.line) }
            let lines = (rules.elements ?? []).map { rule in
                let act = rule.text(at: "act")
                let end = rule["expires"]?.text.map { ", until \($0)" } ?? ""
                return "\(rule.text(at: "name"))  \(TriageAct(text: act)?.shown ?? act)  \(rule.text(at: "filter"))  "
                    + "(\(rule.text(at: "by"))\(end)) \(rule.text(at: "comment"))"
            }
            let all = lines.map(\.shownInOneLine) + ["\(lines.count) rules"]
            StandardOutput.write(all.joined(separator: "\n") + "\n")
        }

        private func json(_ rules: [TriageRule]) -> [UInt8] {
            var json = JSONWriter()
            json.beginArray()
            for rule in rules {
                json.beginObject()
                for (name, value) in [
                    ("name", rule.name), ("filter", rule.filter), ("act", rule.act.text), ("comment", rule.comment),
                    ("by", rule.maker), ("created", rfc3339(seconds: rule.created)),
                ] {
                    json.key(name)
                    json.string(value)
                }
                json.key("expires")
                json.stringOrNull(rule.expires.map { rfc3339(seconds: $0) })
                json.endObject()
            }
            json.endArray()
            json.endLine()
            return json.bytes
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say what a rule would change, without adding it.")

        @OptionGroup var rule: RuleOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let now = Moment.now
                let asked = try await server.ask(place, onlyNamed: true) { api in
                    try await api.send("POST", "/triage/rule-tests", self.rule.members(now: now))
                }
                if let asked { return write(asked, try self.rule.act.act(now: now)) }
                let store = try place.open(isMade: false)
                let rule = try rule.rule("test", maker: "", comment: "test", now: now)
                let result = try store.test(rule, now: now)
                try store.close()
                write(try JSONValue.written(json(result.count, result.sample)), rule.act)
            }
        }

        private func write(_ result: JSONValue, _ act: TriageAct) {
            guard output.format == .text else { return StandardOutput.write(result.line) }
            StandardOutput.write("would \(act.shown): \(result.text(at: "findings")) findings\n")
            for row in result["sample"]?.elements ?? [] { StandardOutput.write("  \(row.findingLine)\n") }
        }

        private func json(_ count: Int, _ sample: [FindingRow]) -> [UInt8] {
            var json = JSONWriter()
            json.beginObject()
            json.key("findings")
            json.number(count)
            json.key("sample")
            json.beginArray()
            for row in sample { row.write(to: &json) }
            json.endArray()
            json.endObject()
            json.endLine()
            return json.bytes
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a rule; what it did stays.")

        @Argument(help: "Its name.")
        var name: String

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions

        func run() async throws {
            try await withTriageErrors {
                let asked = try await server.ask(place, by: maker) { api in
                    try await api.send("DELETE", "/triage/rules/\(name.pathSegment)", [])
                }
                guard asked == nil else { return StandardOutput.write("the rule \(name) is removed\n") }
                let store = try place.open(isMade: false)
                guard let rule = try store.triageRules().first(where: { $0.name == name }) else {
                    throw CommandFailure.badInput("there is no rule \(name)", hint: "redoubt vuln rules list")
                }
                let record = rule.record(isAdded: false, maker: maker.maker, findings: 0)
                try await TriageLedger(path: place.evidencePath).write(record)
                _ = try store.removeTriageRule(name)
                try store.close()
                StandardOutput.write("the rule \(name) is removed\n")
            }
        }
    }
}
