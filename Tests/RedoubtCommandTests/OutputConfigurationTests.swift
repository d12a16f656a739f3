// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import EventBus
import Foundation
import Integrations
import Testing

@testable import redoubt

/// What the configuration file says of outputs.
struct OutputConfigurationTests {
    private func read(_ text: String) -> (outputs: [OutputSettings], problems: [ConfigurationProblem]) {
        let file = ConfigurationFile(text: text, path: "redoubt.yaml")
        var planner = OutputPlanner()
        let outputs = planner.plan(Settings(flags: [:], environment: [:], file: file).outputs)
        return (outputs, file.problems + planner.problems)
    }

    @Test func `reads all kinds of outputs`() throws {
        let secret = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID().uuidString)")
        try Data("whsec_x".utf8).write(to: secret)
        defer { try? FileManager.default.removeItem(at: secret) }
        let (outputs, problems) = read(
            """
            outputs:
              - file: /var/log/redoubt/events.ndjson
                events: [all]
                max_size: 10MiB
                keep: 2
              - syslog: tls://siem.example
                facility: audit
                severity: high
                queue: 1MiB
              - webhook: https://hooks.example/a
                secret_file: \(secret.path)
                name: chat
                attempts: 3
                timeout: 2s
                events: [detections, sign_ins]
              - webhook: https://hooks.example/b
                secret_env: HOOK
            """
        )
        #expect(problems == [])
        #expect(outputs.map(\.name) == ["file", "syslog", "chat", "webhook"])
        #expect(outputs.map(\.kind) == ["file", "syslog", "webhook", "webhook"])
        #expect(outputs[0].selection.topics == Set(OutputTopic.allCases))
        guard case .file(let file) = outputs[0].destination, case .syslog(let syslog) = outputs[1].destination,
            case .webhook(let chat) = outputs[2].destination
        else {
            Issue.record("other kinds")
            return
        }
        #expect(file.maximumBytes == 10 << 20 && file.keptFiles == 2)
        #expect(syslog.transport == .tls && syslog.port == 6514 && syslog.facility == 13)
        #expect(outputs[1].selection.severity == .high && outputs[1].queueBytes == 1 << 20)
        #expect(chat.attempts == 3 && chat.timeout == .seconds(2) && chat.secret == .file(secret.path))
        #expect(outputs[2].selection.topics == [.detections, .signIns])
        #expect(outputs[3].selection.topics == [.detections, .changes])
    }

    @Test(arguments: [
        ("outputs: {}", "expected a list"),
        ("outputs:\n  - events: [all]", "goes nowhere"),
        ("outputs:\n  - file: a\n    syslog: udp://h", "more than one place"),
        ("outputs:\n  - file: a\n    facilty: audit", "has no setting \"facilty\""),
        ("outputs:\n  - file: a\n    facility: audit", "is no setting of a file"),
        ("outputs:\n  - file: a\n    events: [detection]", "nothing that can be sent"),
        ("outputs:\n  - file: a\n    events: all", "expected a list"),
        ("outputs:\n  - file: a\n  - file: b", "is called file too"),
        ("outputs:\n  - syslog: h", "expected udp://HOST"),
        ("outputs:\n  - syslog: udp://h\n    facility: local9", "expected"),
        ("outputs:\n  - webhook: https://h/", "needs one secret"),
        ("outputs:\n  - webhook: https://h/\n    secret_file: /none", "cannot be read"),
        ("outputs:\n  - webhook: http://169.254.169.254/\n    secret_env: A", "link-local"),
        ("outputs:\n  - webhook: http://h/\n    secret_env: A", "https does not"),
        ("outputs:\n  - file: a\n    name: dead-letters", "expected 1 to 64 letters"),
        ("outputs:\n  - file: a\n    name: \"<b>\"", "expected 1 to 64 letters"),
        ("outputs:\n  - file: a\n    max_size: big", "expected a size"),
    ])
    func `says what is wrong`(text: String, message: String) {
        let problems = read(text).problems
        #expect(problems.contains { $0.message.contains(message) }, "\(problems.map(\.message))")
    }

    @Test func `names the nearest name`() {
        let problems = read("outputs:\n  - file: a\n    events: [detectons]").problems
        #expect(problems.first?.hint?.contains("detections") == true)
    }

    @Test func `shows an address without what may be secret`() {
        #expect(OutputPlanner.shown("https://hooks.example/T0/secret?x=1") == "https://hooks.example/\u{2026}")
        #expect(OutputPlanner.shown("https://hooks.example") == "https://hooks.example")
    }
}
