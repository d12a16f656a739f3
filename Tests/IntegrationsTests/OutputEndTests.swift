// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Foundation
import Logging
import Synchronization
import Testing

@testable import Integrations

/// How outputs end, with receivers that never answer. Where somebody waited for one, these would not end either.
@Suite(.timeLimit(.minutes(20))) struct OutputEndTests {
    private let folder: TestFolder
    private let log = LogLines()

    init() throws {
        folder = try TestFolder()
    }

    private var logger: Logger {
        Logger(label: "test") { [log] _ in LineLogHandler(lines: log) }
    }

    private func settings(_ names: String...) -> [OutputSettings] {
        names.map {
            OutputSettings(
                name: $0,
                destination: .file(FileSettings(path: "/nowhere/\($0)")),
                selection: OutputSelection([.changes])
            )
        }
    }

    private func webhook(_ port: Int, _ change: (inout WebhookSettings) -> Void = { _ in }) throws -> OutputSettings {
        let secret = try folder.write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", to: "secret")
        var webhook = WebhookSettings(try WebhookAddress("http://127.0.0.1:\(port)/"), secret: .file(secret))
        webhook.timeout = .seconds(36_000)
        webhook.attempts = 1
        change(&webhook)
        return OutputSettings(name: "hook", destination: .webhook(webhook), selection: OutputSelection([.changes]))
    }

    @Test func `all outputs end at once`() async throws {
        // Each waits till the others have been told too.
        let told = Mutex(0)
        let hub = OutputHub(
            nil,
            OutputMaker { _ in
                GatedOutput(isClosed: {
                    told.withLock { $0 += 1 }
                    while told.withLock({ $0 }) < 3 { try? await Task.sleep(for: .milliseconds(5)) }
                })
            },
            logger
        )
        await hub.replace(settings("a", "b", "c"))
        await hub.close(within: .seconds(36_000))
        #expect(told.withLock { $0 } == 3 && log.lines.isEmpty)
    }

    @Test func `an output that never ends is given up, and what it holds is said to be lost`() async throws {
        let stuck = GatedOutput(holds: 7, isClosed: { await forEver() })
        let fine = GatedOutput()
        let hub = OutputHub(nil, OutputMaker { $0.name == "stuck" ? stuck : fine }, logger)
        await hub.replace(settings("stuck", "fine"))
        await hub.close(within: .milliseconds(200))
        let lines = log.lines.filter { $0.contains("output stuck") }
        #expect(lines.count == 1 && lines.first?.contains("7 events") == true)
        #expect(hub.statuses.isEmpty)
    }

    @Test func `a reload waits for no output, and what takes its place begins when it has ended`() async throws {
        let old = GatedOutput(isClosed: { await forEver() })
        let (new, slow) = (GatedOutput(), GatedOutput(reloads: { await forEver() }))
        let isFirst = Mutex(true)
        let hub = OutputHub(
            nil,
            OutputMaker { settings in
                if settings.name == "slow" { return slow }
                return isFirst.withLock { first in
                    defer { first = false }
                    return first ? old : new
                }
            },
            logger
        )
        await hub.replace(settings("a", "slow"))
        var changed = settings("a", "slow")
        changed[0].queueBytes += 1
        await hub.replace(changed)
        #expect(log.lines.contains { $0.contains("output slow is slow") })
        // It gathers what comes meanwhile.
        hub.note(Samples.decision(.changed), leaf: 1)
        #expect(try await eventually { new.events == 1 })
        #expect(log.lines.contains { $0.contains("output a does not end") })
        await hub.close(within: .milliseconds(200))
    }

    @Test func `a webhook that never answers delays neither reload nor end, and loses nothing`() async throws {
        let receiver = try await HTTPReceiver.start { _, _ in nil }
        let store = try OutputStore(path: folder.path + "/outputs.sqlite")
        let messages = (1...9).map { OutputStore.Message(uid: "\($0)", topic: .changes, body: Array("{}".utf8)) }
        #expect(try await store.add(messages, to: "hook", now: 1) == 0)
        let hub = OutputHub(store, version: "1", logger)
        await hub.replace([try webhook(receiver.port)])
        #expect(try await eventually { receiver.messages.count == 4 })
        // A change of its settings: the one that waits is cut off, and the next one sends the same messages again.
        await hub.replace([try webhook(receiver.port) { $0.attempts = 2 }])
        #expect(try await eventually { receiver.messages.count == 8 })
        #expect(Set(receiver.messages.compactMap { $0.headers["webhook-id"] }).count == 4)
        await hub.close(within: .milliseconds(500))
        // Nothing has been tried as far as anybody can tell.
        let due = try await store.due("hook", now: .max, limit: 100)
        #expect(due.count == 9 && due.allSatisfy { $0.attempts == 0 })
        #expect(try await store.deadLetters(limit: 10).isEmpty)
        try store.close()
        await receiver.stop()
    }

    @Test func `what happens last is on disk when a webhook ends`() async throws {
        for round in 0..<50 {
            let store = try OutputStore(path: folder.path + "/\(round).sqlite")
            let hub = OutputHub(store, version: "1", logger)
            await hub.replace([try webhook(9)])
            hub.note(Samples.decision(.changed), leaf: 1)
            await hub.close(within: .seconds(600))
            let waiting = try await store.due("hook", now: .max, limit: 10).count
            #expect(try await waiting + store.deadLetters(limit: 10).count == 1)
            try store.close()
        }
    }

    @Test func `what waited in memory for an output that ended is counted in the log`() async throws {
        let gate = Mutex(false)
        let busy = GatedOutput(takes: {
            while !gate.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(5)) }
        })
        let hub = OutputHub(nil, OutputMaker { _ in busy }, logger)
        await hub.replace(settings("busy"))
        for leaf in 1...3 {
            hub.note(Samples.decision(.changed), leaf: leaf)
            // A batch for each.
            let isThere = { hub.statuses.first.map { $0.statistics.waiting + busy.begun } == leaf }
            #expect(try await eventually(isThere))
        }
        await hub.close(within: .milliseconds(100))
        #expect(log.lines.contains { $0.contains("output busy") && $0.contains("2 events") })
        gate.withLock { $0 = true }
    }

    @Test func `a record that is too large for an event is counted`() async throws {
        var small = EventBus.Settings()
        small.maximumEventBytes = 64
        let hub = OutputHub(nil, OutputMaker { _ in GatedOutput() }, logger, bus: EventBus(small))
        await hub.replace(settings("a"))
        hub.note(Samples.decision(.changed), leaf: 1)
        #expect(try await eventually { hub.missedRecords == 1 })
        await hub.close(within: .milliseconds(200))
    }
}

private func forEver() async {
    let end = EndSignal()
    while !end.hasCome { await end.wait(atMost: .seconds(36_000)) }
}

/// An output that does what a test says.
private final class GatedOutput: Output {
    typealias Step = @Sendable () async -> Void

    private let taken = Mutex((begun: 0, ended: 0))
    private let holds: Int
    private let takes: Step
    private let reloads: Step
    private let isClosed: Step

    init(
        holds: Int = 0,
        takes: @escaping Step = {},
        reloads: @escaping Step = {},
        isClosed: @escaping Step = {}
    ) {
        self.holds = holds
        self.takes = takes
        self.reloads = reloads
        self.isClosed = isClosed
    }

    var begun: Int { taken.withLock { $0.begun } }
    var events: Int { taken.withLock { $0.ended } }
    var statistics: OutputStatistics { OutputStatistics() }
    var unsaved: Int { holds }

    func take(_ batch: EventBatch) async {
        taken.withLock { $0.begun += batch.count }
        await takes()
        taken.withLock { $0.ended += batch.count }
    }

    func test(_ event: [UInt8]) async throws(OutputError) -> String { "" }
    func reload() async { await reloads() }
    func close(within grace: Duration) async { await isClosed() }
}

/// What was logged.
private final class LogLines: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
}

private struct LineLogHandler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(lines: LogLines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add(event.message.description)
    }
}
