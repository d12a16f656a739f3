// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Foundation
import Storage
import Testing

@testable import Incidents

@Suite struct FailureTests {
    @Test func `while the database is locked rows wait in bounded memory, and the rest is counted`() async throws {
        let folder = try TestFolder()
        let insight = try TestInsight(folder) {
            $0.maximumWaitingRows = 5
            $0.foldWindow = .zero
            $0.retryDelay = .zero
        }
        try await insight.keep([TestExchange(time: insight.time)])
        // Another process holds the database.
        let path = folder.file("insight.sqlite")
        let lock = try LockedDatabase(path)
        let exchanges = (0..<8).map { TestExchange(time: insight.time + Int64($0)) }
        await insight.keeper.append(EventBatch(exchanges))
        let failure = await #expect(throws: StorageError.self) { try await insight.keeper.flush() }
        #expect(failure?.code == .busy)
        let statistics = insight.keeper.statistics
        #expect(statistics.waitingRows == 5 && statistics.lost[.storeUnavailable] == 3)
        #expect(statistics.failedCommits > 0 && statistics.lastFailure != nil)
        lock.release()
        try await insight.keeper.flush()
        #expect(try await insight.all().count == 6)
        #expect(insight.keeper.statistics.waitingRows == 0)
        // What was the matter is over, and nobody is told of it any more.
        #expect(insight.keeper.statistics.lastFailure == nil && insight.keeper.statistics.failedCommits > 0)
        // Numbers know of all.
        let series = try await insight.store.detectionSeries(SeriesFilter(since: insight.time, until: insight.time))
        #expect(series.points.reduce(0) { $0 + $1.total } == 9)
        try await insight.end()
    }

    @Test func `rows that are written while others come are all there, also after writes that failed`() async throws {
        let folder = try TestFolder()
        let insight = try TestInsight(folder) {
            $0.foldWindow = .zero
            $0.retryDelay = .zero
            $0.commitRows = 3
        }
        try await insight.keep([TestExchange(time: insight.time)])
        let lock = try LockedDatabase(folder.file("insight.sqlite"))
        for start in stride(from: 1, to: 40, by: 4) {
            let exchanges = (start..<start + 4).map {
                TestExchange(time: insight.time + Int64($0), transaction: "1.\($0)")
            }
            await insight.keeper.append(EventBatch(exchanges))
        }
        await #expect(throws: StorageError.self) { try await insight.keeper.flush() }
        lock.release()
        for start in stride(from: 41, to: 80, by: 4) {
            let exchanges = (start..<start + 4).map {
                TestExchange(time: insight.time + Int64($0), transaction: "1.\($0)")
            }
            await insight.keeper.append(EventBatch(exchanges))
        }
        try await insight.keeper.flush()
        let rows = try await insight.all()
        #expect(rows.map(\.id).sorted() == (1...81).map { Int64($0) })
        for row in rows.dropLast() {
            #expect(row.transaction == "1.\(row.id - 1)")
            #expect(try await insight.store.detection(row.identifier)?.rules.map(\.rule) == ["942100"])
        }
        #expect(insight.keeper.statistics.storedRows == 81 && insight.keeper.statistics.lost.isEmpty)
        try await insight.end()
    }

    @Test func `what cannot be written at the end is said`() async throws {
        let folder = try TestFolder()
        let insight = try TestInsight(folder)
        let lock = try LockedDatabase(folder.file("insight.sqlite"))
        await insight.keeper.append(EventBatch([TestExchange(time: insight.time)]))
        await insight.keeper.close()
        #expect(insight.keeper.statistics.lost == [.ended: 1])
        lock.release()
        try insight.store.close()
    }

    // MARK: Killed processes

    private static let folderVariable = "REDOUBT_INSIGHT_TEST_FOLDER"

    @Test func `loses nothing that was told to be on disk when it is killed at any moment`() async throws {
        let folder = try TestFolder()
        setenv(Self.folderVariable, folder.path, 1)
        try Data().write(to: URL(fileURLWithPath: folder.file("promises")))
        for _ in 0..<4 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                try await FailureTests.keepUntilKilled()
            }
        }
        let promises = try String(contentsOf: URL(fileURLWithPath: folder.file("promises")), encoding: .utf8)
            .split(separator: "\n").filter { $0.hasSuffix(".") }
        #expect(!promises.isEmpty)
        let store = try InsightStore(path: folder.file("insight.sqlite"))
        for promise in promises {
            let rows = try await store.detections(ofTransaction: String(promise.dropLast()))
            #expect(rows.count == 1, "\(promise)")
            let incident = try #require(rows.first?.incident)
            #expect(try await store.incident(id: incident) != nil)
        }
        try store.close()
    }

    private static func keepUntilKilled() async throws {
        guard let path = ProcessInfo.processInfo.environment[folderVariable] else { return }
        let promises = Glibc.open(path + "/promises", O_WRONLY | O_APPEND)
        let first = DispatchSemaphore(value: 0)
        let store = try InsightStore(path: path + "/insight.sqlite")
        var settings = DetectionKeeper.Settings()
        settings.foldWindow = .zero
        settings.clock = { TestInsight.noon }
        let keeper = try DetectionKeeper(store, settings)
        Thread.detachNewThread {
            first.wait()
            usleep(UInt32.random(in: 0...50_000))
            kill(getpid(), SIGKILL)
        }
        let run = UInt64.random(in: .min ... .max)
        var number = 0
        while true {
            let names = (0..<20).map { "\(run).\(number + $0)" }
            number += 20
            let exchanges = names.map { TestExchange(time: TestInsight.noon, transaction: $0) }
            await keeper.append(EventBatch(exchanges))
            try await keeper.flush()
            let line = Array(names.map { "\($0).\n" }.joined().utf8)
            _ = line.withUnsafeBytes { Glibc.write(promises, $0.baseAddress, $0.count) }
            first.signal()
        }
    }
}

/// Holds the write lock of a database, as another process would.
private final class LockedDatabase: Sendable {
    private let end = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ path: String) throws {
        let database = try Database(path)
        let begun = DispatchSemaphore(value: 0)
        let (end, ended) = (end, ended)
        Thread.detachNewThread {
            try? database.writeNow { connection throws(StorageError) in
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
