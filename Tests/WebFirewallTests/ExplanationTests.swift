// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import SecLang
import Testing
import WebFirewall

struct RuleExplanationTests {
    private let rule = RuleDescription(
        id: 942_100,
        file: "/r/REQUEST-942.conf",
        line: 45,
        phase: 2,
        action: "block",
        message: "SQL Injection \u{1B}[0m",
        logData: "Matched %{MATCHED_VAR}",
        severity: 2,
        version: "OWASP_CRS/3.3.4",
        tags: ["attack-sqli", "paranoia-level/1"],
        links: [
            .init(
                variables: ["ARGS_NAMES", "&REQUEST_COOKIES", "ARGS:/^x/", "!REQUEST_COOKIES:/__utm/"],
                operatorName: "detectSQLi",
                transformations: ["utf8toUnicode", "urlDecodeUni"],
                setVariables: ["tx.sql_injection_score=+%{tx.critical_anomaly_score}", "tx.x=1"]
            ),
            .init(variables: ["TX:1"], operatorName: "rx", operatorArgument: "^a+$", isNegated: true),
        ]
    )

    @Test func `tells where, when, what and how to exclude`() {
        let text = RuleExplanation(rule).text
        for part in [
            "Rule 942100: SQL Injection \\x1b[0m", "/r/REQUEST-942.conf:45 (OWASP_CRS/3.3.4)", "phase 2",
            "names of parameters", "how many there are: values of cookies",
            "values of parameters (query and body) named like /^x/", "Except", "utf8toUnicode, then urlDecodeUni",
            "is SQL injection", "it is not so that it matches the regular expression ^a+$", "critical (2)", "level 1",
            "adds %{tx.critical_anomaly_score} to tx.sql_injection_score", "SecRuleRemoveById 942100",
            "SecRuleUpdateTargetById 942100 \"!ARGS_NAMES:NAME\"", "ctl:ruleRemoveTargetById=942100;ARGS_NAMES:NAME",
        ] {
            #expect(text.contains(part), "\(part) is missing in:\n\(text)")
        }
        #expect(!text.unicodeScalars.contains("\u{1B}"))
    }

    @Test func `writes the same as JSON`() throws {
        let json = try JSONReader.read(RuleExplanation(rule).json)
        #expect(json["rule"]?.integer == 942_100)
        #expect(json["paranoiaLevel"]?.integer == 1)
        #expect(json["scores"]?.elements?.count == 1)
        #expect(json["conditions"]?.elements?.count == 2)
        #expect(json["exclusions"]?.elements?.count == 4)
    }
}

struct DiagnosticReportTests {
    private func diagnostic(
        _ severity: Diagnostic.Severity,
        _ file: String,
        _ line: Int,
        _ column: Int,
        _ message: String,
        hint: String? = nil
    ) -> Diagnostic {
        let location = SourceLocation(file: file, line: line, column: column)
        return Diagnostic(severity: severity, location: location, message: message, hint: hint)
    }

    @Test func `points at the place`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("# a\n\tSecRule ARGS \"@foo x\" \"id:1\"\n", to: "a.conf")
        let diagnostics = [
            diagnostic(.error, file, 2, 16, "no such operator", hint: "use @rx"),
            diagnostic(.warning, file, 99, 1, "beyond"),
        ]
        let report = DiagnosticReport(diagnostics)
        #expect(
            report.text == "\(file):2:16: error: no such operator\n   SecRule ARGS \"@foo x\" \"id:1\"\n"
                + String(repeating: " ", count: 17) + "^\n  hint: use @rx\n\(file):99:1: warning: beyond\n"
        )
        #expect(report.summary(files: 1) == "1 file checked: 1 error, 1 warning")
        #expect(DiagnosticReport(diagnostics, usesColor: true).text.contains("\u{1B}[31;1merror"))
        let json = try JSONReader.read(report.json(files: 1))
        #expect(json["errors"]?.integer == 1)
        #expect(json["diagnostics"]?.elements?[0]["hint"]?.text == "use @rx")
        #expect(report.ndjson.split(separator: 10).count == 2)
    }

    @Test func `shows the part of a long line around the column`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            String(repeating: "x", count: 500) + "!" + String(repeating: "y", count: 500),
            to: "a.conf"
        )
        let report = DiagnosticReport([diagnostic(.error, file, 1, 501, "m")])
        let lines = report.text.split(separator: "\n")
        let caret = lines[2].count - 1
        #expect(lines[1].count < 140)
        #expect(Array(lines[1])[caret] == "!")
    }

    @Test func `survives columns beyond the line and files that are gone`() {
        let report = DiagnosticReport([
            diagnostic(.error, "/nonexistent", 1, 5, "m"),
            diagnostic(.error, "/etc/hostname", 1, 99_999, "m"),
            diagnostic(.error, "/etc/hostname", 0, 0, "m"),
        ])
        #expect(report.errors == 3)
        #expect(report.text.contains("/nonexistent:1:5: error: m"))
    }

    @Test func `finds rule files`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "b/two.conf")
        try folder.write("", to: "a.conf")
        try folder.write("", to: "x.data")
        let selection = RuleFileSelection.find([folder.path + "/", folder.path + "/x.data", "/nonexistent"])
        #expect(selection.files == [folder.path + "/a.conf", folder.path + "/b/two.conf", folder.path + "/x.data"])
        #expect(selection.unreadable == ["/nonexistent"])
    }
}
