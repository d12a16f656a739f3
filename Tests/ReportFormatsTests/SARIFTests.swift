// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import TestSupport
import Testing

@testable import ReportFormats

struct SARIFTests {
    private func log(_ results: String, rules: String = "[]", extra: String = "") -> String {
        """
        {"version":"2.1.0","runs":[{"results":[\(results)],\(extra)
        "tool":{"driver":{"name":"T","version":"1.2","rules":\(rules)}}}]}
        """
    }

    private func first(_ results: String, rules: String = "[]", extra: String = "") throws -> ReportedFinding {
        try #require(try Reading(log(results, rules: rules, extra: extra)).findings.first)
    }

    @Test(arguments: [
        (#""level":"error""#, "{}", ReportedSeverity.high), (#""x":1"#, "{}", .medium),
        (#""level":"note""#, "{}", .low),
        (#""x":1"#, #"{"defaultConfiguration":{"level":"error"}}"#, .high),
        (#""level":"note""#, #"{"properties":{"security-severity":"9.8"}}"#, .critical),
        (#""level":"note""#, #"{"properties":{"security-severity":5}}"#, .medium),
        (#""x":1"#, #"{"properties":{"security-severity":"High"}}"#, .high),
    ])
    func `the severity comes from score, level and rule`(
        result: String,
        rule: String,
        severity: ReportedSeverity
    ) throws {
        let rules = "[" + rule.replacing("{", with: #"{"id":"R","#, maxReplacements: 1).replacing(",}", with: "}") + "]"
        #expect(try first(#"{"ruleId":"R",\#(result)}"#, rules: rules).severity == severity)
    }

    @Test func `an override of the invocation sets the level`() throws {
        let extra =
            #""invocations":[{"executionSuccessful":true,"ruleConfigurationOverrides":[{"descriptor":{"id":"R"},"configuration":{"level":"error"}}]}],"#
        #expect(try first(#"{"ruleId":"R"}"#, rules: #"[{"id":"R"}]"#, extra: extra).severity == .high)
    }

    @Test(arguments: ["pass", "open", "review", "notApplicable", "informational"])
    func `results that are no failures are no findings`(kind: String) throws {
        #expect(try Reading(log(#"{"ruleId":"R","kind":"\#(kind)"}"#)).findings.isEmpty)
    }

    @Test func `rules are found by id, by its first part and by index`() throws {
        let rules = #"[{"id":"CA1","name":"first"},{"id":"CA2","name":"second"}]"#
        #expect(try first(#"{"ruleId":"CA2"}"#, rules: rules).title == "second")
        #expect(try first(#"{"ruleId":"CA2/1/x"}"#, rules: rules).title == "second")
        #expect(try first(#"{"ruleIndex":0}"#, rules: rules).title == "first")
        #expect(try first(#"{"rule":{"id":"CA2"}}"#, rules: rules).title == "second")
        #expect(try first(#"{"ruleId":"CA2","ruleIndex":99}"#, rules: rules).title == "second")
        #expect(try first(#"{"ruleIndex":-1,"message":{"text":"m"}}"#, rules: rules).title == "m")
    }

    @Test func `messages come from metadata with their arguments`() throws {
        let rules = #"[{"id":"R","messageStrings":{"default":{"text":"'{0}' in {1} {{x}} {9}"}}}]"#
        let finding = try first(#"{"ruleId":"R","message":{"id":"default","arguments":["a","b"]}}"#, rules: rules)
        #expect(finding.title == "'a' in b {x} {9}")
    }

    @Test func `paths are relative to the bases and decoded`() throws {
        let bases =
            #""originalUriBaseIds":{"REPO":{},"SRC":{"uri":"src/","uriBaseId":"REPO"},"LOG":{"uri":"file:///c/logs/"}},"#
        func path(_ location: String) throws -> String? {
            try first(
                #"{"locations":[{"physicalLocation":{"artifactLocation":\#(location)}}]}"#,
                extra: bases + #""artifacts":[{"location":{"uri":"by/index.c"}}],"#
            ).location.file
        }
        #expect(try path(#"{"uri":"a%20b.c","uriBaseId":"SRC"}"#) == "src/a b.c")
        #expect(try path(#"{"uri":"x.c","uriBaseId":"LOG"}"#) == "x.c")
        #expect(try path(#"{"uri":"file:///c/logs/y.c"}"#) == "y.c")
        #expect(try path(#"{"index":0}"#) == "by/index.c")
        #expect(try path(#"{"index":7}"#) == nil)
        #expect(try path(#"{"uri":"../../etc/passwd"}"#) == "../../etc/passwd")
    }

    @Test func `a base that stands on itself ends`() throws {
        let extra = #""originalUriBaseIds":{"A":{"uri":"a/","uriBaseId":"A"}},"#
        let finding = try first(
            #"{"locations":[{"physicalLocation":{"artifactLocation":{"uri":"x","uriBaseId":"A"}}}]}"#,
            extra: extra
        )
        #expect(finding.location.file?.hasSuffix("x") == true)
    }

    @Test(arguments: [
        (#"[{"kind":"inSource"}]"#, true), (#"[{"kind":"external","status":"accepted"}]"#, true),
        (#"[{"kind":"external","status":"rejected"}]"#, false),
        (#"[{"kind":"external","status":"underReview"}]"#, false),
        (#"[{"kind":"external","status":"rejected"},{"kind":"external","status":"accepted"}]"#, true), ("[]", false),
    ])
    func `suppressions hold when accepted`(suppressions: String, isSuppressed: Bool) throws {
        #expect((try first(#"{"suppressions":\#(suppressions)}"#).suppression != nil) == isSuppressed)
    }

    @Test func `identifiers, signatures, ways and places are taken over`() throws {
        let finding = try first(
            """
            {"ruleId":"R","guid":"g","partialFingerprints":{"primaryLocationLineHash":"39fa2ee980eb94b0:1"},
             "fingerprints":{"0":"f"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.c"},
             "region":{"startLine":3,"startColumn":2,"endLine":4,"snippet":{"text":"x()"}}},
             "logicalLocations":[{"fullyQualifiedName":"N.f","name":"f","kind":"function"}]}],
             "codeFlows":[{"threadFlows":[{"locations":[{"location":{"message":{"text":"here"},
             "physicalLocation":{"artifactLocation":{"uri":"b.c"},"region":{"startLine":1}}}}]}]}]}
            """,
            rules:
                #"[{"id":"R","properties":{"tags":["external/cwe/cwe-079","x"]},"relationships":[{"target":{"id":"327","toolComponent":{"name":"CWE"}}}]}]"#
        )
        #expect(finding.identifiers.map(\.value) == ["R", "CWE-79", "CWE-327"])
        #expect(
            finding.signatures == [
                FindingSignature("fingerprints/0", "f"),
                FindingSignature("partialFingerprints/primaryLocationLineHash", "39fa2ee980eb94b0:1"),
                FindingSignature("guid", "g"),
            ]
        )
        #expect(finding.location.file == "a.c" && finding.location.startLine == 3 && finding.location.endLine == 4)
        #expect(finding.location.scope == "N.f" && finding.location.method == "f" && finding.snippet == "x()")
        #expect(finding.codeFlows.first?.first?.location.file == "b.c")
        #expect(finding.origin.pointer == "/runs/0/results/0")
    }

    @Test func `a run that failed or lies in other files is not complete`() throws {
        #expect(try !Reading(log("", extra: #""invocations":[{"executionSuccessful":false}],"#)).scan.isComplete)
        let reading = try Reading(log("", extra: #""externalPropertyFileReferences":{"results":[{}]},"#))
        #expect(!reading.scan.isComplete && reading.scan.problems.count == 1)
        #expect(reading.scan.tool == "T" && reading.scan.version == "1.2")
    }

    @Test(
        .enabled(if: TestData.available("vuln/sarif", for: "SARIF's tutorials")),
        arguments: [
            ("Baseline.sarif", 3), ("Suppressions.sarif", 9), ("RegionVariants.sarif", 18), ("Taxonomies.sarif", 2),
            ("2-Basics/empty-log.sarif.json", 0), ("ExceptionalConditions/No_runs.sarif", 0), ("CodeFlows.sarif", 1),
            ("ExceptionalConditions/Empty_runs.sarif", 0), ("ExceptionalConditions/One_run_no_results.sarif", 0),
            ("3-Beyond-basics/standard-taxonomy.sarif", 1), ("EmbeddedBinaryContent.sarif", 1),
        ]
    )
    func `the tutorials' logs have so many findings`(file: String, count: Int) throws {
        #expect(try Reading(file: "sarif/\(file)").findings.count == count)
    }

    @Test(.enabled(if: TestData.available("vuln/sarif", for: "SARIF's tutorials")))
    func `taxonomies give CWE ids`() throws {
        let findings = try Reading(file: "sarif/3-Beyond-basics/standard-taxonomy.sarif").findings
        #expect(findings.first?.identifiers.contains { $0.type == "cwe" } == true)
    }
}
