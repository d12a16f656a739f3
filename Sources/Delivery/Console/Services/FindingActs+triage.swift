// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import FindingIdentity
package import VulnerabilityManagement

extension FindingActs {
    /// Acts of the store's triage, each recorded before it takes effect, and taken back by their numbers.
    ///
    /// - Parameters:
    ///   - facts: what feeds know of vulnerabilities; nil for nothing.
    ///   - record: puts an entry into the evidence ledger, with the time in nanoseconds since 1970; where it throws, nothing
    ///     is changed.
    package init(
        _ store: VulnerabilityStore,
        facts: (any VulnerabilityFactsSource)? = nil,
        record: @escaping @Sendable (_ entry: TriageRecord, _ time: Int64) async throws -> Void
    ) {
        self.init(
            apply: { order, maker, time, isPreview in
                let now = Int(time / 1_000_000_000)
                let plan = try await Self.refusing {
                    try await StoreThread.run { try Self.plan(order, store, now: now) }
                }
                var outcome = Outcome(
                    matched: plan.ids.count,
                    changed: plan.ids.count,
                    examples: plan.sample.map(\.id)
                )
                guard !isPreview else { return outcome }
                try await record(plan.record(maker: maker), time)
                let result = try await StoreThread.run {
                    try store.apply(plan, maker: maker, facts: facts, now: now)
                }
                outcome.changed = result.changed
                if result.unchanged > 0 { outcome.skipped["so already"] = result.unchanged }
                outcome.batch = String(result.act)
                return outcome
            },
            undo: { batch, maker, time in
                guard let act = Int64(batch) else { throw Refusal("there is no such act") }
                _ = try await Self.refusing { try await StoreThread.run { try store.checkUndo(act) } }
                try await record(store.undoRecord(act, comment: "", maker: maker), time)
                let now = Int(time / 1_000_000_000)
                let (restored, kept) = try await StoreThread.run {
                    try store.undo(act, maker: maker, facts: facts, now: now)
                }
                var outcome = Outcome(matched: restored + kept, changed: restored)
                if kept > 0 { outcome.skipped["changed since"] = kept }
                return outcome
            },
            maker: { batch in
                guard let act = Int64(batch) else { return nil }
                do {
                    return try await StoreThread.run { try store.checkUndo(act) }
                } catch is TriageError {
                    return nil
                }
            }
        )
    }

    private static func refusing<Output: Sendable>(_ body: () async throws -> Output) async throws -> Output {
        do {
            return try await body()
        } catch let error as TriageError {
            throw Refusal(error.message)
        } catch let error as FindingFilterError {
            throw Refusal(error.description)
        }
    }

    private static func plan(_ order: Order, _ store: VulnerabilityStore, now: Int) throws -> TriagePlan {
        let act = try act(order)
        switch order.choice {
        case .these(let ids):
            return try store.plan(act, comment: order.reason, on: ids, within: order.bounds, now: now)
        case .filter(let text):
            let filter = try FindingFilter(parsing: text, takesBareWords: true).within(order.bounds)
            return try store.plan(act, comment: order.reason, on: filter, now: now)
        }
    }

    private static func act(_ order: Order) throws(Refusal) -> TriageAct {
        switch order.act {
        case .confirm: return .confirm
        case .resolve: return .resolve
        case .reopen: return .reopen
        case .comment: return .comment
        case .assign: return .assign(order.assignee)
        case .rate:
            guard let severity = order.severity else { throw Refusal("say how bad it is") }
            return .rate(severity, until: order.until.map { Int($0 / 1_000_000_000) })
        case .dismiss:
            guard let reason = order.dismissal.flatMap({ DismissalReason(rawValue: $0) }) else {
                throw Refusal("say why it is dismissed")
            }
            guard reason == .acceptableRisk else { return .dismiss(reason) }
            guard let until = order.until else { throw Refusal("say till when the risk is accepted, such as 90d") }
            return .accept(until: Int(until / 1_000_000_000))
        }
    }
}
