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

    @Test func `a severity leaves out what is below it`() {
        let selection = OutputSelection([.detections], severity: .critical)
        #expect(!selection.takes(OCSFRecord(Samples.row()).facts))
        #expect(OutputSelection([.detections], severity: .high).takes(OCSFRecord(Samples.row()).facts))
    }
}
