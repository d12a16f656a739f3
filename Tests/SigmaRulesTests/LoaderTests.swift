// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SigmaRules
import Testing

struct LoaderTests {
    private static let sound = Rules.text("a:\n    f: x\ncondition: a")

    @Test func `one bad document does not lose the others`() {
        let text = Self.sound + "---\ntitle: [\n---\n" + Self.sound + "...\n---\n# nothing\n---\n" + Self.sound
        let (set, diagnostics) = Rules.compile(text)
        #expect(set.rules.count == 3)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.code == .yaml)
        #expect(set.rules.map(\.line).sorted() == set.rules.map(\.line))
    }

    @Test func `lines are those of the file`() {
        let text = Self.sound + "---\n" + Rules.text("a:\n    f|nonsense: x\ncondition: a")
        let (_, diagnostics) = Rules.compile(text)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(diagnostics.count == 1)
        guard let diagnostic = diagnostics.first else { return }
        #expect(lines[diagnostic.line - 1].contains("nonsense"))
        #expect(diagnostic.column == 9)
        #expect(diagnostic.description.hasPrefix("0.yml:\(diagnostic.line):9: error: "))
        #expect(diagnostic.rule == "a test")
    }

    @Test func `what a rule says about itself is kept`() {
        let extra = """
            id: 1b2c
            name: some_name
            author: A. Writer, B. Writer
            license: DRL-1.1
            level: high
            status: test
            description: |
                two
                lines
            references: [https://example.org/a]
            tags:
                - attack.execution
                - attack.t1059.004
                - cve.2021-1
            falsepositives:
                - Unlikely
            fields: [Image]
            date: 2025-01-02
            custom: {anything: 1}
            """
        let (set, diagnostics) = Rules.compile(Rules.text("a:\n    f: x\ncondition: a", extra: extra))
        #expect(diagnostics == [])
        guard let rule = set.rules.first else { return }
        #expect(rule.id == "1b2c" && rule.name == "some_name" && rule.level == .high && rule.license == "DRL-1.1")
        #expect(rule.author == "A. Writer, B. Writer" && rule.details == "two\nlines\n" && rule.date == "2025-01-02")
        #expect(rule.techniques == ["T1059.004"] && rule.references == ["https://example.org/a"])
        #expect(rule.falsePositives == ["Unlikely"] && rule.fields == ["Image"])
    }

    @Test(arguments: [
        ("- a\n- b", "a mapping"), ("id: 5", "\"title\""), ("title: x", "\"detection\""),
        ("title: x\ndetection: {}", "\"logsource\""), ("title: x\nlogsource: {product: p}\ndetection: 5", "a mapping"),
        ("title: x\nlogsource: {product: p}\ndetection: {condition: a}", "no search identifier"),
        ("title: x\nlogsource: {product: p}\ndetection: {a: {f: x}}", "\"condition\""),
        ("title: x\nlogsource: [p]\ndetection: {a: {f: x}, condition: a}", "a log source"),
        ("title: x\nlogsource: {product: p}\ndetection: {a: {}, condition: a}", "no members"),
        ("title: x\ntitle: y", "stands twice"),
        ("title: x\nlogsource: {product: p}\ndetection: {a: , condition: a}", "a search identifier is"),
    ])
    func `a document that is no rule is refused with what was expected`(text: String, reason: String) {
        let (set, diagnostics) = Rules.compile(text)
        #expect(set.rules.isEmpty)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.message.contains(reason) == true, "\(diagnostics)")
        #expect(diagnostics.first.map { $0.line > 0 } == true)
    }

    @Test func `hostile files are bounded`() {
        let files: [(String, [UInt8])] = [
            ("not UTF-8", Array("title: a\nid: ".utf8) + [0xFF, 0xFE]),
            ("brackets", Array(String(repeating: "[", count: 100_000).utf8)),
            ("dashes", Array(String(repeating: "- ", count: 100_000).utf8)),
            ("aliases", Array(Self.aliases.utf8)),
            ("large", [UInt8](repeating: 0x20, count: (16 << 20) + 1)),
        ]
        for (name, bytes) in files {
            let (set, diagnostics) = SigmaRuleSet.compile([SigmaFile(name: name, bytes: bytes)])
            #expect(set.rules.isEmpty)
            #expect(diagnostics.count == 1, "\(name): \(diagnostics.prefix(3))")
        }
    }

    private static let aliases = (1..<20).reduce("a0: &a0 [x,x,x,x,x,x,x,x,x]\n") { text, level in
        let list = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
        return text + "a\(level): &a\(level) [\(list)]\n"
    }

    @Test func `the same id twice is told`() {
        let rule = Rules.text("a:\n    f: x\ncondition: a", extra: "id: same")
        let (set, diagnostics) = Rules.compile(rule, rule)
        #expect(set.rules.count == 2)
        #expect(diagnostics.map(\.code) == [.duplicate])
        #expect(diagnostics.first?.severity == .warning)
    }

    @Test func `filters leave out, in either way of saying so`() throws {
        let rule = Rules.text("a:\n    f: x\ncondition: a", extra: "id: r1")
        let other = Rules.text("a:\n    f: x\ncondition: a", extra: "id: r2")
        for condition in ["selection", "not selection", "not (selection)", "not 1 of selection*"] {
            let filter = """
                title: filter
                logsource: {product: test}
                filter:
                    rules: [r1, nowhere]
                    selection:
                        User|startswith: adm_
                    condition: \(condition)
                """
            let (set, diagnostics) = Rules.compile(rule, other, filter)
            #expect(diagnostics.map(\.severity) == [.warning])
            #expect(set.rules.count == 2)
            let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
            #expect(try Rules.match(matcher, #"{"f":"x","User":"adm_joe"}"#) == [1], "\(condition)")
            #expect(try Rules.match(matcher, #"{"f":"x","User":"joe"}"#) == [0, 1], "\(condition)")
        }
    }

    @Test func `a filter is for rules of its log source`() throws {
        let rule = Rules.text("a:\n    f: x\ncondition: a", extra: "id: r1")
        let filter = "title: f\nlogsource: {product: other}\nfilter: {rules: [r1], s: {f: x}, condition: s}"
        let (set, _) = Rules.compile(rule, filter)
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        #expect(try Rules.match(matcher, #"{"f":"x"}"#) == [0])
        let any = "title: f\nlogsource: {product: test}\nfilter: {rules: any, s: {f: x}, condition: not s}"
        let (filtered, _) = Rules.compile(rule, any)
        #expect(try Rules.match(SigmaMatcher(SigmaProgram(filtered, logSource: nil)), #"{"f":"x"}"#) == [])
    }

    @Test func `fields of our own sources stand for those of rules`() throws {
        let rule = """
            title: t
            logsource: {product: linux, category: process_creation}
            detection:
                s: {Image|endswith: /nc, CommandLine|contains: ' -e '}
                condition: s
            """
        let (set, _) = Rules.compile(rule)
        let source = try LogSource(parsing: "product=linux,category=process_creation")
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: source))
        #expect(try Rules.match(matcher, #"{"proc":{"exepath":"/bin/nc","cmdline":"nc -e /bin/sh"}}"#) == [0])
        #expect(try Rules.match(matcher, #"{"proc.exepath":"/bin/nc","CommandLine":"nc -e /bin/sh"}"#) == [0])
        #expect(SigmaProgram(set, logSource: try LogSource(parsing: "product=windows")).ruleCount == 0)
        #expect(throws: LogSourceError.self) { try LogSource(parsing: "kind=x") }
    }
}
