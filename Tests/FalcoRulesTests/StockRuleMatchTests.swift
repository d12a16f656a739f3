// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import TestSupport
import Testing

@testable import FalcoRules

/// The stock rules on events that are made for them.
@Suite(.enabled(if: TestData.available("threat/falco-rules", for: "StockRuleMatchTests")))
struct StockRuleMatchTests {
    typealias Value = TableFieldReader.Value

    private static let program: RuleProgram? = {
        var loader = RuleLoader(sources: TestSources.all)
        for file in StockRuleTests.files {
            _ = try? TestSources.load("falco-rules/\(file)", into: &loader)
        }
        return RuleProgram(loader, source: "syscall")
    }()

    private static let opened: [String: Value] = [
        "evt.is_open_read": .bool(true), "evt.is_open_write": .bool(false), "fd.num": .signed(3),
        "fd.typechar": .text("f"),
        "fd.name": .text("/etc/shadow"), "fd.directory": .text("/etc"), "fd.filename": .text("shadow"),
        "proc.name": .text("cat"), "proc.pname": .text("bash"), "proc.cmdline": .text("cat /etc/shadow"),
        "proc.exepath": .text("/usr/bin/cat"), "user.name": .text("root"), "container.id": .text("host"),
        "proc.aname[2]": .text("sshd"),
    ]
    private static let shell: [String: Value] = [
        "container.id": .text("3ad7b26ded6d"), "proc.name": .text("bash"), "proc.tty": .unsigned(34_816),
        "proc.pname": .text("runc"), "evt.res": .text("SUCCESS"), "evt.arg.flags": .text("EXE_WRITABLE"),
        "container.image.repository": .text("docker.io/library/app"), "proc.cmdline": .text("bash"),
        "container.start_ts": .unsigned(1),
    ]

    private func fired(
        _ values: [String: Value],
        _ type: String,
        changing: [String: Value?] = [:]
    ) throws -> Set<String> {
        let program = try #require(Self.program)
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        var values = values
        for (name, value) in changing {
            values[name] = value
        }
        reader.read(values, eventType: MatcherFixture.eventType(type), processStamp: 1)
        let count = matcher.match(&reader)
        let names = Set((0..<count).map { program.rules[matcher.match($0)].name })
        for (place, rule) in program.rules.enumerated() {
            #expect(matcher.explain(place, &reader).holds == names.contains(rule.name), "\(rule.name)")
        }
        return names
    }

    @Test
    func `reading the shadow file is told, unless a trusted program does it`() throws {
        #expect(try fired(Self.opened, "openat").contains("Read sensitive file untrusted"))
        #expect(
            try !fired(Self.opened, "openat", changing: ["proc.name": .text("sshd")])
                .contains("Read sensitive file untrusted")
        )
        #expect(
            try !fired(Self.opened, "openat", changing: ["fd.name": .text("/etc/hosts")])
                .contains("Read sensitive file untrusted")
        )
        #expect(
            try !fired(Self.opened, "openat", changing: ["fd.num": .signed(-2)])
                .contains("Read sensitive file untrusted")
        )
        #expect(try fired(Self.opened, "close").isEmpty)
    }

    @Test
    func `a shell with a terminal in a container is told`() throws {
        #expect(try fired(Self.shell, "execve").contains("Terminal shell in container"))
        #expect(
            try !fired(Self.shell, "execve", changing: ["container.id": .text("host")])
                .contains("Terminal shell in container")
        )
        #expect(
            try !fired(Self.shell, "execve", changing: ["proc.tty": .unsigned(0)])
                .contains("Terminal shell in container")
        )
    }

    @Test
    func `removing a shell history is told`() throws {
        let event: [String: Value] = [
            "evt.arg.name": .text("/root/.bash_history"), "evt.arg.path": .text("/root/.bash_history"),
            "proc.name": .text("rm"), "container.id": .text("host"), "evt.res": .text("SUCCESS"),
            "fd.name": .text("/root/.bash_history"),
        ]
        #expect(try fired(event, "unlinkat").contains("Delete or rename shell history"))
    }
}
