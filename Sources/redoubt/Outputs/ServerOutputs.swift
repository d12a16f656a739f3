// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Console
import EventBus
import Incidents
import Integrations
import Logging
import Synchronization

/// What leaves a running server, and what counts how it is used.
final class ServerOutputs: Sendable {
    private let stores: DataStores
    private let hub: OutputHub
    private let sender: UsageSender?
    private let findings: FindingWatch
    /// Events that the usage has been told of.
    private let counted = Mutex(0)

    init(_ stores: DataStores, logger: Logger) {
        self.stores = stores
        let version = Redoubt.configuration.version
        let hub = OutputHub(stores.outputs, version: version, logger)
        self.hub = hub
        sender = stores.outputs.map { UsageSender($0, address: nil, version: version, logger) }
        findings = FindingWatch(stores.vulnerabilities, hub, logger)
        stores.records.observe(hub)
        hub.follow(stores.insight.live)
        stores.usage?.gather { [weak self] in self?.newlySent() ?? [:] }
        stores.usage?.start()
        sender?.start()
    }

    /// Takes the exchanges that are recorded from now on.
    func follow(_ bus: EventBus) {
        hub.follow(bus) { [usage = stores.usage] batch in usage?.count(batch) }
    }

    /// Takes up the outputs of a plan; those that stay as they are open their files anew.
    func replace(_ plan: GatewayPlan) async {
        await hub.replace(plan.outputs)
        sender?.replace(plan.usageAddress)
    }

    /// The detections that are on disk are the last ones that are sent.
    func close() async {
        stores.insight.live.close()
        async let usage: Void? = sender?.close()
        await findings.close()
        await hub.close()
        _ = await usage
    }

    private func newlySent() -> [UsageCounter: Int] {
        let sent = hub.statuses.reduce(0) { $0 + $1.statistics.sent }
        return counted.withLock { counted in
            // An output that was replaced begins anew.
            let fresh = max(0, sent - counted)
            counted = sent
            return [.eventsSent: fresh]
        }
    }

    // MARK: What it does

    func access(_ stored: OutputAccess) -> OutputAccess {
        var access = stored
        let hub = hub
        access.list = { hub.statuses.map { OutputState($0) } }
        access.test = { name in
            do throws(OutputError) {
                return try await hub.test(name)
            } catch {
                throw OutputFailure(error.code == .unknown ? .notFound : .refused, error.message)
            }
        }
        let retry = stored.retry
        access.retry = { choice, author in
            if case .output(let name) = choice, let names = hub.names, !names.contains(name) {
                throw OutputFailure(.notFound, "there is no output \"\(name)\" any more; nothing can be sent there")
            }
            let count = try await retry(choice, author)
            // What was revived for outputs that are gone would wait unseen.
            await hub.buryOrphans()
            hub.wake()
            return count
        }
        let drop = stored.drop
        access.drop = { choice, author in
            let count = try await drop(choice, author)
            hub.wake()
            return count
        }
        return access
    }

    func usage(_ stored: UsageAccess) -> UsageAccess {
        var access = stored
        let report = stored.report
        let meter = stores.usage
        access.report = { [sender] days in
            await meter?.flush()
            var view = try await report(days)
            view.target = sender?.target
            return view
        }
        return access
    }

    var health: [HealthCheck] {
        hub.statuses.map { status in
            let statistics = status.statistics
            let name = "output \(status.settings.name)"
            if let error = status.error {
                return HealthCheck(name: name, state: .failed, detail: "does not run: \(error)")
            }
            if let failure = statistics.lastFailure {
                return HealthCheck(
                    name: name,
                    state: .degraded,
                    detail: "\(failure); \(statistics.waiting) wait, \(statistics.lostEvents) are lost"
                )
            }
            if statistics.lostEvents > 0 || statistics.dead > 0 {
                return HealthCheck(
                    name: name,
                    state: .degraded,
                    detail: "\(statistics.lostEvents) events are lost, \(statistics.dead) messages were given up"
                )
            }
            return HealthCheck(name: name, state: .fine, detail: "\(statistics.sent) events sent since the start")
        }
    }

    var metrics: [Metric] {
        let statuses = hub.statuses
        guard !statuses.isEmpty else { return [] }
        func samples(_ value: (OutputStatistics) -> Int) -> [Metric.Sample] {
            statuses.map { Metric.Sample(Double(value($0.statistics)), labels: ["output": $0.settings.name]) }
        }
        let lost = statuses.flatMap { status in
            OutputLoss.allCases.map { reason in
                Metric.Sample(
                    Double(status.statistics.lost[reason] ?? 0),
                    labels: ["output": status.settings.name, "reason": reason.rawValue]
                )
            }
        }
        return [
            Metric("redoubt_output_sent_total", .counter, "Events that were sent on.", samples { $0.sent }),
            Metric("redoubt_output_failures_total", .counter, "Attempts that failed.", samples { $0.failures }),
            Metric("redoubt_output_waiting", .gauge, "Events that wait.", samples { $0.waiting }),
            Metric("redoubt_output_dead_letters", .gauge, "Messages that were given up.", samples { $0.dead }),
            Metric("redoubt_output_lost_total", .counter, "Events that will never arrive.", lost),
            Metric(
                "redoubt_output_missed_total",
                .counter,
                "What no output was told of, as too much came at once.",
                [
                    Metric.Sample(Double(hub.missedDetections), labels: ["events": "detections"]),
                    Metric.Sample(Double(hub.missedExchanges), labels: ["events": "exchanges"]),
                    Metric.Sample(Double(hub.missedRecords), labels: ["events": "records"]),
                ]
            ),
        ]
    }
}

extension OutputState {
    fileprivate init(_ status: OutputHub.Status) {
        let statistics = status.statistics
        var lost: [String: Int] = [:]
        for (reason, count) in statistics.lost { lost[reason.rawValue] = count }
        self.init(
            name: status.settings.name,
            kind: status.settings.kind,
            target: status.settings.target,
            topics: OutputTopic.allCases.filter { status.settings.selection.topics.contains($0) }.map(\.name),
            sent: statistics.sent,
            failures: statistics.failures,
            waiting: statistics.waiting,
            dead: statistics.dead,
            lost: lost,
            failure: status.error?.message ?? statistics.lastFailure,
            isRunning: status.error == nil
        )
    }
}
