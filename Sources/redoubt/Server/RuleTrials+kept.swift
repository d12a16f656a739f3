// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Console
import DefenseModel
import Policy
import SecLang
import Storage
import WebFirewall

extension RuleTrials {
    /// Trials on the transactions of a vault.
    ///
    /// - Parameters:
    ///   - rules: gives the rules in force, or says why there are none.
    ///   - data: where compiled patterns are kept.
    init(
        _ vault: PayloadVault,
        _ stores: DataStores,
        data: String?,
        rules: @escaping @Sendable () throws -> ExclusionSearch.Rules
    ) {
        let kept = KeptTransactions(vault)
        @Sendable func exceptions() -> ReplayExceptions {
            ReplayExceptions(stores.ledger.inForce.snapshot, at: SystemClock.time)
        }
        self.init(
            exceptions: { order, progress in
                let inForce = try rules()
                let search = ExclusionSearch(kept, rules: inForce, exceptions: exceptions())
                return try search.run(order.search, progress: progress).map { $0.proposal(inForce) }
            },
            defaults: { order, progress in
                try DefaultsSearch(kept).run(order.scope, in: order.times, progress: progress).map { found in
                    DefaultsProposal(found.map(\.proposal))
                }
            },
            comparison: { order, trial, progress in
                let changed = try TrialRulesCompiler.compile(trial, data: data, for: vault.count(in: order.times))
                let today = try rules()
                let comparison = RuleComparison(
                    kept,
                    today: today,
                    changed: { _ in changed },
                    exceptions: exceptions()
                )
                let start = ContinuousClock.now
                return try comparison.run(order.scope, in: order.times, progress: progress).map { finding in
                    finding.comparison(seconds: (ContinuousClock.now - start) / .seconds(1), changed, today(nil))
                }
            },
            explain: { transaction, around in
                // Names and records tell the time at which a transaction began; few blocks are decrypted for it.
                let slack: Int64 = 2_000_000_000
                let times = around.map { time in
                    let time = min(max(slack, time), .max - slack)
                    return (time - slack)...(time + slack)
                }
                guard let found = try kept.transaction(Array(transaction.utf8), in: times ?? 0...(.max)),
                    let set = try rules()(found.application)
                else { return nil }
                return TransactionExplanation(found, set).shown
            }
        )
    }
}

extension TrialOrder {
    fileprivate var times: ClosedRange<Int64> { min(since, until)...max(since, until) }

    fileprivate var search: ExclusionSearch.Order {
        ExclusionSearch.Order(
            scope,
            in: times,
            rule: rule?.number,
            transactions: Set(transactions.map { Array($0.utf8) })
        )
    }
}

// MARK: - What was found, as the console shows it

extension KeptTransaction {
    var sample: TransactionSample {
        let target = request.bytes[request.target.bounds]
        let shown = MaskedTransaction.path(of: target)
        var seen: Set<Int> = []
        return TransactionSample(
            transaction: String(decoding: identifier, as: UTF8.self),
            time: time,
            client: connection.clientAddress,
            application: application,
            method: String(decoding: request.bytes[request.method.bounds].prefix(40), as: UTF8.self),
            path: shown,
            status: status,
            rules: matches.map(\.rule).filter { $0 > 0 && seen.insert($0).inserted }.prefix(20).map { "\($0)" }
        )
    }
}

extension ExclusionSearch.Finding {
    private static let mostShown = 50

    fileprivate func proposal(_ rules: ExclusionSearch.Rules) -> ExceptionProposal {
        var proposal = ExceptionProposal()
        proposal.drafts = zip(drafts, needs).map { draft, needs in
            var message: String?
            if case .rule(let id) = draft.rules, let number = id.number {
                message = rules(draft.place.application)?.summary(of: number)?.message
            }
            return ExceptionProposal.Draft(
                rules: draft.rules,
                target: draft.target,
                place: draft.place,
                message: message ?? "",
                needs: needs
            )
        }
        proposal.looked = looked
        proposal.ended = ended
        proposal.wanted = wanted
        proposal.stillEnded = stillEnded
        proposal.others = others
        proposal.alsoPassingCount = alsoPassing.count
        proposal.alsoPassing = alsoPassing.prefix(Self.mostShown).map(\.sample)
        proposal.examples = examples.map(\.sample)
        proposal.skipped = skipped
        proposal.withoutRules = withoutRules
        proposal.damaged = damaged
        return proposal
    }
}

extension Scope.Place {
    fileprivate var application: String? {
        switch self {
        case .application(let name): name
        case .route(let name, _): name
        case .installation, .namespace, .workload: nil
        }
    }
}

extension DefaultsSearch.Finding {
    fileprivate var proposal: DefaultsProposal.Finding {
        DefaultsProposal.Finding(
            subject: subject.rawValue,
            value: value,
            application: application,
            routes: routes,
            count: count,
            clients: clients,
            answered: answered,
            list: subject.list,
            draft: ExceptionProposal.Draft(
                rules: rules,
                target: nil,
                place: place,
                contentType: contentType,
                needs: count
            )
        )
    }
}

extension RuleComparison.Finding {
    fileprivate func comparison(seconds: Double, _ changed: RuleSet, _ today: RuleSet?) -> RulesComparison {
        func note(_ name: String) -> String? {
            Int(name).flatMap { number in (changed.summary(of: number) ?? today?.summary(of: number))?.message }
        }
        var comparison = RulesComparison()
        comparison.replayed = replayed
        comparison.untouched = untouched
        comparison.seconds = seconds
        comparison.stoppedToday = stoppedToday
        comparison.stoppedThen = stoppedThen
        comparison.more = moreCount
        comparison.fewer = fewerCount
        comparison.drifted = drifted
        comparison.byRule = byRule.map { .init(name: $0.name, note: note($0.name), more: $0.more, fewer: $0.fewer) }
        comparison.byRoute = byRoute.map { .init(name: $0.name, more: $0.more, fewer: $0.fewer) }
        comparison.moreExamples = more.map(\.sample)
        comparison.fewerExamples = fewer.map(\.sample)
        comparison.withoutRules = withoutRules
        comparison.damaged = damaged
        return comparison
    }
}

extension MaskedValue {
    fileprivate var shown: ShownText {
        ShownText(pieces.map { ShownText.Piece($0.text, isMarked: $0.isMarked) }, isCut: isCut)
    }
}

extension TransactionExplanation {
    fileprivate var shown: ExplainedTransaction {
        let masked = MaskedTransaction(kept)
        func fields(_ fields: [MaskedTransaction.Field]) -> [ExplainedTransaction.Field] {
            fields.map { ExplainedTransaction.Field($0.name, $0.value.shown) }
        }
        return ExplainedTransaction(
            sample: kept.sample,
            endedBy: endedBy.map { "\($0)" },
            matches: matches.map { match in
                ExplainedTransaction.Match(
                    rule: "\(match.rule)",
                    message: match.message,
                    target: match.target,
                    value: match.value.shown,
                    transformations: match.transformations,
                    condition: match.condition,
                    file: match.file,
                    line: match.line,
                    decides: match.decides
                )
            },
            moreMatches: more,
            version: masked.version,
            query: fields(masked.query),
            headers: fields(masked.headers),
            body: fields(masked.body),
            bodyText: masked.bodyText?.shown,
            bodyLength: masked.bodyLength
        )
    }
}
