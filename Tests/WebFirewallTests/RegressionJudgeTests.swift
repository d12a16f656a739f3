// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing
import WebFirewall

struct RegressionJudgeTests {
    private func failures(
        _ observation: StageObservation,
        _ change: (inout RegressionTest.Output) -> Void
    ) -> [String] {
        var output = RegressionTest.Output()
        change(&output)
        var judge = RegressionJudge()
        return judge.failures(of: observation, expected: output)
    }

    private let line = Array(#"[client 1.2.3.4] ModSecurity: Warning. x [id "942100"] [msg "m"]"#.utf8)

    @Test func `compares log lines with patterns`() {
        let seen = StageObservation(status: 200, log: [line])
        #expect(failures(seen) { $0.logContains = #"id "942100""# } == [])
        #expect(failures(seen) { $0.logContains = #"id "9421[0-9]+""# } == [])
        #expect(failures(seen) { $0.logContains = #"id "1""# } == [#"/id "1"/ is not in the log"#])
        #expect(failures(seen) { $0.noLogContains = #"id "942100""# } == [#"/id "942100"/ is in the log"#])
        #expect(failures(seen) { $0.noLogContains = #"id "1""# } == [])
        #expect(failures(seen) { $0.logContains = "(" }.first?.contains("not a regular expression") == true)
    }

    @Test func `compares rule ids`() {
        let seen = StageObservation(status: 200, log: [line, Array(#"{"ruleId":"5","id":6}"#.utf8)])
        #expect(failures(seen) { $0.expectedIDs = [942_100, 5, 6] } == [])
        #expect(failures(seen) { $0.expectedIDs = [942_101] } == ["rule 942101 is not in the log"])
        #expect(failures(seen) { $0.unexpectedIDs = [5] } == ["rule 5 is in the log"])
        let isolated = failures(seen) {
            $0.expectedIDs = [942_100]
            $0.isIsolated = true
        }
        #expect(isolated == ["rules 5, 6 are in the log of an isolated test"])
    }

    @Test func `judges the status`() {
        let seen = StageObservation(status: 403)
        #expect(failures(seen) { $0.status = [400, 403] } == [])
        #expect(failures(seen) { $0.status = [200] } == ["status 200 was expected, 403 came"])
    }

    @Test func `takes any refusal of the parser for 400 and 403, unless the log is judged`() {
        let refused = StageObservation(status: 505, isRefused: true)
        #expect(failures(refused) { $0.status = [403, 400] } == [])
        #expect(failures(refused) { $0.status = [200] }.count == 1)
        let withLog = failures(refused) {
            $0.status = [400]
            $0.logContains = "x"
        }
        #expect(withLog.count == 2)
    }

    @Test func `knows tests that expect no proper answer`() {
        #expect(failures(StageObservation(status: nil)) { $0.expectsError = true } == [])
        #expect(failures(StageObservation(status: 400, isRefused: true)) { $0.expectsError = true } == [])
        #expect(failures(StageObservation(status: 200)) { $0.expectsError = true }.count == 1)
        #expect(failures(StageObservation(status: nil)) { _ in } == ["the server gave no answer"])
    }
}

/// A target that answers from a list, and counts.
private struct ScriptedTarget: RegressionTarget {
    var answers: [StageObservation]
    var requests = 0

    mutating func observe(_ request: [UInt8], response: RegressionTest.Response?) throws -> StageObservation {
        requests += 1
        return answers.isEmpty ? StageObservation(status: 200) : answers.removeFirst()
    }
}

struct RegressionRunnerTests {
    private func run(_ yaml: String, _ answers: [StageObservation], overrides: String? = nil) throws -> RegressionReport
    {
        let file = try RegressionFileReader.read(text: yaml, path: "f.yaml")
        let rules =
            try overrides.map { try RegressionOverrides.read(text: $0, path: "o.yaml") } ?? RegressionOverrides()
        var runner = RegressionRunner(target: ScriptedTarget(answers: answers), overrides: rules)
        var report = RegressionReport()
        for test in file.tests {
            report.add(try runner.run(test, in: file))
        }
        return report
    }

    private func test(_ id: String, _ output: String) -> String {
        "tests:\n  - test_title: \(id)\n    stages:\n      - stage:\n          input: {}\n          output: \(output)\n"
    }

    private func overrides(_ entry: String) -> String {
        "version: v1\nmeta: {engine: x, platform: y, annotations: {}}\ntest_overrides:\n  - \(entry)\n"
    }

    @Test func `counts and explains`() throws {
        let report = try run(test("9-1", "{status: 403}"), [])
        #expect(report.summary == "1 tests: 0 passed, 1 failed, 0 skipped")
        #expect(report.text.contains("9-1   failed  status 403 was expected, 200 came"))
        let json = String(decoding: report.json, as: UTF8.self)
        #expect(
            json == #"{"tests":1,"passed":0,"failed":1,"skipped":0,"failures":[{"id":"9-1","file":"f.yaml","#
                + #""result":"failed","reasons":["status 403 was expected, 200 came"]}],"skippedTests":[]}"# + "\n"
        )
    }

    @Test func `does not run disabled files`() throws {
        let report = try run("meta: {enabled: false}\n" + test("9-1", "{status: 403}"), [])
        #expect(report.count(.skipped) == 1)
    }

    @Test func `tries once more where the test says so`() throws {
        let yaml = test("9-1", "{status: 403, retry_once: true}")
        #expect(try run(yaml, [StageObservation(status: 200), StageObservation(status: 403)]).count(.passed) == 1)
        #expect(try run(yaml, []).count(.failed) == 1)
    }

    @Test(arguments: [
        ("{rule_id: 9, test_ids: [1], reason: r, output: {status: 200}}", RegressionResult.Status.passed),
        ("{rule_id: 9, reason: r, output: {status: 200}}", .passed),
        ("{rule_id: 9, test_ids: [2], reason: r, output: {status: 200}}", .failed),
        ("{rule_id: 9, test_ids: [1], stage_ids: [2], reason: r, output: {status: 200}}", .failed),
        ("{name: 9-1, status: 200}", .passed), ("{name: 9-1, expect_failure: true}", .passed),
        ("{name: 9-1, ignore: true, reason: r}", .skipped),
    ])
    func `follows overrides`(entry: String, status: RegressionResult.Status) throws {
        let report = try run(test("9-1", "{status: 403}"), [], overrides: overrides(entry))
        #expect(report.count(status) == 1, "\(report.text)")
    }

    @Test func `fails a test that passes against expectation`() throws {
        let report = try run(
            test("9-1", "{status: 200}"),
            [],
            overrides: overrides("{name: 9-1, expect_failure: true}")
        )
        #expect(report.results.first?.reasons == ["the test passes, but is expected to fail"])
    }

    @Test(arguments: ["{name: 9-1, ignore: true}", "{reason: r}", "{rule_id: 9, test_ids: [x]}", "{nam: 1}"])
    func `refuses overrides that make no sense`(entry: String) {
        #expect(throws: RegressionFileError.self) {
            try RegressionOverrides.read(text: overrides(entry), path: "o.yaml")
        }
    }
}
