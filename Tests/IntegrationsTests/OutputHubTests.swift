// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import DefenseModel
import EventBus
import Foundation
import Logging
import OCSFValidation
import Storage
import Testing

@testable import Integrations

@Suite struct OutputHubTests {
    private let folder: TestFolder
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        folder = try TestFolder()
    }

    private func file(_ name: String, _ topics: Set<OutputTopic>) -> OutputSettings {
        let settings = FileSettings(path: "\(folder.path)/\(name)")
        return OutputSettings(name: name, destination: .file(settings), selection: OutputSelection(topics))
    }

    @Test func `what was revived for an output that is gone is a dead letter again`() async throws {
        let store = try OutputStore(path: folder.path + "/outputs.sqlite")
        let hub = OutputHub(store, version: "1", logger)
        let message = OutputStore.Message(uid: "m", topic: .detections, body: Array("{}".utf8))
        #expect(try await store.add([message], to: "gone", now: 1) == 0)
        // Nothing is given up before it is known what is configured.
        await hub.buryOrphans()
        #expect(hub.names == nil)
        #expect(try await store.deadLetters(limit: 10).isEmpty)
        await hub.replace([file("all", [.changes])])
        #expect(hub.names == ["all"])
        #expect(try await store.revive(.all, now: 2) == 1)
        await hub.buryOrphans()
        #expect(try await store.deadLetters(limit: 10).map(\.uid) == ["m"])
        await hub.close()
        try store.close()
    }

    @Test func `each output gets what it selects, from all sources`() async throws {
        let hub = OutputHub(nil, version: "1", logger)
        let problems = await hub.replace([
            file("all", Set(OutputTopic.allCases)), file("changes", [.changes]),
            file("accounts", [.accounts, .signIns]),
            file("detected", [.detectedActivity]),
        ])
        #expect(problems.isEmpty)
        let bus = EventBus()
        hub.follow(bus)
        let producer = bus.producer(source: 1, epoch: 1)
        producer.append(Samples.exchange(1), Samples.facts())
        producer.append(Samples.exchange(2), Samples.facts(.high, disposition: 15))
        hub.note(Samples.decision(.changed), leaf: 1)
        hub.note(Samples.decision(.blocked), leaf: 2)
        hub.note(try Samples.act(.loggedIn))
        hub.note(try Samples.act(.tokenMade))
        bus.flush()
        func count(_ name: String) -> Int { folder.read(name).split(separator: "\n").count }
        #expect(try await eventually { count("all") == 6 && count("changes") == 1 })
        #expect(try await eventually { count("accounts") == 2 && count("detected") == 1 })
        await bus.close()
        await hub.close()
        let schema = try OCSFSchema()
        for line in folder.read("all").split(separator: "\n") { #expect(schema.problems(in: Array(line.utf8)) == []) }
    }

    @Test func `an output that cannot run is told of, and the others run`() async throws {
        let hub = OutputHub(nil, version: "1", logger)
        let webhook = WebhookSettings(try WebhookAddress("http://127.0.0.1:9/"), secret: .environment("NOT_SET"))
        let problems = await hub.replace([
            OutputSettings(name: "hook", destination: .webhook(webhook)), file("all", [.changes]),
        ])
        #expect(problems.map(\.name) == ["hook"])
        #expect(hub.statuses.map(\.settings.name).sorted() == ["all", "hook"])
        await #expect(throws: OutputError.self) { try await hub.test("hook") }
        await #expect(throws: OutputError.self) { try await hub.test("none") }
        #expect(try await hub.test("all").hasPrefix("written to"))
        await hub.close()
    }

    @Test func `an output that stays as it is goes on, and one that is gone ends`() async throws {
        let hub = OutputHub(nil, version: "1", logger)
        await hub.replace([file("a", [.changes]), file("b", [.changes])])
        hub.note(Samples.decision(.changed), leaf: 1)
        #expect(try await eventually { hub.statuses.allSatisfy { $0.statistics.sent == 1 } })
        await hub.replace([file("a", [.changes])])
        #expect(hub.statuses.map(\.statistics.sent) == [1])
        hub.note(Samples.decision(.changed), leaf: 2)
        #expect(try await eventually { hub.statuses.first?.statistics.sent == 2 })
        #expect(folder.read("b").split(separator: "\n").count == 1)
        await hub.close()
    }

    /// The queue of a receiver that does not read, or is not there, is full soon; what comes then is counted, and whoever
    /// brings it does not wait.
    @Test(arguments: [true, false])
    func `a flood at a receiver that does not keep up loses counted events in bounded memory`(
        isThere: Bool
    ) async throws {
        let receiver = try await StreamReceiver.start(reads: false)
        if !isThere { await receiver.stop() }
        let hub = OutputHub(nil, version: "1", logger)
        var settings = OutputSettings(
            name: "slow",
            destination: .syslog(SyslogSettings(.tcp, host: "127.0.0.1", port: receiver.port)),
            selection: OutputSelection([.activity])
        )
        settings.queueBytes = 1 << 20
        await hub.replace([settings])
        let bus = EventBus()
        hub.follow(bus)
        let producer = bus.producer(source: 1, epoch: 1)
        let event = Samples.exchange(1, padding: 400)
        let count = 60_000
        let accepted = (0..<count).count { _ in producer.append(event, Samples.facts()) == .accepted }
        #expect(accepted == count)
        bus.flush()
        // All have been handed on, or are counted as lost before that.
        #expect(
            try await eventually {
                let statistics = hub.statuses.first?.statistics ?? OutputStatistics()
                return statistics.sent + statistics.waiting + statistics.lostEvents + hub.missedExchanges == count
            }
        )
        let statistics = try #require(hub.statuses.first?.statistics)
        #expect((statistics.lost[.queueFull] ?? 0) + hub.missedExchanges > count / 2)
        #expect(!bus.shouldPause)
        await bus.close()
        await hub.close(within: .milliseconds(100))
        await receiver.stop()
    }
}
