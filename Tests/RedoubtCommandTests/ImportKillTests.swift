// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc
import Testing

/// Kills the program while it takes in a report: the list is then the old one or the new one, and nothing between.
final class ImportKillTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-kill-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// A log of SARIF whose scan ended at a time that stands in it.
    private func report(_ name: String, _ numbers: Range<Int>, shift: Int, ended: String) throws -> String {
        let results = numbers.map { number in
            """
            {"ruleId":"rule-\(number % 7)","level":"error","message":{"text":"weak at \(number)"},"locations":[\
            {"physicalLocation":{"artifactLocation":{"uri":"src/f\(number / 50).py"},\
            "region":{"startLine":\(10 + number % 50 * 20 + shift)}}}]}
            """
        }
        let text = """
            {"version":"2.1.0","runs":[{"tool":{"driver":{"name":"scanner"}},\
            "invocations":[{"executionSuccessful":true,"endTimeUtc":"\(ended)"}],\
            "results":[\(results.joined(separator: ",\n"))]}]}
            """
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    private func arguments(_ report: String, _ database: String) -> [String] {
        ["vuln", "import", report, "--project", "shop", "--database", "sqlite:\(database)", "--format", "json"]
    }

    private func list(_ database: String) throws -> String {
        let arguments = ["vuln", "list", "--project", "shop", "--database", "sqlite:\(database)", "--format", "json"]
        let (status, text) = try RunningProgram.run(arguments, in: folder)
        #expect(status == 0, "\(text.prefix(400))")
        return text
    }

    @Test func `an import that is killed leaves the list as it was, or as it was to be`() throws {
        let old = try report("old.sarif", 0..<1200, shift: 0, ended: "2026-11-01T10:00:00Z")
        let new = try report("new.sarif", 400..<1500, shift: 3, ended: "2026-11-02T10:00:00Z")
        let before = folder.appendingPathComponent("before.sqlite").path
        #expect(try RunningProgram.run(arguments(old, before), in: folder).status == 0)
        let listBefore = try list(before)

        func copy(_ name: String) throws -> String {
            let path = folder.appendingPathComponent(name).path
            for end in ["", "-wal"] where FileManager.default.fileExists(atPath: before + end) {
                try FileManager.default.copyItem(atPath: before + end, toPath: path + end)
            }
            return path
        }
        let whole = try copy("whole.sqlite")
        let start = ContinuousClock.now
        #expect(try RunningProgram.run(arguments(new, whole), in: folder).status == 0)
        let duration = (ContinuousClock.now - start) / .microseconds(1)
        let listAfter = try list(whole)
        #expect(listBefore != listAfter)

        for part in 0..<10 {
            let database = try copy("killed-\(part).sqlite")
            let program = try RunningProgram(arguments(new, database), in: folder)
            usleep(UInt32(duration * Double(part) / 10))
            program.signal(SIGKILL)
            _ = program.status()
            let listed = try list(database)
            #expect(listed == listBefore || listed == listAfter, "killed after \(part) tenths")
            // It can go on from there; where it had come to the end, nothing is new in a report that comes twice.
            guard listed == listBefore else { continue }
            #expect(try RunningProgram.run(arguments(new, database), in: folder).status == 0)
            #expect(try list(database) == listAfter, "after \(part) tenths and once more")
        }
    }
}
