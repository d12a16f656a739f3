// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import Testing

@Suite struct RuleSyntaxTests {
    /// The first error of rules that must not load, as `line:column: message`.
    private func failure(_ text: String, files: [String: String] = [:]) -> String {
        do {
            _ = try RuleHarness.compile(text, files: files)
            return "loaded"
        } catch {
            guard let first = error.first else { return "no error" }
            return "\(first.location.line):\(first.location.column): \(first.message)"
        }
    }

    @Test(arguments: [
        ("SecRule ARGS \"@rx a\" \"id:1,phase:9,pass\"", "1:34: 9 is no phase"),
        ("SecRule ARGX \"@rx a\" \"id:1\"", "1:9: unknown variable ARGX"),
        ("SecRule ARGS|REQUEST_URI:a \"@rx a\" \"id:1\"", "1:25: REQUEST_URI is a single value"),
        ("SecRule ARGS \"@rxx a\" \"id:1\"", "1:15: unknown operator @rxx"),
        ("SecRule ARGS \"@rx (a\" \"id:1\"", "1:21: the regular expression does not compile"),
        ("SecRule ARGS \"@rx a\" \"id:1,t:lowercse\"", "1:30: unknown transformation lowercse"),
        ("SecRule ARGS \"@rx a\" \"id:1,frobnicate\"", "1:28: Expecting an action, got:  frobnicate"),
        ("SecRule ARGS \"@rx a\" \"pass\"", "1:1: a rule needs an id"),
        ("SecRule ARGS \"@rx a\" \"id:1\"\nSecRule ARGS \"@rx a\" \"id:1\"", "2:1: Rule id: 1 is duplicated"),
        ("SecRule ARGS \"@rx a", "1:14: this quoted argument has no closing quote"),
        ("SecFoo On", "1:1: unknown directive SecFoo"),
        ("SecRuleEngine Maybe", "1:15: expected On, Off or DetectionOnly"),
        ("SecRuleScript a.lua", "1:15: SecRuleScript is off: rules may not start programs"),
        ("SecRule ARGS \"@inspectFile a\" \"id:1\"", "1:28: @inspectFile is off"),
        ("SecRule ARGS \"@rx a\" \"id:1,exec:/bin/sh\"", "1:28: exec is off"),
        ("SecRule ARGS \"@ipMatch 1.2.3\" \"id:1\"", "1:"),
        ("SecRule ARGS \"@pmFromFile none.data\" \"id:1\"", "1:27: Failed to open file: none.data"),
        ("SecDefaultAction \"phase:2,log\"", "1:1: SecDefaultAction must specify a disruptive action."),
        ("<IfModule x>", "1:1: <IfModule is a section of Apache"),
        ("SecRule ARGS \"@rx a\" \"id:1,chain\"\nSecAction \"id:2,deny\"", "2:1: Disruptive actions can only"),
        ("SecRule ARGS \"@rx a\" \"id:1,ctl:nothing=On\"", "1:32: unknown ctl option nothing"),
        ("SecRule ARGS \"@rx a\" \"id:1,setvar:args.x=1\"", "1:35: ARGS cannot be written"),
        ("Include missing.conf", "1:9: missing.conf: Not able to open file."),
    ])
    func `names the place and the fault`(text: String, expected: String) {
        let found = failure(text)
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test func `suggests the nearest name`() throws {
        let error = #expect(throws: SecLangError.self) {
            try RuleHarness.compile("SecRule ARGSS \"@rx a\" \"id:1\"")
        }
        #expect(error?.first?.hint == "did you mean ARGS?")
    }

    @Test func `reports every fault of a file at once`() {
        let error = #expect(throws: SecLangError.self) {
            try RuleHarness.compile("SecFoo On\nSecRule X \"a\" \"id:1\"\nSecBar Off")
        }
        #expect(error?.diagnostics.filter { $0.severity == .error }.map(\.location.line) == [1, 2, 3])
    }

    @Test func `places faults of continued lines in the line where they stand`() {
        let text = "SecRule ARGS \"@rx a\" \\\n    \"id:1,\\\n    phase:2,\\\n    frobnicate\""
        #expect(failure(text).hasPrefix("4:5: Expecting an action"))
    }

    @Test func `reads continuation lines, comments and quotes as Apache does`() throws {
        let rules = try RuleHarness.compile(
            """
            # a comment \\
            SecFoo is still the comment
            SecRule ARGS "@rx \\"quoted\\" and \\\\d" \\
                "id:7,\\
                msg:'it\\'s, here',pass"
            """
        )
        let summary = try #require(rules.summary(of: 7))
        #expect(summary.links[0].operatorArgument == "\"quoted\" and \\d")
        #expect(summary.message == "it's, here")
    }

    @Test func `includes files by pattern in the order of their names`() throws {
        let rules = try RuleHarness.compile(
            "Include rules/*.conf",
            files: [
                "rules/b.conf": "SecAction \"id:2,pass\"", "rules/a.conf": "SecAction \"id:1,pass\"",
                "rules/c.txt": "SecAction \"id:3,pass\"",
            ]
        )
        #expect(rules.ruleIDs == [1, 2])
    }

    @Test func `stops files that include themselves`() {
        #expect(failure("Include a.conf", files: ["a.conf": "Include a.conf"]).contains("deep"))
    }

    @Test func `warns of directives that change nothing here`() throws {
        let rules = try RuleHarness.compile("SecTmpDir /tmp")
        #expect(rules.warnings.count == 1)
        #expect(rules.warnings.first?.severity == .warning)
    }

    /// A crash names the seed as the argument that was running.
    @Test(arguments: UInt64(1)...8)
    func `never crashes on damaged rules`(seed: UInt64) {
        let intact = """
            SecRule ARGS|!ARGS:/a|b/|&TX:x "!@rx (?i)a\\\\b" "id:1,phase:2,t:none,t:urlDecodeUni,chain,setvar:'tx.a=+%{tx.b}'"
            SecRule REQUEST_HEADERS:'/^x-/' "@pm a b |41|" "ctl:ruleRemoveTargetById=1-5;ARGS:x,skipAfter:END"
            """
        let bytes = Array(intact.utf8)
        var generator = SeededGenerator(seed: seed)
        for number in 0..<250 {
            var copy = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<copy.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: copy[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: copy.remove(at: index)
                default: copy.insert(copy[Int.random(in: 0..<copy.count, using: &generator)], at: index)
                }
            }
            let compiler = RuleSetCompiler()
            compiler.add(text: String(decoding: copy, as: UTF8.self), name: "damaged.conf")
            // Either it loads, or it says why.
            do {
                _ = try compiler.finish()
            } catch {
                #expect(error.first != nil, "seed \(seed), case \(number): \(copy)")
            }
        }
    }
}
