// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SigmaRules
import Testing

struct ConditionTests {
    /// Four search identifiers that hold where the event has 1.
    private static let identifiers = """
        sel_a:
            a: 1
        sel_b:
            b: 1
        c:
            c: 1
        _d:
            d: 1

        """

    private static func events() -> [(a: Bool, b: Bool, c: Bool, d: Bool, text: String)] {
        (0..<16).map { bits in
            let values = (0..<4).map { bits & 1 << $0 != 0 }
            let members = zip(["a", "b", "c", "d"], values).map { "\"\($0)\":\($1 ? 1 : 0)" }
            return (values[0], values[1], values[2], values[3], "{\(members.joined(separator: ","))}")
        }
    }

    private typealias Truth = @Sendable (Bool, Bool, Bool, Bool) -> Bool

    private static let cases: [(condition: String, truth: Truth)] = [
        ("sel_a", { a, _, _, _ in a }),
        ("not sel_a", { a, _, _, _ in !a }),
        ("not not sel_a", { a, _, _, _ in a }),
        ("sel_a or sel_b and c", { a, b, c, _ in a || b && c }),
        ("(sel_a or sel_b) and c", { a, b, c, _ in (a || b) && c }),
        ("sel_a and not sel_b or not c and _d", { a, b, c, d in a && !b || !c && d }),
        ("not (sel_a or (sel_b and not c))", { a, b, c, _ in !(a || b && !c) }),
        ("1 of sel_*", { a, b, _, _ in a || b }),
        ("any of sel*", { a, b, _, _ in a || b }),
        ("all of sel_*", { a, b, _, _ in a && b }),
        ("1 of them", { a, b, c, _ in a || b || c }),
        ("all of them", { a, b, c, _ in a && b && c }),
        ("not 1 of sel_* and _d", { a, b, _, d in !(a || b) && d }),
        ("all of s*a and not all of *", { a, b, c, _ in a && !(a && b && c) }),
        ("((((sel_a))))", { a, _, _, _ in a }),
        ("sel_a AND NOT sel_b", { a, b, _, _ in a && !b }),
        ("[sel_a and c, sel_b and not c]", { a, b, c, _ in a && c || b && !c }),
    ]

    @Test func `conditions hold as their operators say`() throws {
        for (condition, truth) in Self.cases {
            let (set, diagnostics) = Rules.compile(Rules.text(Self.identifiers + "condition: \(condition)"))
            #expect(diagnostics == [], "\(condition)")
            let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
            for event in Self.events() {
                let matches = try !Rules.match(matcher, event.text).isEmpty
                #expect(matches == truth(event.a, event.b, event.c, event.d), "\(condition): \(event.text)")
            }
        }
    }

    @Test(arguments: [
        ("sel_a | count() > 5", "character 7", "correlation rules"), ("sel_a and", "character 10", "the end"),
        ("sel_x", "character 1", "\"sel_x\""), ("(sel_a", "character 7", "\")\""),
        ("sel_a sel_b", "character 7", "\"and\""),
        ("2 of sel_*", "character 1", "\"1\""), ("1 of nothing*", "character 6", "nothing*"),
        ("1 of", "character 5", "them"),
        (")", "character 1", "\")\""), ("sel_a)", "character 6", "\")\""), ("and", "character 1", "\"and\""),
        ("sel_aa", "character 1", "did you mean \"sel_a\""),
    ])
    func `a broken condition is refused at its place`(condition: String, place: String, reason: String) {
        let (set, diagnostics) = Rules.compile(Rules.text(Self.identifiers + "condition: '\(condition)'"))
        #expect(set.rules.isEmpty)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.code == .condition)
        #expect(diagnostics.first?.line == 13 + 1)
        let message = diagnostics.first?.message ?? ""
        #expect(message.contains(place) && message.contains(reason), "\(message)")
    }

    @Test func `nesting is bounded`() {
        let deep = String(repeating: "(", count: 50_000) + "sel_a" + String(repeating: ")", count: 50_000)
        let (_, diagnostics) = Rules.compile(Rules.text(Self.identifiers + "condition: '\(deep)'"))
        #expect(diagnostics.map(\.code) == [.limit])
        let nots = String(repeating: "not ", count: 50_001) + "sel_a"
        let (set, _) = Rules.compile(Rules.text(Self.identifiers + "condition: \(nots)"))
        #expect(set.rules.count == 1)
    }
}
