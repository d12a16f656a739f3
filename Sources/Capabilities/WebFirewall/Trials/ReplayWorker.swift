// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
package import Policy
internal import SecLang
internal import Synchronization

/// Tries rules on one kept transaction after the other, for one thread.
final class ReplayWorker {
    let rules: RuleSet
    private var collections = PersistentCollections(capacity: 64)

    /// What a transaction may take; some hundred times what a gateway allows, and an end all the same.
    private static let budget: UInt64 = 5_000_000_000

    init(_ rules: RuleSet) {
        self.rules = rules
    }

    /// The rule that would end a transaction; nil where it passes. What matched is not told, so that nothing is made for it.
    func endedBy(_ kept: KeptTransaction, without exclusions: [RuleExclusion] = []) -> Int? {
        evaluate(kept, exclusions) { $0.would?.rule }
    }

    /// Whether a transaction is ended, or has a value on which a regular expression gives up.
    ///
    /// - Parameter costs: takes which rules were met.
    func isConspicuous(_ kept: KeptTransaction, without exclusions: [RuleExclusion], costs: RuleCosts) -> Bool {
        evaluate(kept, exclusions, costs) { $0.would != nil || $0.hasRegexFailure }
    }

    func run(
        _ kept: KeptTransaction,
        without exclusions: [RuleExclusion] = []
    ) -> TransactionReplay.Outcome {
        evaluate(kept, exclusions) { transaction in
            TransactionReplay.Outcome(
                endedBy: transaction.would?.rule,
                telling: Self.telling(transaction.matches) ?? transaction.would?.rule,
                matches: transaction.matches.map {
                    KeptTransaction.Match(rule: $0.rule, target: String(decoding: $0.variable, as: UTF8.self))
                }
            )
        }
    }

    /// All that rules say of what they matched.
    func matches(_ kept: KeptTransaction) -> (endedBy: Int?, matches: [RuleMatch]) {
        evaluate(kept, []) { ($0.would?.rule, $0.matches) }
    }

    /// The rule that tells most: the worst of those that did not only sum up what others found.
    private static func telling(_ matches: [RuleMatch]) -> Int? {
        let found = matches.filter { match in
            match.rule > 0 && !KeptTransaction.Match.isScore(String(decoding: match.variable, as: UTF8.self))
        }
        return found.min { ($0.severity ?? 8) < ($1.severity ?? 8) }?.rule
    }

    private func evaluate<Result>(
        _ kept: KeptTransaction,
        _ exclusions: [RuleExclusion],
        _ costs: RuleCosts? = nil,
        _ result: (borrowing Transaction) -> Result
    ) -> Result {
        // Counters of clients then are not those of now: each transaction begins without any.
        if collections.bytes > 0 { collections = PersistentCollections(capacity: 64) }
        let time = UInt64(max(0, kept.time))
        var context = TransactionContext(
            identifier: kept.identifier,
            now: { time },
            collections: collections,
            processorTime: { SystemClock.threadNanoseconds },
            observesOnly: true
        )
        context.budget = Self.budget
        context.costs = costs
        var transaction = Transaction(rules: rules, context: context)
        transaction.connection(kept.connection)
        transaction.requestHead(kept.request)
        if !exclusions.isEmpty { transaction.exclude(exclusions) }
        transaction.evaluateRequestHeaders()
        _ = kept.body.withUnsafeBufferPointer { transaction.appendRequestBody($0) }
        transaction.evaluateRequestBody()
        if let response = kept.response {
            transaction.responseHead(response)
            transaction.evaluateResponseBody()
        }
        transaction.finish()
        return result(transaction)
    }
}

/// The policy's exceptions for kept transactions, as they hold now.
package struct ReplayExceptions: Sendable {
    private let snapshot: PolicySnapshot
    private let time: Int64
    private let caches: Caches

    /// One for each rule set.
    private final class Caches: Sendable {
        private let known = Mutex<[ObjectIdentifier: ExclusionCache]>([:])

        func cache(of rules: RuleSet) -> ExclusionCache {
            known.withLock { known in
                let cache = known[ObjectIdentifier(rules)] ?? ExclusionCache(rules) { _ in }
                known[ObjectIdentifier(rules)] = cache
                return cache
            }
        }
    }

    /// - Parameter time: now, in nanoseconds since 1970.
    package init(_ snapshot: PolicySnapshot, at time: Int64) {
        self.snapshot = snapshot
        self.time = time
        caches = Caches()
    }

    func exclusions(for kept: KeptTransaction, of rules: RuleSet) -> [RuleExclusion] {
        let exceptions = snapshot.exceptions(of: .webFirewall, for: kept.facts, at: time)
        return exceptions.isEmpty ? [] : caches.cache(of: rules).exclusions(exceptions)
    }
}

extension KeptTransaction {
    /// What the policy knows it by.
    var facts: ActivityFacts {
        ActivityFacts(
            application: application,
            method: request.bytes[request.method.bounds],
            path: request.bytes[request.target.bounds],
            contentType: request.contentType,
            address: IPAddress(connection.clientAddress)
        )
    }

    /// `POST /orders/{id}`
    var route: String {
        RouteTemplate.of(
            method: Array(request.bytes[request.method.bounds]),
            target: Array(request.bytes[request.target.bounds])
        )
    }

    /// Whether it is one that a scope of the web firewall is about; the scope's rule is not looked at.
    func isIn(_ scope: Scope) -> Bool { isAt(scope.place) }

    func isAt(_ place: Scope.Place) -> Bool {
        switch place {
        case .installation: true
        case .application(let name): application == name
        case .route(let name, _) where name != nil && name != application: false
        case .route(_, let pattern):
            pattern.covers(
                RoutePath(request.bytes[request.target.bounds]),
                method: request.bytes[request.method.bounds]
            )
        case .namespace, .workload: false
        }
    }

    /// The newest first; those of one moment in the order of their names.
    static func isNewer(_ left: KeptTransaction, _ right: KeptTransaction) -> Bool {
        left.time == right.time
            ? left.identifier.lexicographicallyPrecedes(right.identifier) : left.time > right.time
    }

    /// Whether the application answered it with success or a redirection.
    var isAnswered: Bool { (200..<400).contains(status) }

    func header(_ name: StaticString) -> ArraySlice<UInt8>? {
        name.withUTF8Buffer { name in
            request.fields.first { field in
                let bytes = request.bytes[field.name.bounds]
                return bytes.count == name.count && zip(bytes, name).allSatisfy { $0 | 0x20 == $1 }
            }
            .map { request.bytes[$0.value.bounds] }
        }
    }
}
