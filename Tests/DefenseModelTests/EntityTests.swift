// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import DefenseModel

@Suite struct EntityTests {
    @Test(arguments: [
        ("192.0.2.1", "address:192.0.2.1"), ("::FFFF:192.0.2.1", "address:192.0.2.1"),
        ("address:2001:DB8::1", "address:2001:db8::1"), ("2001:DB8:0::/32", "network:2001:db8::/32"),
        ("10.9.9.9/8", "network:10.0.0.0/8"), ("network:10.0.0.1/32", "address:10.0.0.1"),
        ("user:Alice", "user:Alice"), ("user:a:b", "user:a:b"), ("session:9f8e", "session:9f8e"),
        ("workload:prod/api", "workload:prod/api"),
    ])
    func `an entity has one spelling`(text: String, canonical: String) throws {
        let entity = try Entity(parsing: text)
        #expect(entity.description == canonical)
        #expect(try Entity(parsing: canonical) == entity)
    }

    @Test(arguments: [
        ("alice", "expected an address, a network, or a kind"), ("usr:alice", "did you mean user?"),
        ("user:", "1 to 256 bytes, found 0"), ("user:a\nb", "without control characters"),
        ("address:nobody", "such as 192.0.2.1"), ("10.0.0.0/40", "prefix length from 0 to 32"), ("", "found \"\""),
    ])
    func `what is no entity is refused with what was expected`(text: String, part: String) {
        let error = #expect(throws: ModelError.self) { try Entity(parsing: text) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test func `severities are ordered by what they mean`() {
        #expect(Severity.allCases.sorted() == Severity.allCases)
        #expect(Severity.allCases.map(\.level) == [0, 1, 2, 3, 4])
        #expect(Severity.critical > .high && Severity.info < .low)
    }

    @Test func `modes are ordered by how far they go`() {
        #expect(Mode.off < .observe && Mode.observe < .enforce)
        #expect(min(Mode.enforce, .observe) == .observe)
    }

    @Test func `the position of each control is its own`() {
        #expect(ControlID.allCases.map(\.index) == Array(ControlID.allCases.indices))
    }

    @Test func `a misspelt control gets a hint`() {
        let error = #expect(throws: ModelError.self) { try ControlID(parsing: "waff") }
        #expect(error?.message == "\"waff\" is no control; did you mean waf?")
    }

    @Test func `rules with numbers come in their order, before those with names`() throws {
        let texts = ["942100", "99", "Read sensitive file", "b", "099"]
        let sorted = try texts.map { try RuleID(parsing: $0) }.sorted().map(\.description)
        #expect(sorted == ["99", "942100", "099", "Read sensitive file", "b"])
        #expect(try RuleID(parsing: "942100") == RuleID(942100))
        for text in ["", " a", "a ", "a\u{1}", String(repeating: "a", count: 129)] {
            #expect(throws: ModelError.self) { try RuleID(parsing: text) }
        }
    }

    @Test func `a technique has a number`() throws {
        #expect(try Technique(parsing: "T1059.004").description == "T1059.004")
        for text in ["", "T", "T119", "1190", "T1190.", "T1190.1", "T1190.001.001", "t1190"] {
            #expect(throws: ModelError.self) { try Technique(parsing: text) }
        }
    }

    @Test func `what acts is told from what would have`() {
        for response in Countermeasure.allCases {
            #expect(Disposition(response, isCarriedOut: true).isAct)
            #expect(!Disposition(response, isCarriedOut: false).isAct)
        }
        #expect(!Disposition.excepted.isAct && !Disposition.allowed.isAct && Disposition.changed.isAct)
    }
}
