// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
internal import Foundation
internal import Policy
package import SecLang
internal import Synchronization

/// The web firewall as the gateway sees it: rules, how far they may go, and where they write.
package final class FirewallFilter: HTTPFilter {
    let rules: RuleSet
    let policy: FirewallPolicy
    /// The mode of the configuration, which holds where the policy has nothing set.
    private let base: ModeOrigin
    private let exclusions: ExclusionCache
    let logs: FirewallLogs
    let ruleLogs: RuleLogs?
    private let collections: PersistentCollections
    /// In nanoseconds; 0 for no bound.
    private let budget: UInt64
    private let programs: ProgramRunner?
    /// Makes decisions safe before they take effect; nil where nobody asks for evidence.
    let decisions: DecisionRecorder?
    let application: String?
    private let identification: ClientIdentification
    /// Puts each exchange on the bus; nil where nothing is recorded.
    let recorder: TransactionRecorder?
    /// Keeps some for trying changed rules on them; nil where nothing is kept.
    let keeper: TransactionKeeper?
    /// One for all filters: lists answer the same to each.
    private static let blockLists = BlockListResolver()
    private let environment = ProcessInfo.processInfo.environment
    private let timeZoneOffset = TimeZone.current.secondsFromGMT()
    private let sequence = Atomic<Int>(0)
    private let identifiers = Mutex(IdentifierGenerator())

    /// What a transaction may take unless someone says otherwise: some hundred times what a usual one takes.
    package static let standardBudget = Duration.milliseconds(50)

    /// - Parameters:
    ///   - rules: shared by any number of filters.
    ///   - mode: what holds where the policy has nothing set; in `observe` nothing is denied whatever the rules say.
    ///   - policy: what people have decided; nil where the mode is all there is.
    ///   - logs: where matches are written.
    ///   - ruleLogs: the logs that the rules name.
    ///   - collections: the persistent collections, which outlive a reload of the rules.
    ///   - budget: how much processor time the rules of a transaction may take; nil for no bound.
    ///   - programs: runs the programs that rules name; nil where they name none.
    ///   - application: what decisions call the site.
    ///   - identification: by what sessions, users and devices are told.
    ///   - decisions: records each before it takes effect; while it cannot, rules only observe.
    ///   - recorder: is told of each exchange.
    ///   - keeper: keeps some of them whole.
    package init(
        rules: RuleSet,
        mode: Mode,
        policy: FirewallPolicy? = nil,
        logs: FirewallLogs,
        ruleLogs: RuleLogs? = nil,
        collections: PersistentCollections,
        budget: Duration? = standardBudget,
        programs: ProgramLauncher? = nil,
        application: String? = nil,
        identification: ClientIdentification = ClientIdentification(),
        decisions: DecisionRecorder? = nil,
        recorder: TransactionRecorder? = nil,
        keeper: TransactionKeeper? = nil
    ) {
        self.decisions = decisions
        self.application = application
        self.identification = identification
        self.recorder = recorder
        self.keeper = keeper
        let scope = Scope(.webFirewall, application.map(Scope.Place.application) ?? .installation)
        // To observe is what everything starts with, not a setting.
        base = mode == .observe ? .standard : ModeOrigin(configured: mode, for: scope, at: SystemClock.time)
        self.policy = policy ?? .unchanged()
        exclusions = ExclusionCache(rules) { [logs] in logs.report("Redoubt: \($0)") }
        self.rules = rules
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
            observesOnly: true,
            writesDebugLog: ruleLogs?.debug != nil
        )
        context.budget = budget
        context.programs = programs
        if budget == 0 {
            context.processorTime = nil
        }
        return FirewallExchange(filter: self, connection: connection, context: context)
    }

    /// What the policy says about a request that begins.
    func judge(_ head: HTTPRequestHead, from client: IPAddress?) -> Judgement {
        let facts = ActivityFacts(
            application: application,
            method: head.bytes[head.method.bounds],
            path: head.bytes[head.target.bounds],
            contentType: head.contentType,
            address: client,
            entities: identification.isEmpty
                ? [] : identification.entities(of: head, under: policy.inForce.snapshot)
        )
        return Judgement(policy, facts, base: base, at: SystemClock.time)
    }

    func makeIdentifier() -> Identifier {
        var generator = SystemRandomNumberGenerator()
        let random = (generator.next() as UInt64, generator.next() as UInt64)
        return identifiers.withLock { $0.next(time: SystemClock.time, random: random) }
    }

    /// Whether what is done to a request can be recorded first; where not, nothing is done.
    var canAct: Bool { decisions?.isReady(at: SystemClock.time) != false }

    /// What the rules are to leave out of a request.
    func exclusions(for judgement: Judgement) -> [RuleExclusion] {
        guard judgement.stance.hasExceptions else { return [] }
        return exclusions.exclusions(
            judgement.snapshot.exceptions(of: .webFirewall, for: judgement.facts, at: judgement.time)
        )
    }
}
