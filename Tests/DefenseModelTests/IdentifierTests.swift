// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import DefenseModel

@Suite struct IdentifierTests {
    /// The example of RFC 9562, appendix A.6.
    @Test func `has the form of the RFC`() throws {
        let identifier = Identifier(milliseconds: 0x017F_22E2_79B0, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
        #expect(identifier.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(try Identifier(parsing: "017F22E2-79B0-7CC3-98C4-DC0C0C07398F") == identifier)
        #expect(identifier.time == 1_645_557_742_000_000_000)
    }

    @Test(arguments: [
        "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",
        "017f22e279b0-7cc3-98c4-dc0c0c07398f-", "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ])
    func `what is no identifier is refused`(text: String) {
        #expect(throws: ModelError.self) { try Identifier(parsing: text) }
    }

    @Test func `each is greater than the one before`() {
        var numbers = SeededNumbers(state: 3)
        var generator = IdentifierGenerator()
        var last = generator.next(time: 5_000_000, random: (.max, .max))
        // Within a millisecond, over its end, and with a clock that steps back.
        for time: Int64 in [5_000_000, 5_999_999, 6_000_000, 1_000_000, -1, .min, 7_000_000, 7_000_000] {
            for _ in 0..<500 {
                let next = generator.next(time: time, random: (numbers.next(), numbers.next()))
                #expect(next > last && next.description > last.description)
                last = next
            }
        }
        #expect(last.time == 7_000_000)
    }

    @Test func `counting over the end of the random bits moves on to the next millisecond`() {
        var generator = IdentifierGenerator()
        var last = generator.next(time: 1_000_000, random: (.max, .max))
        // A step of 2^32 each: from half of 2^74 the end is not reached; identifiers stay valid and in order.
        for _ in 0..<10_000 {
            let next = generator.next(time: 1_000_000, random: (.max, .max))
            #expect(next > last)
            last = next
        }
        #expect((try? Identifier(parsing: last.description)) == last)
    }

    @Test func `identifiers of the same time differ by their randomness`() {
        var numbers = SeededNumbers(state: 4)
        var seen: Set<Identifier> = []
        for _ in 0..<1000 {
            var generator = IdentifierGenerator()
            seen.insert(generator.next(time: 1_000_000, random: (numbers.next(), numbers.next())))
        }
        #expect(seen.count == 1000)
    }
}
