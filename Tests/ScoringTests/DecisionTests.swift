// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import Scoring

struct `Decision tables` {
    private func facts(_ values: [String: String]) -> [String: DecisionTable.Fact] {
        values.mapValues { DecisionTable.Fact($0, source: "test") }
    }

    @Test(
        arguments: [
            ("no", "no", "no", "partial", "fix on system upgrade", nil, false),
            ("yes", "no", "no", "partial", "14 days", 14, false),
            ("no", "no", "yes", "total", "60 days", 60, false),
            ("yes", "yes", "yes", "partial", "3 days", 3, false),
            ("yes", "yes", "no", "total", "3 days & forensic investigation", 3, true),
            ("no", "yes", "yes", "total", "3 days", 3, false),
            ("yes", "yes", "yes", "total", "3 days & forensic investigation", 3, true),
        ] as [(String, String, String, String, String, Int?, Bool)]
    )
    func `the directive's timelines`(
        kev: String,
        exposed: String,
        automatable: String,
        impact: String,
        decision: String,
        days: Int?,
        forensics: Bool
    ) throws {
        let table = try DecisionTable.BuiltIn.bod2604.table
        let answer = table.decide(
            facts(["in kev": kev, "publicly_exposed": exposed, "Automatable": automatable, "Technical Impact": impact])
        )
        guard case .decided(let decided) = answer else {
            Issue.record("undecided")
            return
        }
        #expect(decided.decision == decision)
        let remediation = try #require(Remediation(decision: decision))
        #expect(remediation == Remediation(days: days, needsForensics: forensics))
        #expect(remediation.due(from: 1000) == days.map { 1000 + $0 * 86_400 })
    }

    @Test func `a decision tells its row, facts and sources`() throws {
        let table = try DecisionTable.BuiltIn.bod2604.table
        let answer = table.decide([
            "In KEV": .init("yes", source: "CISA KEV"), "Publicly Exposed": .init("no", source: "label"),
            "Automatable": .init("no", source: "CISA"), "Technical Impact": .init("partial", source: "vector"),
        ])
        guard case .decided(let decision) = answer else {
            Issue.record("undecided")
            return
        }
        #expect(decision.row == 1)
        #expect(
            decision.description
                == "14 days: row 1, as In KEV is yes (CISA KEV), Publicly Exposed is no (label), Automatable is no (CISA),"
                + " Technical Impact is partial (vector)"
        )
    }

    @Test func `what is not known leaves the decisions that are possible`() throws {
        let table = try DecisionTable.BuiltIn.bod2604.table
        let answer = table.decide(facts(["In KEV": "yes", "Publicly Exposed": "yes", "Automatable": "perhaps"]))
        #expect(
            answer
                == .undecided(
                    missing: ["Automatable", "Technical Impact"],
                    possible: ["14 days", "3 days", "3 days & forensic investigation"]
                )
        )
    }

    @Test func `CISA's spelling of a proof of concept is understood`() throws {
        let table = try DecisionTable.BuiltIn.cisaCoordinator.table
        let answer = table.decide(
            facts([
                "Exploitation": "PoC", "Automatable": "Yes", "Technical Impact": "total",
                "Mission and Well-Being Impact": "high",
            ])
        )
        guard case .decided(let decision) = answer else {
            Issue.record("undecided")
            return
        }
        #expect(decision.decision == "attend")
    }

    @Test(arguments: [
        (
            #"{"In KEV":true,"Publicly Exposed":"no","Automatable":{"value":"No","source":"CISA"},"technical impact":"partial"}"#,
            #"{"decision":"14 days","row":1,"days":14,"forensics":false,"facts":[{"point":"In KEV","value":"yes","#
                + #""source":"given"},{"point":"Publicly Exposed","value":"no","source":"given"},{"point":"Automatable","#
                + #""value":"no","source":"CISA"},{"point":"Technical Impact","value":"partial","source":"given"}]}"#
        ),
        (
            #"{"In KEV":"no","Publicly Exposed":"no","Automatable":"no","Technical Impact":7}"#,
            #"{"missing":["Technical Impact"],"possible":["fix on system upgrade"]}"#
        ),
        ("[]", #"{"error":"facts are a JSON object, not an array"}"#),
        ("{", #"{"error":"the document ends where the name of a member in quotes was expected at byte 1"}"#),
    ])
    func `one line of output for one of facts`(line: String, output: String) throws {
        var json = JSONWriter()
        DecisionLine.write(Array(line.utf8), try DecisionTable.BuiltIn.bod2604.table, to: &json)
        #expect(String(decoding: json.bytes, as: UTF8.self) == output + "\n")
    }

    @Test(arguments: DecisionTable.BuiltIn.allCases)
    func `every decision of a built-in table says how soon`(builtIn: DecisionTable.BuiltIn) throws {
        let table = try builtIn.table
        for decision in table.outcome.values {
            #expect(Remediation(decision: decision) != nil)
        }
    }

    @Test(arguments: [
        ("a,b,c\n0,x,y\n", FeedError.Code.header, 1),
        ("row,A v1,D\n0,x\n", .fields, 2),
        ("row,A v1,D\nz,x,y\n", .value, 2),
        ("row,A v1,D\n0,x,\n", .value, 2),
        ("row,A v1,D\n0,x,y\n1,X,z\n", .duplicate, 0),
        ("row,A v1,B v1,D\n0,x,y,d\n1,z,w,d\n", .incomplete, 0),
        ("row,A v1,D\n", .incomplete, 0),
    ])
    func `a table that is wrong is refused`(csv: String, code: FeedError.Code, line: Int) {
        let error = #expect(throws: FeedError.self) { try DecisionTable(csv: Array(csv.utf8)) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }
}

@Suite(.enabled(if: TestData.available("vuln/ssvc", for: "Published decision tables")))
struct `Published decision tables` {
    private func csv(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: TestData.url("vuln/ssvc/\(name).csv")))
    }

    @Test(arguments: [
        (DecisionTable.BuiltIn.bod2604, "cisa_bod_26_04_1_0_0", 16),
        (.deployer, "deployer_patch_application_priority_1_0_0", 72),
        (.supplier, "supplier_patch_development_priority_1_0_0", 36), (.cisaCoordinator, "cisa_coordinator_2_0_3", 36),
    ])
    func `the built-in tables are the published ones`(builtIn: DecisionTable.BuiltIn, name: String, count: Int) throws {
        let published = try DecisionTable(csv: try csv(name))
        let own = try builtIn.table
        #expect(own.rows == published.rows)
        #expect(own.points == published.points)
        #expect(own.outcome.values == published.outcome.values)
        #expect(own.rows.count == count)
    }

    @Test(arguments: [
        ("coordinator_triage_1_0_0", 192), ("coordinator_publish_decision_table_1_0_0", 27), ("human_impact_1_0_0", 16),
        ("utility_1_0_0", 4), ("public_safety_impact_1_0_0", 4),
    ])
    func `the others are read, and each row decides itself`(name: String, count: Int) throws {
        let table = try DecisionTable(csv: try csv(name))
        #expect(table.rows.count == count)
        for row in table.rows {
            let facts = zip(table.points, row.values).map { ($0.name, DecisionTable.Fact($1, source: "row")) }
            let answer = table.decide(Dictionary(facts, uniquingKeysWith: { first, _ in first }))
            guard case .decided(let decision) = answer else {
                Issue.record("row \(row.number) of \(name) does not decide")
                continue
            }
            #expect(decision.row == row.number && decision.decision == row.decision)
        }
    }

    @Test func `mutated tables are read or refused, never more`() throws {
        var random = SeededRandom(seed: 5)
        let table = try csv("deployer_patch_application_priority_1_0_0")
        for _ in 0..<500 {
            var bytes = table
            for _ in 0..<3 { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            do throws(FeedError) {
                let read = try DecisionTable(csv: bytes)
                #expect(read.rows.count >= 72)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
