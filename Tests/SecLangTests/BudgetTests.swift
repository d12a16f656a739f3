// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Matching
import SecLang
import Synchronization
import Testing

@Suite struct BudgetTests {
    /// A clock on which every look takes 10 ms.
    private final class SlowClock: Sendable {
        private let time = Atomic<UInt64>(0)
        private let looks = Atomic<Int>(0)
        /// How often the machine stands still for a second instead; after that, no time passes.
        private let pauses: Int?

        init(pauses: Int?) {
            self.pauses = pauses
        }

        func next() -> UInt64 {
            let look = looks.add(1, ordering: .relaxed).newValue
            let step: UInt64 = pauses.map { (2..<($0 + 2)).contains(look) ? 1_000_000_000 : 0 } ?? 10_000_000
            return time.add(step, ordering: .relaxed).newValue
        }
    }

    /// Shows 1,000 arguments to a rule that matches none of them and to one behind it that denies everything.
    private func run(
        _ budget: UInt64,
        observes: Bool = false,
        pauses: Int? = nil,
        rules text: String = """
        SecRuleEngine On
        SecRule ARGS "@rx ^never$" "id:1,phase:1,pass"
        SecAction "id:2,phase:1,deny,status:451"
        SecAction "id:3,phase:5,pass,log"
        """
    ) throws -> (Intervention?, Intervention?, [RuleMatch]) {
        let rules = try RuleHarness.compile(text)
        let clock = SlowClock(pauses: pauses)
        var context = TransactionContext(
            identifier: Array("tx-1".utf8),
            now: { 0 },
            collections: PersistentCollections(capacity: 16),
            processorTime: { clock.next() },
            observesOnly: observes
        )
        context.budget = budget
        var transaction = Transaction(rules: rules, context: context)
        let arguments = (0..<900).map { "a\($0)=1" }.joined(separator: "&")
        transaction.requestHead(
            HTTPRequestHead(
                method: Array("GET".utf8),
                target: Array("/?\(arguments)".utf8),
                version: Array("HTTP/1.1".utf8),
                fields: []
            )
        )
        transaction.evaluateRequestHeaders()
        transaction.finish()
        return (transaction.intervention, transaction.would, transaction.loggableMatches)
    }

    @Test func `denies what takes more than its budget, and says so`() throws {
        let (intervention, _, matches) = try run(50_000_000)
        #expect(intervention?.kind == .deny && intervention?.status == 403)
        #expect(intervention?.rule == 0 && intervention?.phase == 1)
        #expect(matches.map(\.rule) == [0, 3])
        #expect(matches.first.map { String(decoding: $0.message, as: UTF8.self) }?.contains("budget of 50 ms") == true)
    }

    @Test func `lets it pass while it observes, but evaluates no further`() throws {
        let (intervention, would, matches) = try run(50_000_000, observes: true)
        #expect(intervention == nil)
        #expect(would?.status == 403)
        #expect(matches.map(\.rule) == [0, 3])
    }

    @Test(arguments: [0, 10_000_000_000] as [UInt64])
    func `goes to the end within the budget, or without one`(budget: UInt64) throws {
        let (intervention, _, matches) = try run(budget)
        #expect(intervention?.status == 451)
        #expect(matches.map(\.rule) == [2, 3])
    }

    @Test func `takes one pause of the machine for no work of the rules, but not any number of them`() throws {
        #expect(try run(50_000_000, pauses: 1).0?.status == 451)
        #expect(try run(50_000_000, pauses: 3).0?.status == 403)
    }

    @Test func `does not count the logging phase, whose verdict would come too late`() throws {
        let (intervention, would, matches) = try run(
            200_000_000,
            rules: """
                SecRuleEngine On
                SecRule ARGS "@rx ^never$" "id:1,phase:5,pass"
                SecAction "id:3,phase:5,pass,log"
                """
        )
        #expect(intervention == nil && would == nil)
        #expect(matches.map(\.rule) == [3])
    }

    @Test func `takes the scanner's word where PCRE2 gives up`() throws {
        // Nested repetition: PCRE2's limit is hit long before it has tried all ways.
        let rules = try RuleHarness.compile(
            """
            SecRuleEngine On
            SecPcreMatchLimit 1000
            SecRule ARGS:a "@rx (?:x+x+)+y|z{3}$" "id:1,phase:1,deny"
            """
        )
        func deny(_ value: String) -> Bool {
            var transaction = Transaction(
                rules: rules,
                context: TransactionContext(
                    identifier: [1],
                    now: { 0 },
                    collections: PersistentCollections(capacity: 16)
                )
            )
            transaction.requestHead(
                HTTPRequestHead(
                    method: Array("GET".utf8),
                    target: Array("/?a=\(value)".utf8),
                    version: Array("HTTP/1.1".utf8),
                    fields: []
                )
            )
            transaction.evaluateRequestHeaders()
            return transaction.intervention != nil
        }
        let evasion = String(repeating: "x", count: 400) + "zzz"
        #expect(!deny(evasion))
        let library = PatternLibrary.compile(rules.scanPatterns)
        rules.use(library)
        // The portable scanner only knows literals; there the limit is what it was.
        if case .hyperscan = library.backend {
            #expect(deny(evasion))
        }
        #expect(!deny(String(repeating: "x", count: 400)))
    }
}
