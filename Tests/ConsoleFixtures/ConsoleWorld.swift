// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Access
package import Console
internal import Correlation
internal import DefenseModel
package import EventBus
package import Evidence
internal import Foundation
package import Incidents
internal import Logging
internal import Policy
package import Storage
internal import Synchronization
package import VulnerabilityManagement

/// A console over real stores in a folder of its own, with users of all roles.
package final class ConsoleWorld: Sendable {
    package let folder: String
    package let bus = EventBus()
    package let events: EventStore
    package let insight: InsightStore
    package let keeper: DetectionKeeper
    package let access: AccessControl
    package let evidence: EvidenceLog
    package let ledger: TestLedger
    package let findings: VulnerabilityStore
    package let findingActs = SampleActs()
    package let console: Console
    /// The console's clock.
    package let now: @Sendable () -> Int64
    private let recorded: Acts
    private let producer: EventProducer
    private let pumps: [Task<Void, Never>]

    package static let password = "correct horse battery"

    package init(
        _ settings: ConsoleSettings = ConsoleSettings(),
        singleSignOn: @escaping @Sendable () -> SingleSignOn? = { nil },
        gate: SampleGate? = nil,
        maximumUpload: Int = 256 << 20,
        hasRealActs: Bool = false,
        now: @escaping @Sendable () -> Int64 = Clock.now
    ) async throws {
        self.now = now
        let folder = try Self.makeFolder()
        self.folder = folder
        var eventSettings = EventStore.Settings()
        eventSettings.blockAge = .milliseconds(100)
        let events = try EventStore(folder: folder + "/events", eventSettings)
        self.events = events
        insight = try InsightStore(path: folder + "/insight.sqlite")
        let keeper = try Self.keeper(insight)
        self.keeper = keeper
        producer = bus.producer(source: 1, epoch: 1)
        let (first, second) = (bus.subscribe("events"), bus.subscribe("keeper"))
        pumps = [
            Task { while let batch = await first.next() { _ = await events.append(batch) } },
            Task { await keeper.keep(second) },
        ]
        let logFolder = LogFolder(folder + "/evidence")
        evidence = try EvidenceLog(logFolder, time: now())
        let recorded = Acts()
        self.recorded = recorded
        access = try AccessControl(
            database: folder + "/access.sqlite",
            Self.quickPasswords,
            recorder: AccessRecorder(record: { recorded.add($0) }, note: { recorded.add($0) })
        )
        ledger = TestLedger(evidence, insight)
        let ledger = ledger
        var services = ConsoleServices(
            policy: PolicyAccess(
                document: { ledger.document },
                apply: { try await ledger.apply($0, $1, $2) },
                inverse: { ledger.inverse($0) }
            ),
            access: access,
            insight: insight,
            events: EventAccess(events, bus),
            evidence: EvidenceAccess(evidence, logFolder),
            rules: Sample.catalogue,
            applications: { Sample.applications },
            health: { Sample.health },
            cursors: try CursorSeal(keyFile: folder + "/cursor.key"),
            version: "redoubt test",
            clock: now
        )
        services.singleSignOn = singleSignOn
        (services.outputs, services.usage) = (Sample.outputs(), Sample.usage())
        services.trials = SampleTrials.make(gate: gate)
        findings = try VulnerabilityStore(path: folder + "/vulnerabilities.sqlite")
        let acts = hasRealActs ? nil : findingActs
        services.vulnerabilities = Self.access(findings, acts, evidence, folder, maximumUpload)
        console = Console(services, Self.patient(settings), logger: Self.silent)
    }

    private static let silent = Logger(label: "console") { _ in SwiftLogNoOpLogHandler() }

    private static func keeper(_ insight: InsightStore) throws -> DetectionKeeper {
        var settings = DetectionKeeper.Settings()
        settings.numbersDelay = .milliseconds(100)
        return try DetectionKeeper(insight, settings)
    }

    private static func makeFolder() throws -> String {
        let folder = NSTemporaryDirectory() + "/console-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/events", withIntermediateDirectories: true)
        return folder
    }

    /// Acts are those of the store where none are given.
    private static func access(
        _ findings: VulnerabilityStore,
        _ acts: SampleActs?,
        _ evidence: EvidenceLog,
        _ folder: String,
        _ maximumUpload: Int
    ) -> VulnerabilityAccess {
        var access = VulnerabilityAccess(findings, uploadFolder: folder + "/uploads")
        access.maximumUpload = maximumUpload
        access.related = { store, finding in
            try RelatedFindings(store).related(to: finding).map { SameWeakness(finding: $0.row, because: $0.because) }
        }
        access.record = { record, time in
            guard let kind = EvidenceKind(record.kind) else {
                throw EvidenceError(.malformed, "\(record.kind) is no kind of leaf")
            }
            _ = try await evidence.append(EvidenceLeaf(kind: kind, time: time, content: record.content))
        }
        access.acts = acts?.acts ?? access.record.map { FindingActs(findings, record: $0) }
        return access
    }

    /// On a busy machine a task may wait a minute for its turn; that is not what is tested.
    private static func patient(_ settings: ConsoleSettings) -> ConsoleSettings {
        var settings = settings
        settings.handlerDeadline = .seconds(600)
        settings.searchDeadline = .seconds(600)
        return settings
    }

    private static var quickPasswords: AccessControl.Settings {
        var settings = AccessControl.Settings()
        settings.passwordCost = PasswordCost(logarithm: 4, blockSize: 1, repetitions: 1) ?? .standard
        return settings
    }

    /// What was done to or with accounts, in order.
    package var acts: [AccessAct] { recorded.list }

    /// Makes a user of each role, all with ``password``; the administrator is called `admin`.
    package func addUsers() async throws {
        let local = Principal.local(name: "root")
        for role in Role.allCases {
            let new = NewUser(name: try UserName(role.rawValue), roles: [role], password: Self.password)
            _ = try await access.makeUser(new, by: local, at: now())
        }
    }

    /// Makes a user, with ``password``, who has no role but those in parts of the project tree.
    @discardableResult
    package func addUser(_ name: String, grants: [(Role, String)]) async throws -> UserID {
        let local = Principal.local(name: "root")
        let new = NewUser(name: try UserName(name), roles: [], password: Self.password)
        let user = try await access.makeUser(new, by: local, at: now())
        for (role, path) in grants {
            let grant = try Grant(role, in: try ProjectScope(path))
            _ = try await access.grant(grant, to: user.id, by: local, at: now())
        }
        return user.id
    }

    /// Records exchanges, and waits until lists show them.
    package func record(_ exchanges: [SampleExchange]) async throws {
        try await keeper.flush()
        let before = keeper.statistics.events
        for exchange in exchanges {
            let client = exchange.client.flatMap { IPAddress($0) }.map { [EntityKey(Entity($0))] } ?? []
            _ = producer.append(exchange.line, exchange.facts, entities: client)
        }
        bus.flush()
        // The subscriptions take it in their own time.
        for _ in 0..<600 where keeper.statistics.events < before + exchanges.count {
            try await Task.sleep(for: .milliseconds(20))
        }
        try await keeper.flush()
        try await events.flush()
    }

    /// Takes in what scanners have reported over three months.
    package func addFindings(until now: Int64) throws {
        try FindingSamples.fill(findings, now: Int(now / 1_000_000_000))
    }

    /// How many leaves the evidence log has.
    package var leafCount: Int { evidence.leafCount }

    package func close() async {
        await bus.close()
        for pump in pumps { pump.cancel() }
        await keeper.close()
        try? await events.close()
        try? insight.close()
        try? findings.close()
        try? access.close()
        await evidence.close()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

private final class Acts: Sendable {
    private let acts = Mutex<[AccessAct]>([])

    var list: [AccessAct] { acts.withLock { $0 } }

    func add(_ act: AccessAct) { acts.withLock { $0.append(act) } }
}

package enum Clock {
    package static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) * 1000 }
}
