// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Access
package import DefenseModel
package import EventBus
package import Evidence
package import Incidents
package import Policy
package import Storage

/// All that the console shows and changes. The executable fills it in; the console knows nothing else.
package struct ConsoleServices: Sendable {
    package var policy: PolicyAccess
    package var access: AccessControl
    package var insight: InsightStore
    let numbers: RecentNumbers
    package var events: EventAccess
    package var evidence: EvidenceAccess
    package var rules: RuleCatalogue
    /// What is protected.
    package var applications: @Sendable () -> [ProtectedApplication]
    package var health: @Sendable () async -> [HealthCheck]
    /// Beside those that the console counts itself.
    package var metrics: @Sendable () async -> [Metric]
    /// Where people may sign in beside names and passwords; nil for nowhere.
    package var singleSignOn: @Sendable () -> SingleSignOn? = { nil }
    /// What leaves Redoubt, and how it is used.
    package var outputs = OutputAccess.none
    package var usage = UsageAccess.none
    /// Findings of scanners; nil where none are kept.
    package var vulnerabilities: VulnerabilityAccess?
    /// Is told of each route that was answered well, by its name in the table.
    package var used: @Sendable (_ route: String) -> Void = { _ in }
    /// Seals the cursors of lists.
    package var cursors: CursorSeal
    /// What `redoubt --version` says.
    package var version: String
    /// Nanoseconds since 1970.
    package var clock: @Sendable () -> Int64
    /// What takes its time.
    package let jobs: JobDesk
    /// Where rules are asked about kept transactions.
    let explanations = ExplanationDesk()
    /// What can be tried on kept transactions; nil where none are kept.
    package var trials: RuleTrials?

    package init(
        policy: PolicyAccess,
        access: AccessControl,
        insight: InsightStore,
        events: EventAccess,
        evidence: EvidenceAccess,
        rules: RuleCatalogue,
        applications: @escaping @Sendable () -> [ProtectedApplication],
        health: @escaping @Sendable () async -> [HealthCheck],
        metrics: @escaping @Sendable () async -> [Metric] = { [] },
        cursors: CursorSeal,
        version: String,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.policy = policy
        self.access = access
        self.insight = insight
        numbers = RecentNumbers(insight)
        self.events = events
        self.evidence = evidence
        self.rules = rules
        self.applications = applications
        self.health = health
        self.metrics = metrics
        self.cursors = cursors
        self.version = version
        self.clock = clock
        jobs = JobDesk(clock: clock)
    }
}

/// The policy, which only changes by recorded changes.
package struct PolicyAccess: Sendable {
    /// The document as it is now.
    package var document: @Sendable () -> PolicyDocument
    /// Makes a change; it is on disk as evidence before this returns.
    ///
    /// - Parameter revision: the one that the author has seen; nil for any.
    package var apply:
        @Sendable (_ change: PolicyChange, _ author: Authorship, _ revision: Int?) async throws -> RecordedChange
    /// The change that takes a decision back; nil where there is none.
    package var inverse: @Sendable (_ decision: Identifier) async throws -> PolicyChange?
    /// An entity as activities name it: of the value of a cookie, which people may paste, its keyed hash.
    package var known: @Sendable (Entity) -> Entity = { $0 }

    package init(
        document: @escaping @Sendable () -> PolicyDocument,
        apply: @escaping @Sendable (PolicyChange, Authorship, Int?) async throws -> RecordedChange,
        inverse: @escaping @Sendable (Identifier) async throws -> PolicyChange?
    ) {
        self.document = document
        self.apply = apply
        self.inverse = inverse
    }
}

/// A change of the policy and the decision that records it.
package struct RecordedChange: Sendable {
    package var change: AppliedChange
    package var decision: Identifier

    package init(_ change: AppliedChange, decision: Identifier) {
        self.change = change
        self.decision = decision
    }
}

/// What was recorded of all that happened.
package struct EventAccess: Sendable {
    /// Answers a query. It ends early, with what was found, when the task is cancelled.
    package var search: @Sendable (EventQuery) async throws -> EventPage
    /// What happens from now on.
    package var subscribe: @Sendable (_ name: String) -> EventSubscription
    /// Ends a subscription, when nobody listens any more.
    package var unsubscribe: @Sendable (EventSubscription) -> Void

    package init(
        search: @escaping @Sendable (EventQuery) async throws -> EventPage,
        subscribe: @escaping @Sendable (String) -> EventSubscription,
        unsubscribe: @escaping @Sendable (EventSubscription) -> Void
    ) {
        self.search = search
        self.subscribe = subscribe
        self.unsubscribe = unsubscribe
    }
}

/// The evidence log.
package struct EvidenceAccess: Sendable {
    package var checkpoint: @Sendable () async throws -> SignedCheckpoint
    package var key: @Sendable () -> NoteKey
    /// Proves one leaf in the newest checkpoint.
    package var prove: @Sendable (_ index: Int) async throws -> EvidenceProof
    /// Reads all of it and checks each hash and signature.
    package var verify: @Sendable () async throws -> EvidenceReport
    /// The newest leaves, at most so many, with their numbers.
    package var newest: @Sendable (_ count: Int) async throws -> [(index: Int, leaf: EvidenceLeaf)]
    /// A bundle of all, which `redoubt evidence verify --from` reads.
    package var export: @Sendable () async throws -> [UInt8]
    /// Checkpoints that were handed to a witness, and those that wait; nil without a witness.
    package var witness: @Sendable () -> WitnessStatistics?

    package init(
        checkpoint: @escaping @Sendable () async throws -> SignedCheckpoint,
        key: @escaping @Sendable () -> NoteKey,
        prove: @escaping @Sendable (Int) async throws -> EvidenceProof,
        verify: @escaping @Sendable () async throws -> EvidenceReport,
        newest: @escaping @Sendable (Int) async throws -> [(index: Int, leaf: EvidenceLeaf)],
        export: @escaping @Sendable () async throws -> [UInt8],
        witness: @escaping @Sendable () -> WitnessStatistics?
    ) {
        self.checkpoint = checkpoint
        self.key = key
        self.prove = prove
        self.verify = verify
        self.newest = newest
        self.export = export
        self.witness = witness
    }
}

/// The rules that are loaded.
package struct RuleCatalogue: Sendable {
    package var all: @Sendable () -> [CatalogueRule]
    package var find: @Sendable (RuleID) -> CatalogueRule?

    package init(
        all: @escaping @Sendable () -> [CatalogueRule],
        find: @escaping @Sendable (RuleID) -> CatalogueRule?
    ) {
        self.all = all
        self.find = find
    }
}

/// A rule as people know it.
package struct CatalogueRule: Sendable, Hashable {
    package var id: RuleID
    package var message: String
    package var text: String
    package var file: String
    package var line: Int
    package var tags: [String]

    package init(id: RuleID, message: String, text: String, file: String, line: Int, tags: [String]) {
        self.id = id
        self.message = message
        self.text = text
        self.file = file
        self.line = line
        self.tags = tags
    }
}

/// What a gateway protects.
package struct ProtectedApplication: Sendable, Hashable {
    package var name: String
    /// Where requests go to.
    package var upstream: String
    /// What clients ask for.
    package var hosts: [String]
    /// The title of the rule set that looks at it; nil where none does.
    package var ruleSet: String?
    /// The mode of the configuration, which holds where the policy has nothing set.
    package var configured: Mode

    package init(name: String, upstream: String, hosts: [String], ruleSet: String?, configured: Mode = .observe) {
        self.configured = configured
        self.name = name
        self.upstream = upstream
        self.hosts = hosts
        self.ruleSet = ruleSet
    }
}

/// One thing that is well or not.
package struct HealthCheck: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        case fine, degraded, failed
    }

    package var name: String
    package var state: State
    /// What is the matter and what to do, or what it does.
    package var detail: String
    /// Whether nothing can be served while it has failed.
    package var isNeededToServe: Bool

    package init(name: String, state: State, detail: String, isNeededToServe: Bool = false) {
        self.name = name
        self.state = state
        self.detail = detail
        self.isNeededToServe = isNeededToServe
    }
}
