// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Console
import DefenseModel
import EventBus
import Evidence
import Foundation
import Gateway
import Incidents
import Logging
import Policy
import Storage
import Synchronization
import WebFirewall

/// The console of a running server, and what fills its pages from the event bus.
final class ServerConsole: Sendable {
    let stores: DataStores
    let protection = Protection()
    let door: ConsoleDoor
    let outputs: ServerOutputs
    private let keeper: DetectionKeeper
    private let logger: Logger
    private let server = Mutex<GatewayServer?>(nil)
    /// Consoles first, then those that follow the bus, which end with it.
    private let work = Mutex<[Task<Void, Never>]>([])
    private let follows = Atomic<Int>(0)
    private let desk = Mutex<JobDesk?>(nil)
    private let losses = LossWatch()
    private let attacks = Mutex<AttackWatch?>(nil)

    init(_ stores: DataStores, _ plan: ConsolePlan, logger: Logger) throws {
        self.stores = stores
        door = try ConsoleDoor(plan, logger: logger)
        self.logger = logger
        keeper = try DetectionKeeper(stores.insight)
        outputs = ServerOutputs(stores, logger: logger)
    }

    /// Takes what happens from now on.
    func follow(_ recording: GatewayRecording) {
        let subscription = recording.bus.subscribe("detections")
        let keeper = keeper
        work.withLock { $0.append(Task { await keeper.keep(subscription) }) }
        follows.add(1, ordering: .relaxed)
        outputs.follow(recording.bus)
    }

    /// Serves the console.
    ///
    /// - Parameter addresses: where to listen; the first that is free is taken. Without any there is the local socket alone,
    ///   which commands use.
    /// - Returns: the address of the pages; nil where they are not served.
    func start(
        _ addresses: [ConsoleAddress],
        events: EventAccess,
        recording: GatewayRecording?,
        gateway: GatewayServer
    ) async -> String? {
        server.withLock { $0 = gateway }
        // Without a recording accepted risks still end at their dates.
        attacks.withLock { [stores, logger] in if $0 == nil { $0 = AttackWatch(stores, logger) } }
        if recording == nil {
            logger.warning("exchanges are not recorded, so attacks on findings are not seen from now on")
        }
        let services = services(events, recording)
        guard !addresses.isEmpty else {
            _ = await start(nil, services, isLast: true)
            return nil
        }
        for address in addresses {
            if let text = await start(address, services, isLast: address == addresses.last) { return text }
        }
        return nil
    }

    private func start(_ address: ConsoleAddress?, _ services: ConsoleServices, isLast: Bool) async -> String? {
        var settings = ConsoleSettings()
        settings.socketPath = ConsoleSocket.path(inData: stores.folder)
        settings.servesTCP = address != nil
        door.complete(&settings)
        if let address {
            settings.host = address.host
            settings.port = address.port
        }
        let console = Console(services, settings, logger: logger)
        let (answers, announced) = AsyncStream.makeStream(of: String?.self)
        let task = Task { [logger] in
            do {
                try await console.run { announced.yield($0) }
            } catch {
                let text = "the console cannot be served: \(error)"
                if !Task.isCancelled { logger.log(level: isLast ? .error : .info, "\(text)") }
            }
            announced.yield(nil)
        }
        work.withLock { $0.insert(task, at: 0) }
        guard address != nil else { return nil }
        for await text in answers { return text }
        return nil
    }

    private func services(_ events: EventAccess, _ recording: GatewayRecording?) -> ConsoleServices {
        var services = ConsoleServices(
            stores,
            events: events,
            rules: protection.catalogue,
            applications: { [protection] in protection.applications }
        )
        services.singleSignOn = { [door] in door.singleSignOn }
        services.health = { [self] in health(recording) }
        services.metrics = { [self] in metrics(recording) + outputs.metrics }
        services.outputs = outputs.access(services.outputs)
        services.usage = outputs.usage(services.usage)
        if let recording {
            services.trials = RuleTrials(recording.vault, stores, data: stores.folder) { [protection] in
                { protection.rules(of: $0) }
            }
        }
        let jobs = services.jobs
        desk.withLock { $0 = jobs }
        return services
    }

    /// Brings what has come to disk, and counts the detections since the start.
    func detections() async -> Int {
        // A batch that was just handed on is taken by the keeper's task a moment later.
        for _ in 0..<20 where keeper.statistics.events == 0 {
            try? await Task.sleep(for: .milliseconds(50))
        }
        do throws(StorageError) {
            try await keeper.flush()
        } catch {
            logger.error("detections cannot be kept: \(error)")
        }
        return keeper.statistics.detections
    }

    /// The one-time link that makes the first administrator; nil once there is one.
    func firstLink(_ address: String) async -> String? {
        do throws(AccessError) {
            return "\(door.origin ?? address)/start/\(try await stores.access.makeFirstLink(at: SystemClock.time).text)"
        } catch {
            if error.code != .exists { logger.error("no link for the first administrator: \(error.message)") }
            return nil
        }
    }

    /// Ends the pages first, then writes what came in. The bus has to be closed.
    func close() async {
        desk.withLock { $0?.cancelAll() }
        let tasks = work.withLock { $0 }
        for task in tasks.dropLast(follows.load(ordering: .relaxed)) { task.cancel() }
        for task in tasks { await task.value }
        await door.close()
        await keeper.close()
        await attacks.withLock { $0 }?.close()
        await outputs.close()
        await stores.close(logger)
    }

    // MARK: Health

    private func health(_ recording: GatewayRecording?) -> [HealthCheck] {
        var checks = [HealthCheck(name: "gateway", state: .fine, detail: "serves", isNeededToServe: true)]
        let evidence = stores.evidence.statistics
        let unwritten = evidence.failed + evidence.refused
        checks.append(
            !losses.isOpen("evidence", lost: unwritten, written: evidence.appended)
                ? HealthCheck(
                    name: "evidence",
                    state: .fine,
                    detail: "\(evidence.appended) leaves since the start"
                        + Self.before(unwritten, "could not be written")
                )
                : HealthCheck(
                    name: "evidence",
                    state: .degraded,
                    detail:
                        "\(evidence.failed) leaves could not be written, \(evidence.refused) were too many at once; "
                        + "what cannot be recorded is not enforced"
                )
        )
        if let recording {
            checks.append(self.recorded(recording))
        } else {
            checks.append(
                HealthCheck(
                    name: "events",
                    state: .degraded,
                    detail: "exchanges are not recorded, so pages stay empty and attacks on findings are not seen"
                )
            )
        }
        let insight = keeper.statistics
        let lost = insight.lost.values.reduce(0, +)
        let isLosing = losses.isOpen("detections", lost: lost, written: insight.commits)
        checks.append(
            HealthCheck(
                name: "detections",
                state: isLosing || insight.lastFailure != nil ? .degraded : .fine,
                detail: insight.lastFailure
                    ?? (isLosing
                        ? "\(lost) are lost"
                        : "\(insight.storedRows) rows since the start" + Self.before(lost, "were lost"))
            )
        )
        checks += outputs.health
        if stores.ledger.inForce.snapshot.stoodDown != nil {
            checks.append(
                HealthCheck(
                    name: "policy",
                    state: .degraded,
                    detail: "stood down: nothing is enforced; redoubt stand-up ends it"
                )
            )
        }
        return checks + certificates
    }

    private func recorded(_ recording: GatewayRecording) -> HealthCheck {
        let statistics = recording.statistics
        let lost = recording.lostEvents
        if let failure = statistics.lastFailure {
            return HealthCheck(name: "events", state: .degraded, detail: "\(failure); \(lost) events are lost")
        }
        let isLosing = losses.isOpen("events", lost: lost, written: statistics.storedEvents)
        return HealthCheck(
            name: "events",
            state: isLosing ? .degraded : .fine,
            detail: isLosing
                ? "\(lost) events are lost; see the program's log"
                : lost == 0 ? "every exchange is recorded" : "exchanges are recorded" + Self.before(lost, "were lost")
        )
    }

    /// What was lost before all was well again.
    private static func before(_ count: Int, _ what: String) -> String {
        count == 0 ? "" : "; \(count) \(what) before"
    }

    /// How long the certificates last, where there are some.
    private var certificates: [HealthCheck] {
        let ends = [("gateway", server.withLock { $0?.certificateEnd }), ("console", door.certificateEnd)]
        let now = Int(SystemClock.time / 1_000_000_000)
        return ends.compactMap { name, end in
            guard let end else { return nil }
            let days = (end - now) / 86_400
            return HealthCheck(
                name: "\(name)'s certificate",
                state: end <= now ? .failed : days < 14 ? .degraded : .fine,
                detail: end <= now
                    ? "has expired; replace its files and send SIGHUP"
                    : "ends in \(days) days" + (days < 14 ? "; replace its files and send SIGHUP" : "")
            )
        }
    }

    private func metrics(_ recording: GatewayRecording?) -> [Metric] {
        var metrics: [Metric] = []
        if let gateway = server.withLock({ $0?.statistics }) {
            metrics += [
                Metric("redoubt_gateway_requests_total", .counter, "Requests that were read.", gateway.requests),
                Metric("redoubt_gateway_blocked_total", .counter, "Exchanges that were denied.", gateway.blocked),
                Metric(
                    "redoubt_gateway_unrecorded_total",
                    .counter,
                    "Denials that could not be recorded, and failed.",
                    gateway.unrecordedVerdicts
                ),
                Metric("redoubt_gateway_exchanges", .gauge, "Exchanges under way.", gateway.activeExchanges),
                Metric("redoubt_gateway_connections", .gauge, "Connections of clients.", gateway.activeConnections),
            ]
        }
        let evidence = stores.evidence.statistics
        let insight = keeper.statistics
        metrics += [
            Metric("redoubt_ledger_size", .gauge, "Leaves of the evidence log.", stores.evidence.leafCount),
            Metric("redoubt_ledger_failed_total", .counter, "Leaves that could not be written.", evidence.failed),
            Metric("redoubt_detections_total", .counter, "Events that told of a detection.", insight.detections),
            Metric("redoubt_detections_lost_total", .counter, "Rows that were lost.", insight.lost.values.reduce(0, +)),
            Metric(
                "redoubt_policy_revision",
                .gauge,
                "The policy's revision.",
                stores.ledger.inForce.snapshot.revision
            ),
        ]
        if let recording {
            let store = recording.statistics
            metrics += [
                Metric("redoubt_events_stored_total", .counter, "Events that are on disk.", store.storedEvents),
                Metric("redoubt_events_lost_total", .counter, "Events that were lost.", recording.lostEvents),
                Metric("redoubt_store_bytes", .gauge, "The bytes of the events' files.", store.storedFileBytes),
            ]
        }
        return metrics
    }
}

/// Where the pages are served.
struct ConsoleAddress: Equatable {
    var host: String
    /// 0 for any that is free.
    var port: Int

    static let standard = ConsoleAddress(host: "127.0.0.1", port: 7433)
}

/// The local socket of a data folder.
enum ConsoleSocket {
    /// The longest name that a socket can have (unix(7)).
    private static let longest = 107

    /// In the folder itself, or where its name is too long for a socket, in the folder for temporary files under a name of
    /// its own. The folder's lock tells commands which.
    static func path(inData folder: String) -> String {
        let path = absolute(folder) + "/redoubt.sock"
        guard path.utf8.count > longest else { return path }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "/tmp/redoubt-\(String(hash, radix: 36)).sock"
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
