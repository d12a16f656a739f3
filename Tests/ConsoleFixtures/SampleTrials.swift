// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Console
internal import DefenseModel
internal import Foundation
internal import Policy
internal import Synchronization

/// Trials whose findings are made up, for pages and the API.
package enum SampleTrials {
    /// Makes them; work waits for the gate, where there is one.
    package static func make(gate: SampleGate? = nil) -> RuleTrials {
        RuleTrials(
            exceptions: { order, progress in
                guard gate?.pass(progress) ?? progress(0.5) else { return nil }
                if order.rule?.description == "666" { throw JobFailure("the rules of this folder do not load") }
                return try proposal()
            },
            defaults: { _, progress in progress(1) ? DefaultsProposal(try findings()) : nil },
            comparison: { _, rules, progress in
                guard rules.text?.contains("Sec") == true || !rules.files.isEmpty else {
                    throw JobFailure("the rules do not load:\nrules:1:1: error: expected a directive")
                }
                return progress(1) ? comparison() : nil
            },
            explain: { transaction, _ in transaction == "gone.1" ? nil : explained(transaction) }
        )
    }

    private static func draft(
        _ rule: Int,
        _ target: String?,
        _ place: String,
        type: String? = nil
    ) throws -> ExceptionProposal.Draft {
        ExceptionProposal.Draft(
            rules: .rule(RuleID(rule)),
            target: try target.map { try TargetSelector(parsing: $0) },
            place: try Scope.Place(parsing: place),
            contentType: try type.map { try MediaType(parsing: $0) },
            message: "SQL Injection Attack Detected via libinjection",
            needs: 38
        )
    }

    private static func sample(_ number: Int, _ path: String) -> TransactionSample {
        TransactionSample(
            transaction: "1700000000000.\(number)",
            time: Clock.now() - Int64(number) * 60_000_000_000,
            client: "198.51.100.\(number)",
            application: "shop",
            method: "POST",
            path: path,
            status: 200,
            rules: ["942100", "942190"]
        )
    }

    private static func proposal() throws -> ExceptionProposal {
        var proposal = ExceptionProposal()
        proposal.drafts = [try draft(942_100, "ARGS:text", "app:shop/route:POST /guestbook")]
        proposal.looked = 4_120
        proposal.ended = 61
        proposal.wanted = 38
        proposal.others = 3
        proposal.alsoPassingCount = 1
        proposal.alsoPassing = [sample(9, "/guestbook")]
        proposal.examples = (1...8).map { sample($0, "/guestbook") }
        return proposal
    }

    private static func findings() throws -> [DefaultsProposal.Finding] {
        [
            DefaultsProposal.Finding(
                subject: "content type",
                value: "text/csv",
                application: "shop",
                routes: ["POST /import", "POST /admin/import"],
                count: 412,
                clients: 38,
                answered: 410,
                list: "tx.allowed_request_content_type",
                draft: try draft(920_420, nil, "app:shop", type: "text/csv")
            ),
            DefaultsProposal.Finding(
                subject: "method",
                value: "PUT",
                application: "shop",
                routes: ["PUT /items/{id}"],
                count: 96,
                clients: 12,
                answered: 96,
                list: "tx.allowed_methods",
                draft: try draft(911_100, nil, "app:shop/route:PUT /*")
            ),
        ]
    }

    private static func comparison() -> RulesComparison {
        var comparison = RulesComparison()
        comparison.replayed = 4_120
        comparison.seconds = 0.6
        comparison.stoppedToday = 61
        comparison.stoppedThen = 24
        comparison.more = 2
        comparison.fewer = 39
        comparison.drifted = 1
        comparison.byRule = [.init(name: "942100", note: "SQL Injection", more: 2, fewer: 39)]
        comparison.byRoute = [.init(name: "POST /guestbook", more: 0, fewer: 38)]
        comparison.moreExamples = [sample(20, "/search")]
        comparison.fewerExamples = [sample(21, "/guestbook")]
        return comparison
    }

    private static func explained(_ transaction: String) -> ExplainedTransaction {
        func text(_ before: String, _ marked: String = "", _ after: String = "") -> ShownText {
            let pieces = [(before, false), (marked, true), (after, false)].filter { !$0.0.isEmpty }
            return ShownText(pieces.map { ShownText.Piece($0.0, isMarked: $0.1) }, isCut: false)
        }
        var sample = sample(1, "/search")
        sample.transaction = transaction
        return ExplainedTransaction(
            sample: sample,
            endedBy: "949110",
            matches: [
                ExplainedTransaction.Match(
                    rule: "942100",
                    message: "SQL Injection Attack Detected via libinjection",
                    target: "ARGS:q",
                    value: text("******' ", "union select", " 1,********--"),
                    transformations: ["urlDecodeUni", "lowercase"],
                    condition: "@detectSQLi ",
                    file: "/usr/share/modsecurity-crs/rules/REQUEST-942-APPLICATION-ATTACK-SQLI.conf",
                    line: 64,
                    decides: false
                )
            ],
            moreMatches: 0,
            version: "HTTP/1.1",
            query: [.init("q", text("******' union select 1,********--"))],
            headers: [.init("Host", text("shop.example")), .init("Cookie", text("(48 bytes, hidden)"))],
            body: [],
            bodyText: nil,
            bodyLength: 0
        )
    }
}

/// Lets work wait until a test says so.
package final class SampleGate: Sendable {
    private let isOpen = Mutex(false)

    package init() {}

    package func open() { isOpen.withLock { $0 = true } }

    /// Waits till it is open.
    package func wait() -> Bool { pass { _ in true } }

    /// - Returns: whether the work is to go on.
    func pass(_ progress: (Double) -> Bool) -> Bool {
        while !isOpen.withLock({ $0 }) {
            guard progress(0.25) else { return false }
            Thread.sleep(forTimeInterval: 0.005)
        }
        return progress(1)
    }
}
