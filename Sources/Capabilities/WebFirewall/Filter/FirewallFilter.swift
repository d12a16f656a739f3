// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
internal import Foundation
package import SecLang
internal import Synchronization

/// The web firewall as the gateway sees it: rules, how far they may go, and where they write.
package final class FirewallFilter: HTTPFilter {
    let rules: RuleSet
    let mode: Mode
    let logs: FirewallLogs
    let ruleLogs: RuleLogs?
    private let collections: PersistentCollections
    /// In nanoseconds; 0 for no bound.
    private let budget: UInt64
    private let programs: ProgramRunner?
    /// Makes decisions safe before they take effect; nil where nobody asks for evidence.
    let decisions: DecisionRecorder?
    /// What decisions are about.
    let scope: Scope
    let application: String?
    /// Puts each exchange on the bus; nil where nothing is recorded.
    let recorder: TransactionRecorder?
    /// One for all filters: lists answer the same to each.
    private static let blockLists = BlockListResolver()
    private let environment = ProcessInfo.processInfo.environment
    private let timeZoneOffset = TimeZone.current.secondsFromGMT()
    private let sequence = Atomic<Int>(0)

    /// What a transaction may take unless someone says otherwise: some hundred times what a usual one takes.
    package static let standardBudget = Duration.milliseconds(50)

    /// - Parameters:
    ///   - rules: shared by any number of filters.
    ///   - mode: in `observe` nothing is denied whatever the rules say.
    ///   - logs: where matches are written.
    ///   - ruleLogs: the logs that the rules name.
    ///   - collections: the persistent collections, which outlive a reload of the rules.
    ///   - budget: how much processor time the rules of a transaction may take; nil for no bound.
    ///   - programs: runs the programs that rules name; nil where they name none.
    ///   - application: what decisions call the site.
    ///   - decisions: records each before it takes effect; while it cannot, rules only observe.
    ///   - recorder: is told of each exchange.
    package init(
        rules: RuleSet,
        mode: Mode,
        logs: FirewallLogs,
        ruleLogs: RuleLogs? = nil,
        collections: PersistentCollections,
        budget: Duration? = standardBudget,
        programs: ProgramLauncher? = nil,
        application: String? = nil,
        decisions: DecisionRecorder? = nil,
        recorder: TransactionRecorder? = nil
    ) {
        self.decisions = decisions
        self.application = application
        self.recorder = recorder
        scope = Scope(.webFirewall, application.map(Scope.Place.application) ?? .installation)
        self.rules = rules
        self.mode = mode
        self.logs = logs
        self.ruleLogs = ruleLogs
        self.collections = collections
        self.programs = programs?.runner
        self.budget = budget.map { UInt64(max($0 / .nanoseconds(1), 0)) } ?? 0
    }

    package func makeExchange(_ connection: HTTPConnectionInfo) -> any HTTPFilterExchange {
        let number = sequence.add(1, ordering: .relaxed).newValue
        var context = TransactionContext(
            identifier: TransactionIdentifier.make(sequence: number),
            now: { SystemClock.nanoseconds },
            timeZoneOffset: timeZoneOffset,
            collections: collections,
            environment: environment,
            blockListLookup: { Self.blockLists.isListed($0) },
            processorTime: { SystemClock.threadNanoseconds },
            observesOnly: mode != .enforce || decisions?.isReady(at: SystemClock.time) == false,
            writesDebugLog: ruleLogs?.debug != nil
        )
        context.budget = budget
        context.programs = programs
        if budget == 0 {
            context.processorTime = nil
        }
        return FirewallExchange(filter: self, connection: connection, context: context)
    }
}
