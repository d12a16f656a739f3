// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import DefenseModel

@Suite struct RecordTests {
    private let id = Identifier(milliseconds: 1_645_557_742_000, random: (0xCC3, 0x18C4_DC0C_0C07_398F))

    private func detection() throws -> Detection {
        Detection(
            id: id,
            time: 1_645_557_742_000_000_001,
            control: .webFirewall,
            rule: RuleID(942100),
            severity: .critical,
            message: "SQL injection",
            response: .block,
            target: "ARGS:q",
            tags: ["attack-sqli"],
            technique: try Technique(parsing: "T1190"),
            evidence: MaskedText("1' or 1=1".utf8),
            entities: [try Entity(parsing: "192.0.2.1")],
            nextStep: "look at the query"
        )
    }

    @Test func `a detection has stable keys and reads back`() throws {
        let detection = try detection()
        let text = try json(detection)
        #expect(
            text
                == #"{"control":"waf","entities":["address:192.0.2.1"],"evidence":{"text":"1' or 1=1","truncated":false},"#
                + #""id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","message":"SQL injection","next_step":"look at the query","#
                + #""response":"block","rule":"942100","severity":"critical","tags":["attack-sqli"],"target":"ARGS:q","#
                + #""technique":"T1190","time":1645557742000000001}"#
        )
        #expect(try decoded(text, as: Detection.self) == detection)
    }

    @Test func `a decision has stable keys and reads back`() throws {
        let decision = Decision(
            id: id,
            time: 5,
            control: .webFirewall,
            disposition: .wouldBlock,
            reason: .neverBlocked,
            mode: .enforce,
            scope: try Scope(parsing: "waf/app:shop"),
            revision: 7,
            message: "m",
            maker: "alice"
        )
        let text = try json(decision)
        #expect(
            text == #"{"control":"waf","disposition":"wouldBlock","id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","#
                + #""maker":"alice","message":"m","mode":"enforce","reason":"never_blocked","revision":7,"#
                + #""scope":"waf/app:shop","time":5}"#
        )
        #expect(try decoded(text, as: Decision.self) == decision)
    }

    @Test func `an unknown key is refused with the nearest one`() throws {
        let text = try json(try detection()).replacing("\"severity\"", with: "\"severty\"")
        #expect(problem(text, as: Detection.self) == "unknown key \"severty\"; did you mean severity?")
    }

    @Test func `a text that is not in its form is refused with what was expected`() throws {
        let text = try json(try detection()).replacing("address:192.0.2.1", with: "address:192.0.2")
        #expect(problem(text, as: Detection.self)?.contains("expected an address such as 192.0.2.1") == true)
    }

    @Test func `masked text is bounded and keeps characters whole`() throws {
        let exact = MaskedText([UInt8](repeating: 97, count: MaskedText.maximumLength))
        #expect(!exact.isTruncated && exact.description.utf8.count == MaskedText.maximumLength)
        let text = String(repeating: "a", count: MaskedText.maximumLength - 1) + "é"
        let cut = MaskedText(Array(text.utf8))
        #expect(cut.isTruncated && cut.description == String(repeating: "a", count: MaskedText.maximumLength - 1))
        let long = try decoded(
            #"{"text":"\#(String(repeating: "b", count: 5000))","truncated":false}"#,
            as: MaskedText.self
        )
        #expect(long.isTruncated && long.description.utf8.count == MaskedText.maximumLength)
    }
}
