// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import EventBus

@testable import Access
@testable import Incidents
@testable import Integrations

/// What tests send through outputs.
enum Samples {
    static let time: Int64 = 1_795_306_451_926_704_623

    /// Texts that want to be more than texts.
    static let hostile = [
        "<script>alert(1)</script>", "=1+1", "a\nb\r\nc", "\u{1B}[31m", "\u{202E}evil", "\u{0}", "\"}],\"x\":\"",
        "] \"\\",
        "<14>1 - - - - - - forged", String(repeating: "x", count: 5000), "💥é", "", "null", "\u{2028}",
    ]

    static func row(_ text: String = "SQL injection attack", outcome: DetectionOutcome = .wouldStop) -> DetectionRow {
        DetectionRow(
            id: 7,
            time: time,
            lastTime: time + 1_000_000_000,
            count: 3,
            severity: .high,
            outcome: outcome,
            control: .webFirewall,
            rule: text.isEmpty ? "942100" : text,
            decidedBy: "949110",
            kind: text,
            technique: "T1059.004",
            message: text,
            target: text,
            evidence: text,
            client: IPAddress("203.0.113.7").map { Entity($0) },
            application: text,
            method: text,
            host: text,
            path: text,
            route: text,
            status: 200,
            reason: text,
            scope: "waf",
            revision: 4,
            decision: nil,
            transaction: text,
            samples: [],
            folding: .flood,
            incident: nil
        )
    }

    static func decision(_ disposition: Disposition, _ text: String = "found it", subject: Entity? = nil) -> Decision {
        Decision(
            id: Identifier(milliseconds: UInt64(time / 1_000_000), random: (1, 2)),
            time: time,
            control: .webFirewall,
            disposition: disposition,
            reason: disposition == .changed ? .change : .enforced,
            mode: .enforce,
            scope: nil,
            revision: 9,
            subject: subject,
            rule: RuleID(942_100),
            message: text,
            maker: text,
            expires: time + 1,
            undo: text
        )
    }

    static func act(_ kind: AccessAct.Kind, _ text: String = "alice") throws -> AccessAct {
        let client = Client(address: try IPAddress(parsing: "2001:db8::7"))
        var act = AccessAct(kind, at: time, means: text, from: client, user: nil, ["disabled": text, "token": text])
        act.actor = text
        act.user = text
        return act
    }

    /// An exchange as a gateway records it.
    static func exchange(_ number: Int, padding: Int = 0) -> [UInt8] {
        Array(
            (#"{"activity_id":3,"category_uid":4,"class_uid":4002,"type_uid":400203,"time":1,"severity_id":1,"#
                + #""metadata":{"product":{"name":"Redoubt"},"version":"1.6.0","uid":"\#(number)"},"#
                + #""http_request":{"url":{"path":"/\#(String(repeating: "p", count: padding))"}},"#
                + #""http_response":{"code":200},"unmapped":{"padding":"\#(String(repeating: "q", count: padding))"}}"#)
                .utf8
        )
    }

    /// A batch of events, as an output is given it.
    static func batch(_ records: [OCSFRecord]) -> EventBatch {
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1))
        for record in records { batch.append(record.json, record.facts) }
        return batch
    }

    static func facts(_ severity: EventSeverity = .info, disposition: UInt8 = 1) -> EventFacts {
        EventFacts(time: time, eventClass: .httpActivity, severity: severity, disposition: disposition)
    }
}
