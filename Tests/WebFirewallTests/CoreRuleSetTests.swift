// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Gateway
import Matching
import SecLang
import TestSupport
import Testing

@testable import WebFirewall

/// The Core Rule Set 3.3.4 of Debian's package, unmodified, at paranoia level 4, against its own tests.
struct CoreRuleSetTests {
    private static var hasRuleSet: Bool {
        let isThere = InstalledRuleSet.system()?.version.description == "3.3.4"
        if !isThere {
            print("NOT RUN: Core Rule Set 3.3.4 in process: the package modsecurity-crs 3.3.4 is not installed")
        }
        return isThere || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    @Test(.enabled(if: hasRuleSet)) func `loads without a warning`() throws {
        let ruleSet = try #require(InstalledRuleSet.system())
        let text = OfflineConfiguration.directives(for: ruleSet)
        let rules = try RuleSources(texts: [.init(name: "crs.conf", text: text)]).compile()
        #expect(rules.warnings.isEmpty, "\(rules.warnings)")
    }

    @Test(.enabled(if: hasRuleSet)) func `a usual change touches what meets the rules that differ`() throws {
        let ruleSet = try #require(InstalledRuleSet.system())
        let text = OfflineConfiguration.directives(for: ruleSet)
        func compile(_ change: String) throws -> RuleSet {
            try RuleSources(texts: [.init(name: "crs.conf", text: text), .init(name: "change.conf", text: change)])
                .compile()
        }
        let today = try compile("")
        let usual = try compile("SecRuleRemoveById 920350\nSecRuleUpdateTargetById 942100 \"!ARGS:comment\"\n")
        let difference = try #require(RuleSetDifference(today, usual))
        #expect(difference.probes.count == 2)
        // The threshold depends on all rules.
        let other = try compile("SecAction \"id:1,phase:1,nolog,pass,setvar:tx.inbound_anomaly_score_threshold=10\"\n")
        #expect(RuleSetDifference(today, other) == nil)
    }

    @Test(.enabled(if: hasRuleSet)) func `is warmed up by requests that it lets pass`() throws {
        let ruleSet = try #require(InstalledRuleSet.system())
        let text = OfflineConfiguration.directives(for: ruleSet)
        let rules = try RuleSources(texts: [.init(name: "crs.conf", text: text)]).compile()
        #expect(RuleWarmUp.run(rules) == 0)
        // They do reach the rules: of heads, of bodies and of responses.
        for (phase, target) in [(1, "REQUEST_METHOD"), (2, "ARGS:name"), (4, "RESPONSE_BODY")] {
            let strict = """
                SecRuleEngine On
                SecRequestBodyAccess On
                SecResponseBodyAccess On
                SecRule \(target) "@rx ." "id:1,phase:\(phase),deny"
                """
            let rules = try RuleSources(texts: [.init(name: "rules", text: strict)]).compile()
            #expect(RuleWarmUp.run(rules) == (phase == 2 ? 1 : 3), "phase \(phase)")
        }
    }

    @Test(
        .enabled(if: TestData.available("waf/crs-3.3.4", for: "Core Rule Set 3.3.4 in process")),
        .enabled(if: hasRuleSet),
        arguments: [nil, ScanBackend.Choice.automatic, .portable]
    )
    func `passes all tests that can be judged in process`(backend: ScanBackend.Choice?) throws {
        let ruleSet = try #require(InstalledRuleSet.system())
        var sources = RuleSources()
        sources.texts.append(
            RuleSources.RuleText(name: "crs.conf", text: OfflineConfiguration.regressionDirectives(for: ruleSet))
        )
        let evaluator = try TransactionEvaluator(
            rules: sources,
            options: EvaluationOptions(
                mode: .enforce,
                patterns: backend.map { PatternCache(directory: nil, backend: $0) }
            )
        )
        let target = InProcessTarget(parseRawRequest: parseRawRequest, evaluate: evaluator.evaluate)
        // Names the three tests that need the web server they were written for.
        let overrides = TestData.packageRoot.appendingPathComponent("Tests/Overrides/crs-3.3.4.yaml")
        var runner = RegressionRunner(target: target, overrides: try RegressionOverrides.read(path: overrides.path))
        var report = RegressionReport()
        for path in RuleFileSelection.files(below: TestData.url("waf/crs-3.3.4/tests").path, suffixes: [".yaml"]) {
            let file = try RegressionFileReader.read(path: path)
            for test in file.tests {
                report.add(try runner.run(test, in: file))
            }
        }
        #expect(report.results.count == 2_403)
        #expect(report.count(.failed) == 0, "\(report.text)")
        let disabled = report.results.count { $0.reasons == ["its file is disabled"] }
        #expect(report.count(.skipped) == disabled + 3)
    }
}
