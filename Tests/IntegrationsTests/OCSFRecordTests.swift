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

    @Test func `the test of an output is a finding that says so`() {
        check(OCSFRecord.test(uid: "1", time: Samples.time), "test")
    }
}
