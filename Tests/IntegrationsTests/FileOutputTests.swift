// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Foundation
import Storage
import Testing

@testable import Integrations

@Suite struct FileOutputTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private func output(
        _ change: (inout FileSettings) -> Void = { _ in },
        topics: Set<OutputTopic> = [.detections],
        freeSpace: @escaping @Sendable (String) -> DiskSpace.Level = { _ in .fine }
    ) -> FileOutput {
        var settings = FileSettings(path: folder.path + "/deep/events.ndjson")
        change(&settings)
        return FileOutput(settings, OutputSelection(topics), freeSpace: freeSpace)
    }

    private func lines(_ name: String = "deep/events.ndjson") -> [Substring] {
        folder.read(name).split(separator: "\n")
    }

    @Test func `writes what is selected, a line for each`() async throws {
        let output = output()
        let batch = Samples.batch([
            OCSFRecord(Samples.row()), OCSFRecord(Samples.decision(.blocked), leaf: 1), OCSFRecord(Samples.row("two")),
        ])
        await output.take(batch)
        #expect(
            lines() == [
                String(decoding: batch.event(at: 0), as: UTF8.self)[...],
                String(decoding: batch.event(at: 2), as: UTF8.self)[...],
            ]
        )
        #expect(output.statistics.sent == 2 && output.statistics.lostEvents == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/deep/events.ndjson")[
            .posixPermissions
        ]
        #expect((mode as? Int ?? 0o777) & 0o007 == 0)
        await output.close(within: .seconds(5))
    }

    @Test func `is put aside when it is full, and only so many are kept`() async {
        let record = OCSFRecord(Samples.row())
        let size = record.json.count + 1
        let output = output {
            $0.maximumBytes = 2 * size
            $0.keptFiles = 2
        }
        for _ in 0..<9 { await output.take(Samples.batch([record])) }
        #expect(lines().count == 1 && lines("deep/events.ndjson.1").count == 2)
        #expect(lines("deep/events.ndjson.2").count == 2 && lines("deep/events.ndjson.3").isEmpty)
        await output.close(within: .seconds(5))
    }

    @Test func `goes on in a new file after a reload, when somebody renamed the old one`() async throws {
        let output = output()
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        let path = folder.path + "/deep/events.ndjson"
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        await output.reload()
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(lines().count == 1 && lines("deep/events.ndjson.old").count == 1)
        await output.close(within: .seconds(5))
    }

    @Test func `follows a rename by itself`() async throws {
        let output = output()
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        let path = folder.path + "/deep/events.ndjson"
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        let isThere = try await eventuallyWrites(output) { FileManager.default.fileExists(atPath: path) }
        #expect(isThere)
        await output.close(within: .seconds(5))
    }

    private func eventuallyWrites(_ output: FileOutput, _ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<6000 {
            await output.take(Samples.batch([OCSFRecord(Samples.row())]))
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    @Test func `writes nothing on a full disk, and counts it`() async {
        let output = output(freeSpace: { _ in .full })
        await output.take(Samples.batch([OCSFRecord(Samples.row()), OCSFRecord(Samples.row())]))
        #expect(lines().isEmpty)
        #expect(output.statistics.lost == [.diskFull: 2])
        await output.close(within: .seconds(5))
    }

    @Test func `says that it cannot write, and does again once it can`() async throws {
        let blocker = try folder.write("", to: "blocker")
        let output = output { $0.path = blocker + "/events.ndjson" }
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(output.statistics.lost == [.failed: 1])
        #expect(output.statistics.lastFailure?.contains("events.ndjson") == true)
        try FileManager.default.removeItem(atPath: blocker)
        let isBack = try await eventuallyWrites(output) { output.statistics.lastFailure == nil }
        #expect(isBack)
        await output.close(within: .seconds(5))
    }

    @Test func `a device that is full fails and is not rotated`() async {
        let output = output {
            $0.path = "/dev/full"
            $0.maximumBytes = 1
        }
        await output.take(Samples.batch([OCSFRecord(Samples.row())]))
        #expect(output.statistics.lost == [.failed: 1])
        await output.close(within: .seconds(5))
    }
}
