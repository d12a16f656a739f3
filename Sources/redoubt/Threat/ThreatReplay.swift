// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import FalcoRules
import SigmaRules
import ThreatDetection

/// `redoubt threat replay`.
struct ThreatReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run rules over what was recorded: captures, audit events, logs.",
        discussion: """
            Every rule is evaluated for every event. With Falco rules each alert is a line in Falco's form; with Sigma rules \
            each match names the rule and the number of the event, counted from 0.

              redoubt threat replay --rules falco_rules.yaml incident.scap
              redoubt threat replay --rules k8s_audit_rules.yaml --source k8s_audit audit.json
              redoubt threat replay --sigma rules/linux --events events.ndjson \
            --logsource product=linux,category=process_creation
            """
    )

    @Option(help: "A file of Falco rules, or a folder of them; may be repeated, the order counts.")
    var rules: [String] = []

    @Option(help: "What the files hold: syscall (captures), k8s_audit, gitlab or github (JSON).")
    var source = "syscall"

    @Option(help: "A file of Sigma rules, or a folder of them; may be repeated.")
    var sigma: [String] = []

    @Option(help: "For Sigma rules: a file of events, a JSON object in each line.")
    var events: [String] = []

    @Option(help: "What the events of --events are of, such as product=linux,category=process_creation.")
    var logsource: String?

    @Argument(help: "Captures (.scap, packed by gzip or not), or files of audit events.")
    var files: [String] = []

    @Option(help: "How to write the alerts.")
    var format: OutputFormat = .text

    func validate() throws {
        guard rules.isEmpty != sigma.isEmpty else { throw ValidationError("give --rules or --sigma") }
        guard rules.isEmpty || !files.isEmpty else { throw ValidationError("give a capture or a file of events") }
        guard sigma.isEmpty || !events.isEmpty else { throw ValidationError("give --events and a file of events") }
    }

    func run() throws {
        try withThreatErrors {
            guard sigma.isEmpty else { return try replaySigma() }
            let loaded = try FalcoRuleFiles(rules)
            if let error = loaded.firstError {
                throw CommandFailure.badInput(error, hint: "redoubt threat check \(rules.joined(separator: " "))")
            }
            guard let program = loaded.program(of: source) else {
                throw CommandFailure.badInput(
                    "the source \(source) is unknown",
                    hint: "known are syscall, k8s_audit, gitlab and github"
                )
            }
            if source == "syscall" { try replayCaptures(program) } else { try replayAudit(program) }
        }
    }

    private func replayCaptures(_ program: RuleProgram) throws {
        var lines = LineOutput()
        defer { lines.flush() }
        for file in files {
            var detector = try CaptureDetector(file, program: program)
            try detector.run { alert, _ throws(ThreatError) in lines.line(text(alert)) }
        }
    }

    private func replayAudit(_ program: RuleProgram) throws {
        var lines = LineOutput()
        defer { lines.flush() }
        var detector = try AuditDetector(source: source, program: program)
        for file in files {
            try detector.run(file) { alert throws(ThreatError) in lines.line(text(alert)) }
        }
        for warning in detector.warnings { StandardError.write("redoubt: \(warning)\n") }
    }

    private func text(_ alert: Alert) -> [UInt8] {
        format == .text ? Array(alert.line.utf8) : alert.json
    }

    private func replaySigma() throws {
        let loaded = try SigmaRuleFiles(sigma)
        for diagnostic in loaded.errors { StandardError.write("redoubt: \(diagnostic)\n") }
        let source: LogSource
        do {
            source = try LogSource(parsing: logsource ?? "")
        } catch {
            throw CommandFailure.badInput("--logsource: \(error)")
        }
        let replay = SigmaReplay(loaded.set, source: source)
        var lines = LineOutput()
        defer { lines.flush() }
        for file in events {
            try replay.run(file) { match in
                let rule = loaded.set.rules[match.rule]
                lines.line(format == .text ? Self.text(rule, match) : Self.json(rule, match))
            }
        }
        for warning in replay.warnings { StandardError.write("redoubt: \(warning)\n") }
    }

    private static func text(_ rule: SigmaRule, _ match: SigmaMatch) -> [UInt8] {
        Array("event \(match.event): \(rule.level?.rawValue ?? "unknown") \(rule.title)".utf8)
    }

    private static func json(_ rule: SigmaRule, _ match: SigmaMatch) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("rule_id")
        json.stringOrNull(rule.id)
        json.key("title")
        json.string(rule.title)
        json.key("level")
        json.stringOrNull(rule.level?.rawValue)
        json.key("event_index")
        json.number(match.event)
        json.endObject()
        return json.bytes
    }
}
