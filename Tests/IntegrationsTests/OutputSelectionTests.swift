// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import DefenseModel
import EventBus
import Testing

@testable import Integrations

@Suite struct OutputSelectionTests {
    @Test func `exchanges with detections are told from others by their headers`() {
        let detected = OutputSelection([.detectedActivity])
        #expect(!detected.takes(Samples.facts()))
        #expect(!detected.takes(Samples.facts(disposition: 0)))
        #expect(detected.takes(Samples.facts(.low)))
        #expect(detected.takes(Samples.facts(disposition: 2)))
        #expect(detected.takes(Samples.facts(disposition: 15)))
        let all = OutputSelection([.activity])
        #expect(all.takes(Samples.facts()) && all.takes(Samples.facts(.high)))
    }

    @Test func `what is made here is chosen by its topic`() throws {
        let records: [(OutputTopic, OCSFRecord)] = [
            (.detections, OCSFRecord(Samples.row())), (.decisions, OCSFRecord(Samples.decision(.blocked), leaf: 1)),
            (.changes, OCSFRecord(Samples.decision(.changed), leaf: 1)),
            (.accounts, OCSFRecord(try Samples.act(.userMade), uid: "1")),
            (.signIns, OCSFRecord(try Samples.act(.loggedIn), uid: "1")),
        ]
        for (topic, record) in records {
            #expect(OutputSelection([topic]).takes(record.facts))
            let others = Set(OutputTopic.allCases).subtracting([topic])
            #expect(!OutputSelection(others).takes(record.facts), "\(topic)")
        }
    }

    @Test func `news of findings go to the outputs whose choice they were made for`() {
        let notice = FindingNotice(.findingNew, time: 1, count: 1, findings: [])
        func takes(_ selection: OutputSelection, _ channel: UInt8) -> Bool {
            selection.takes(OCSFRecord(notice, uid: "1", channel: channel).facts)
        }
        var chosen = OutputSelection(OutputTopic.findings)
        #expect(takes(chosen, 0) && !takes(chosen, 2))
        chosen.findings = .init(channel: 2, filter: "severity>=high")
        #expect(takes(chosen, 2) && !takes(chosen, 0) && !takes(chosen, 3))
        #expect(!takes(OutputSelection([.findingGone, .detections]), 0))
        // Of a decision the same number says what was decided.
        var decisions = OutputSelection([.decisions])
        decisions.findings = .init(channel: 9, filter: "open")
        #expect(decisions.takes(OCSFRecord(Samples.decision(.blocked), leaf: 1).facts))
    }

    @Test func `a severity leaves out what is below it`() {
        let selection = OutputSelection([.detections], severity: .critical)
        #expect(!selection.takes(OCSFRecord(Samples.row()).facts))
        #expect(OutputSelection([.detections], severity: .high).takes(OCSFRecord(Samples.row()).facts))
    }
}
