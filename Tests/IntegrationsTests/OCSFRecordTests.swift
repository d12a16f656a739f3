// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import EventBus
import OCSFValidation
import Testing

@testable import Access
@testable import Incidents
@testable import Integrations

/// Whatever is made here fits the schema, whatever is in it.
@Suite struct OCSFRecordTests {
    private let schema: OCSFSchema

    init() throws {
        schema = try OCSFSchema()
    }

    private func check(_ record: OCSFRecord, _ about: String) {
        #expect(schema.problems(in: record.json) == [], "\(about)")
        #expect(!record.json.contains(0x0A), "\(about)")
    }

    @Test(arguments: DetectionOutcome.allCases)
    func `a detection is a Detection Finding`(outcome: DetectionOutcome) throws {
        let record = OCSFRecord(Samples.row(outcome: outcome))
        check(record, outcome.name)
        let json = try JSONReader.read(record.json)
        #expect(json["class_uid"]?.integer == 2004)
        #expect(json["finding_info"]?["uid"]?.text == Samples.row().identifier.description)
        let attack = json["finding_info"]?["attacks"]?.elements?.first
        #expect(attack?["technique"]?["uid"]?.text == "T1059")
        #expect(attack?["sub_technique"]?["uid"]?.text == "T1059.004")
        #expect(record.facts.eventClass == .detectionFinding && record.facts.severity == .high)
        if outcome == .blocked { #expect(json["disposition_id"]?.integer == 2 && json["action_id"]?.integer == 2) }
        if outcome == .wouldStop { #expect(json["disposition_id"]?.integer == 15 && json["action_id"]?.integer == 3) }
    }

    @Test func `a detection of which little is known fits as well`() {
        var row = Samples.row()
        row.client = nil
        row.path = nil
        row.host = nil
        row.target = nil
        row.evidence = nil
        row.technique = nil
        row.transaction = nil
        row.kind = ""
        row.rule = ""
        row.application = ""
        row.status = 0
        check(OCSFRecord(row), "bare")
    }

    @Test(arguments: Disposition.allCases)
    func `a decision is a finding, and a change of the policy is Entity Management`(disposition: Disposition) throws {
        let address = try Entity(parsing: "203.0.113.7")
        for subject in [nil, address, try Entity(parsing: "user:bob"), try Entity(parsing: "10.0.0.0/8")] {
            let record = OCSFRecord(Samples.decision(disposition, subject: subject), leaf: 4)
            check(record, disposition.rawValue)
            let json = try JSONReader.read(record.json)
            #expect(json["class_uid"]?.integer == (disposition == .changed ? 3004 : 2004))
            #expect(json["unmapped"]?["evidence_leaf"]?.integer == 4)
        }
    }

    @Test(arguments: AccessAct.Kind.allCases)
    func `an act on accounts has a class of identity and access`(kind: AccessAct.Kind) throws {
        for text in ["alice", "openid", "password", "false -> true"] {
            check(OCSFRecord(try Samples.act(kind, text), uid: "1"), kind.rawValue)
        }
        var bare = try Samples.act(kind)
        bare.actor = nil
        bare.user = nil
        bare.address = nil
        bare.means = nil
        bare.details = [:]
        check(OCSFRecord(bare, uid: "1"), "bare \(kind.rawValue)")
    }

    @Test func `a failed sign-in is a failed Logon`() throws {
        let json = try JSONReader.read(OCSFRecord(try Samples.act(.loginFailed), uid: "1").json)
        #expect(json["class_uid"]?.integer == 3002 && json["activity_id"]?.integer == 1)
        #expect(json["status_id"]?.integer == 2)
    }

    @Test(arguments: Samples.hostile)
    func `hostile texts stay texts`(text: String) throws {
        check(OCSFRecord(Samples.row(text)), "detection")
        check(OCSFRecord(Samples.decision(.blocked, text), leaf: 1), "decision")
        check(OCSFRecord(Samples.decision(.changed, text), leaf: 1), "change")
        for kind in AccessAct.Kind.allCases { check(OCSFRecord(try Samples.act(kind, text), uid: "1"), "act") }
    }

    @Test func `long texts are cut between characters`() {
        let cut = OCSFWriter.cut(String(repeating: "é", count: 2000))
        #expect(cut.utf8.count <= OCSFRecord.longestText && cut.hasSuffix("é\u{2026}"))
    }

    /// A finding of which all is known, and one of which little is.
    private func findings(_ text: String) -> [FindingNotice.Finding] {
        func bare(_ rule: String) -> FindingNotice.Finding {
            FindingNotice.Finding(
                id: "0190163d-8694-739b-aea5-966c26f8ad91",
                title: text,
                severity: "high",
                state: "needs_triage",
                rule: rule,
                tool: text,
                project: text.isEmpty ? "shop" : text,
                firstSeen: 1_795_000_000,
                lastSeen: 1_795_300_000
            )
        }
        var known = bare(text)
        known.vulnerability = "CVE-2021-44228"
        known.weakness = 502
        known.path = "src/\(text)/a.java"
        known.line = 10
        known.component = "log4j-core\(text)"
        known.version = "2.14.1"
        known.purl = "pkg:maven/org.apache.logging.log4j/log4j-core"
        known.fix = "2.17.1"
        known.due = 1_796_000_000
        known.attacks = 3
        var weakness = bare(text)
        weakness.weakness = 89
        weakness.component = "x"
        var advisory = bare("")
        advisory.vulnerability = "GHSA-jfh8-c2jp-5v3q"
        return [known, weakness, advisory, bare(""), bare("B101")]
    }

    @Test(arguments: OutputTopic.findings.sorted { $0.rawValue < $1.rawValue })
    func `news of findings are one Vulnerability Finding for each import`(topic: OutputTopic) throws {
        let scan = FindingNotice.Scan(number: 7, project: "shop/cart", branch: "main", tool: "semgrep", commit: "4f2a")
        let notice = FindingNotice(topic, time: 1_795_300_000, count: 12, findings: findings("Log4Shell"), scan: scan)
        let record = OCSFRecord(notice, uid: "1", channel: 3)
        check(record, topic.name)
        let json = try JSONReader.read(record.json)
        #expect(json["class_uid"]?.integer == 2002 && json["metadata"]?["log_name"]?.text == topic.name)
        let activities: [OutputTopic: Int] = [.findingNew: 1, .findingGone: 3]
        #expect(json["activity_id"]?.integer == activities[topic, default: 2])
        #expect(json["count"]?.integer == 12 && json["vulnerabilities"]?.elements?.count == 5)
        #expect(json["unmapped"]?["findings"]?.elements?.count == 5 && json["unmapped"]?["told"]?.integer == 5)
        #expect(json["vulnerabilities"]?.elements?.first?["cve"]?["uid"]?.text == "CVE-2021-44228")
        #expect(record.facts.severity == .high && record.facts.disposition == 3)
        #expect(OutputTopic(record.facts) == topic)
        let bare = FindingNotice(topic, time: 0, count: 1, findings: [])
        check(OCSFRecord(bare, uid: "1"), "bare")
    }

    @Test(arguments: Samples.hostile)
    func `hostile texts of findings stay texts`(text: String) {
        check(OCSFRecord(FindingNotice(.findingNew, time: 1, count: 5, findings: findings(text)), uid: "1"), "news")
    }

    @Test func `the test of an output is a finding that says so`() {
        check(OCSFRecord.test(uid: "1", time: Samples.time), "test")
    }
}
