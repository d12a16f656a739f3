// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Console
import EventBus
import Foundation
import Gateway
import Glibc
import Logging
import NIOCore
import SecLang
import Storage
import WebFirewall

/// A gateway from its start to its end: it serves, takes up changed settings on SIGHUP and drains on SIGTERM.
final class RunningGateway {
    private let options: GatewayOptions
    private let adjust: (inout GatewayPlan) -> Void
    private let sampleShop: SampleShopProcess?
    private let echoesErrors: Bool
    private let logger: Logger
    private let patterns: PatternPreparation
    private let evidence: GatewayEvidence
    private let policy: GatewayPolicy?
    private let console: ServerConsole?
    /// Where the console's pages are; nil where they are not served.
    private(set) var consoleAddress: String?
    private let recording: GatewayRecording?
    private let retired = RetiredRules()
    private let server: GatewayServer
    private(set) var setup: GatewaySetup
    /// By application, so that counters of clients outlive a reload.
    private var collections: [String: PersistentCollections]

    /// Whether exchanges are kept in the event store.
    var isRecording: Bool { recording != nil }

    /// The port that was bound.
    var port: Int { server.addresses.first?.port ?? setup.plan.listener.port }

    /// Starts to serve.
    ///
    /// - Parameters:
    ///   - options: read again on a reload.
    ///   - setup: what to start with.
    ///   - sampleShop: the upstream of applications without one.
    ///   - echoesErrors: whether the error log's lines are shown as well.
    ///   - adjust: changes each plan that is read from the settings, the first excepted.
    /// - Throws: ``CommandFailure`` where the address cannot be listened on.
    static func start(
        options: GatewayOptions,
        setup: GatewaySetup,
        sampleShop: SampleShopProcess? = nil,
        echoesErrors: Bool = false,
        adjust: @escaping (inout GatewayPlan) -> Void = { _ in }
    ) async throws -> RunningGateway {
        let collections = Dictionary(
            setup.plan.applications.map { ($0.name, PersistentCollections()) },
            uniquingKeysWith: { first, _ in first }
        )
        let logger = ProgramLogHandler.makeLogger()
        let evidence = GatewayEvidence()
        try evidence.note(setup, event: "start", logger: logger)
        let policy = try evidence.openPolicy(setup.plan, logger)
        let recording = GatewayRecording.start(
            setup.plan,
            logger: logger,
            blockStored: evidence.blockRecorder(logger)
        )
        let console = try Self.makeConsole(setup, evidence, policy, recording, logger)
        console?.protection.replace(setup, sampleShop: sampleShop.map { "localhost:\($0.address.port)" })
        await console?.outputs.replace(setup.plan)
        let configuration = setup.configuration(
            sampleShop: sampleShop?.address,
            policy: policy?.firewall,
            decisions: evidence.recorder,
            recorder: recording?.recorder,
            keeper: recording?.keeper
        ) { collections[$0] ?? PersistentCollections() }
        let patterns = PatternPreparation(logger: logger)
        patterns.prepare(setup.ruleSets, data: setup.plan.data)
        let server: GatewayServer
        do {
            server = try await GatewayServer.start(
                configuration,
                listeners: [setup.plan.listener],
                threads: setup.plan.threads,
                logger: logger
            )
        } catch {
            throw startFailure(error, setup.plan)
        }
        return RunningGateway(
            options: options,
            adjust: adjust,
            sampleShop: sampleShop,
            echoesErrors: echoesErrors,
            logger: logger,
            patterns: patterns,
            evidence: evidence,
            policy: policy,
            console: console,
            recording: recording,
            server: server,
            setup: setup,
            collections: collections
        )
    }

    private init(
        options: GatewayOptions,
        adjust: @escaping (inout GatewayPlan) -> Void,
        sampleShop: SampleShopProcess?,
        echoesErrors: Bool,
        logger: Logger,
        patterns: PatternPreparation,
        evidence: GatewayEvidence,
        policy: GatewayPolicy?,
        console: ServerConsole?,
        recording: GatewayRecording?,
        server: GatewayServer,
        setup: GatewaySetup,
        collections: [String: PersistentCollections]
    ) {
        self.options = options
        self.adjust = adjust
        self.sampleShop = sampleShop
        self.echoesErrors = echoesErrors
        self.logger = logger
        self.patterns = patterns
        self.evidence = evidence
        self.policy = policy
        self.console = console
        self.recording = recording
        self.server = server
        self.setup = setup
        self.collections = collections
    }

    /// The stores behind the console; nil where the evidence log cannot be written, as nothing could be changed then.
    private static func makeConsole(
        _ setup: GatewaySetup,
        _ evidence: GatewayEvidence,
        _ policy: GatewayPolicy?,
        _ recording: GatewayRecording?,
        _ logger: Logger
    ) throws -> ServerConsole? {
        guard let log = evidence.log, let policy else { return nil }
        do {
            let stores = try DataStores(
                setup.plan.dataFolder,
                evidence: log,
                in: GatewayEvidence.folder(setup.plan),
                ledger: policy.ledger,
                logger: logger
            )
            evidence.decisions.observe { stores.keep($0, leaf: $1) }
            let console = try ServerConsole(stores, setup.plan.consolePlan, logger: logger)
            if let recording { console.follow(recording) }
            return console
        } catch {
            // Our own fault, and traffic goes on; what is missing is said.
            logger.error("there is no console, and commands cannot reach this server: \(error)")
            return nil
        }
    }

    /// Serves the console: the local socket for commands always, pages where an address is given.
    ///
    /// - Parameter addresses: the first that is free is taken.
    func startConsole(_ addresses: [ConsoleAddress]) async {
        guard let console else { return }
        let events =
            recording.map { EventAccess($0.store, $0.bus) }
            ?? EventAccess(ofFolder: GatewayRecording.folder(inData: setup.plan.data))
        consoleAddress = await console.start(addresses, events: events, recording: recording, gateway: server)
    }

    /// Waits till what has passed through shows on pages.
    ///
    /// - Returns: how many detections there are.
    func waitForDetections() async -> Int {
        await recording?.flush()
        return await console?.detections() ?? 0
    }

    /// Ends at once, in order.
    func end() async {
        await server.shutDown(within: .seconds(1))
        sampleShop?.stop()
        await recording?.close(logger)
        if let console { await console.close() } else { await evidence.close() }
        setup.logs.flush()
    }

    /// The one-time link that makes the first administrator; nil once there is one, or without pages.
    func firstLink() async -> String? {
        guard let console, let consoleAddress else { return nil }
        return await console.firstLink(consoleAddress)
    }

    private static func startFailure(_ error: any Error, _ plan: GatewayPlan) -> CommandFailure {
        let isTaken = (error as? IOError)?.errnoCode == EADDRINUSE
        let port = plan.listener.port < 65_535 ? plan.listener.port + 1 : 0
        let host = plan.listener.host.contains(":") ? "[\(plan.listener.host)]" : plan.listener.host
        return .couldNotRun(
            isTaken
                ? "\(plan.listenText) is in use by another program"
                : "the gateway cannot listen on \(plan.listenText): \(error)",
            hint: "choose another address with --listen, such as --listen \(host):\(port); port 0 takes a free one"
        )
    }

    // MARK: Life

    /// Serves until a signal says to end.
    ///
    /// - Throws: ``CommandFailure`` where it ended for another reason.
    func run(_ signals: ProcessSignals) async throws {
        let watch = Task { [policy] in await policy?.watch() }
        defer { watch.cancel() }
        for await event in signals.events {
            switch event {
            case .reload:
                // Nobody else uses this gateway meanwhile: events wait for their turn.
                nonisolated(unsafe) let gateway = self
                await WorkThread.run("reload", .low) { gateway.reload() }
                await console?.outputs.replace(setup.plan)
            case .terminate(let signal):
                await shutDown(signal, signals)
                return
            case .sampleShopEnded(let status):
                await server.shutDown(within: .seconds(1))
                throw CommandFailure.couldNotRun("the sample shop has ended with status \(status)")
            }
        }
    }

    private func shutDown(_ signal: String, _ signals: ProcessSignals) async {
        let drain = setup.plan.drain
        let running = server.statistics.activeExchanges
        logger.notice(
            "draining: no new connections, running requests may finish",
            metadata: ["signal": "\(signal)", "requests": "\(running)", "patience": "\(Quantity.text(drain))"]
        )
        // Whoever asks a second time means it.
        let impatient = Task {
            for await event in signals.events {
                if case .terminate = event {
                    ProgramLogHandler.write("redoubt: ended at once, requests were cut off\n")
                    _exit(ExitCode.couldNotRun.rawValue)
                }
            }
        }
        let isFinished = await server.shutDown(within: drain)
        impatient.cancel()
        sampleShop?.stop()
        setup.programs?.stop()
        // The last events first: their blocks are leaves too.
        await recording?.close(logger)
        if let console { await console.close() } else { await evidence.close() }
        setup.logs.flush()
        let statistics = server.statistics
        logger.notice(
            isFinished ? "ended" : "ended; connections were cut off after the drain time",
            metadata: [
                "requests": "\(statistics.requests)", "blocked": "\(statistics.blocked)",
                "unrecorded": "\(statistics.unrecordedVerdicts)",
                "refused": "\(statistics.refused.values.reduce(0, +))", "lost_log_lines": "\(setup.logs.droppedLines)",
                "failed_log_reopens": "\(setup.logs.failedReopens)",
            ]
        )
    }

    // MARK: Reload

    /// Takes up the settings and rules as they are now; where they cannot be used, everything stays as it is.
    func reload() {
        // Log files are reopened in any case: whoever rotates them relies on it.
        setup.logs.reopen()
        do throws(LoadFailure) {
            let fresh = try load()
            let running = setup.plan
            let doors = try prepareDoors(fresh.plan)
            patterns.prepare(fresh.ruleSets, data: fresh.plan.data)
            for rules in fresh.ruleSets {
                RuleWarmUp.run(rules)
            }
            try evidence.note(fresh, event: "reload", logger: logger)
            try replace(fresh)
            doors()
            retired.retire(setup.ruleSets)
            setup = fresh
            console?.protection.replace(fresh, sampleShop: sampleShop.map { "localhost:\($0.address.port)" })
            warnAboutRestart(running, fresh.plan)
            for warning in fresh.warnings {
                logger.warning("\(warning)")
            }
            let count = fresh.rules.compactMap { $0?.rules.ruleCount }.max() ?? 0
            logger.notice(
                "reloaded",
                metadata: ["applications": "\(fresh.plan.applications.count)", "rules": "\(count)"]
            )
        } catch {
            ProgramLogHandler.write(error.report)
            let hint = error.failure.hint.map { "; \($0)" } ?? ""
            logger.error("not reloaded, the running configuration stays: \(error.failure.message)\(hint)")
        }
    }

    private func load() throws(LoadFailure) -> GatewaySetup {
        let missing: GatewayPlanner.MissingUpstream = sampleShop == nil ? .isAnError : .isTheSampleShop
        var plan = try GatewaySetup.plan(options, missingUpstream: missing, report: ProgramLogHandler.write)
        adjust(&plan)
        let isSameLogs = plan.errorLog == setup.plan.errorLog && plan.auditLog == setup.plan.auditLog
        let logs = isSameLogs ? setup.logs : try GatewaySetup.openLogs(plan, echoesErrors: echoesErrors)
        return try GatewaySetup.make(plan, logs: logs, isStart: false, after: setup)
    }

    private func replace(_ fresh: GatewaySetup) throws(LoadFailure) {
        var kept: [String: PersistentCollections] = [:]
        for application in fresh.plan.applications {
            kept[application.name] = collections[application.name] ?? PersistentCollections()
        }
        let known = kept
        let configuration = fresh.configuration(
            sampleShop: sampleShop?.address,
            policy: policy?.firewall,
            decisions: evidence.recorder,
            recorder: recording?.recorder,
            keeper: recording?.keeper
        ) {
            known[$0] ?? PersistentCollections()
        }
        do {
            try server.replaceConfiguration(configuration)
        } catch {
            throw LoadFailure(.badInput("\(error)"))
        }
        collections = kept
    }

    /// Reads certificates, and what else people come in through.
    ///
    /// - Returns: what takes them up.
    private func prepareDoors(_ fresh: GatewayPlan) throws(LoadFailure) -> () -> Void {
        do {
            let isTLS = setup.plan.listener.identity != nil
            let identity = try isTLS ? fresh.listener.identity.map { try ServerIdentity.Loaded($0) } : nil
            let door = try console?.door.prepare(fresh.consolePlan)
            return { [server, console] in
                if let identity { server.replaceIdentity(identity) }
                if let door { console?.door.use(door) }
            }
        } catch {
            throw LoadFailure(.badInput("\(error)"))
        }
    }

    /// Sockets and threads stay as they were at the start, and so does whether they speak TLS.
    private func warnAboutRestart(_ running: GatewayPlan, _ fresh: GatewayPlan) {
        let changes: [(SettingKey, Bool)] = [
            (.listen, running.listenText != fresh.listenText), (.threads, running.threads != fresh.threads),
            (.tlsCertificate, (running.listener.identity == nil) != (fresh.listener.identity == nil)),
            (.console, running.console != fresh.console),
            (.consoleURL, running.consolePlan.origin != fresh.consolePlan.origin),
            (.consoleNames, running.consolePlan.names != fresh.consolePlan.names),
            (.consoleCertificate, (running.consolePlan.identity == nil) != (fresh.consolePlan.identity == nil)),
            (.data, running.data != fresh.data), (.record, running.recordsEvents != fresh.recordsEvents),
        ]
        for (key, isChanged) in changes where isChanged {
            logger.warning("\(key.name) has changed; the change takes a restart")
        }
    }
}
