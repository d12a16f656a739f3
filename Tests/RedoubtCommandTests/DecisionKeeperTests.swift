// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Incidents
import Logging
import Storage
import Synchronization
import Testing

@testable import redoubt

@Suite struct DecisionKeeperTests {
    private func decision(_ number: UInt64) -> Decision {
        Decision(
            id: Identifier(milliseconds: number, random: (number, 2)),
            time: 1,
            control: .webFirewall,
            disposition: .blocked,
            reason: .enforced,
            revision: 1,
            message: "a rule",
            maker: "configuration"
        )
    }

    @Test func `decisions wait for lists while the database takes nothing, and are in them then`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("decisions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/insight.sqlite"
        let insight = try InsightStore(path: path)
        let lines = LogLines()
        let keeper = DecisionKeeper(insight, Logger(label: "test") { _ in lines })
        let holder = try HeldDatabase(path)
        keeper.keep(decision(1), leaf: 7)
        while !lines.contain("decisions wait for lists") { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await insight.decision(decision(1).id) == nil)
        holder.release()
        // Nothing else comes that would have it look again.
        var last: KeptDecision?
        while last == nil {
            try await Task.sleep(for: .milliseconds(5))
            last = try await insight.decision(decision(1).id)
        }
        #expect(last?.leaf == 7)
        await keeper.close()
        #expect(lines.count == 1)
        try insight.close()
    }

    @Test func `decisions that may wait are written with the next that may not, and when it closes`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("decisions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let insight = try InsightStore(path: folder.path + "/insight.sqlite")
        let lines = LogLines()
        let keeper = DecisionKeeper(insight, Logger(label: "test") { _ in lines })
        keeper.keep(decision(1), leaf: 1, within: .seconds(86_400))
        keeper.keep(decision(2), leaf: 2, within: .seconds(86_400))
        keeper.keep(decision(3), leaf: 3)
        while try await insight.decision(decision(3).id) == nil { try await Task.sleep(for: .milliseconds(5)) }
        // They lay before it in the same write.
        #expect(try await insight.decision(decision(1).id)?.leaf == 1)
        #expect(try await insight.decision(decision(2).id)?.leaf == 2)
        keeper.keep(decision(4), leaf: 4, within: .seconds(86_400))
        await keeper.close()
        #expect(try await insight.decision(decision(4).id)?.leaf == 4)
        #expect(lines.count == 0)
        try insight.close()
    }
}

/// Holds the write lock of a database, as another process would that is long at it.
private final class HeldDatabase: Sendable {
    private let end = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ path: String) throws {
        let database = try Database(path)
        let begun = DispatchSemaphore(value: 0)
        let (end, ended) = (end, ended)
        Thread.detachNewThread {
            try? database.writeNow { _ throws(StorageError) in
                begun.signal()
                end.wait()
            }
            try? database.close()
            ended.signal()
        }
        begun.wait()
    }

    func release() {
        end.signal()
        ended.wait()
    }
}

/// Keeps what is logged.
private struct LogLines: LogHandler, Sendable {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private let lines = Lines()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.all.withLock { $0.append("\(event.message)") }
    }

    var count: Int { lines.all.withLock { $0.count } }

    func contain(_ text: String) -> Bool { lines.all.withLock { $0.contains { $0.contains(text) } } }
}
