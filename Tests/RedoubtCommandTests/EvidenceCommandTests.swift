// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Evidence
import Foundation
import TestSupport
import Testing

/// The commands of the evidence log, as people run them.
@Suite struct EvidenceCommandTests {
    private struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    private func run(_ arguments: [String]) throws -> Outcome {
        try run(CommandTests.program, ["evidence"] + arguments)
    }

    private func run(_ program: URL, _ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: text, errors: said)
    }

    /// A data folder with a log of forty leaves.
    private func makeData() async throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-cli-\(UUID().uuidString)")
        var settings = EvidenceLog.Settings()
        settings.origin = "example.com/cli"
        let log = try EvidenceLog(LogFolder(url.path + "/evidence"), settings, time: 0)
        let kind = try #require(EvidenceKind("decision.blocked"))
        for number in 0..<40 {
            let content = Array("{\"number\":\(number)}".utf8)
            _ = try log.append(EvidenceLeaf(kind: kind, time: Int64(number), content: content)) { _ in }
        }
        await log.close()
        return url.path
    }

    @Test func `verifies, exports and proves`() async throws {
        let data = try await makeData()
        defer { try? FileManager.default.removeItem(atPath: data) }
        let key = data + "/evidence/key.pub"
        let whole = try run(["verify", "--data", data, "--key", key, "--checkpoint", data + "/evidence/checkpoints"])
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(whole.output.contains("1 known from elsewhere"), "\(whole.output)")
        let text = try run(["verify", "--data", data])
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("intact: example.com/cli: 40 leaves, 40 of them signed"), "\(text.output)")
        let json = try run(["verify", "--data", data, "--key", key, "--format", "json"])
        #expect(json.output.hasPrefix(#"{"intact":true,"origin":"example.com/cli","key":"example.com/cli+"#))
        #expect(json.output.contains(#""key_from_evidence":false,"leaves":40,"signed_leaves":40"#))

        let bundle = data + "/bundle"
        #expect(try run(["export", "--data", data, "--first", "5", "--until", "9", "-o", bundle]).status == 0)
        let bundled = try run(["verify", "--from", bundle, "--key", key])
        #expect(bundled.status == 0, "\(bundled.output)\(bundled.errors)")
        #expect(try run(["export", "--data", data]).output.split(separator: "\n").count == 41)

        let proof = try run(["prove", "7", "--data", data])
        #expect(proof.output.hasPrefix("c2sp.org/tlog-proof@v1\nextra "))
        try Data(proof.output.utf8).write(to: URL(fileURLWithPath: data + "/proof"))
        #expect(try run(["verify", "--from", data + "/proof", "--key", key]).status == 0)
        #expect(try run(["verify", "--from", data + "/proof"]).status == 2)
        #expect(try run(["prove", "7", "--data", data, "--format", "json"]).output.hasPrefix(#"{"index":7,"leaf":""#))
    }

    @Test func `ends with 1 and names the leaf where evidence was changed`() async throws {
        let data = try await makeData()
        defer { try? FileManager.default.removeItem(atPath: data) }
        let bundle = data + "/bundle"
        #expect(try run(["export", "--data", data, "--output", bundle]).status == 0)
        let leaves = URL(fileURLWithPath: data + "/evidence/leaves/00000000000000000000")
        var bytes = try Data(contentsOf: leaves)
        let place = try #require(bytes.range(of: Data("\"number\":33".utf8)))
        bytes[place.upperBound - 1] = UInt8(ascii: "4")
        try bytes.write(to: leaves)
        let outcome = try run(["verify", "--data", data])
        #expect(outcome.status == 1)
        #expect(outcome.output.hasPrefix("edited: leaf 33 edited\n    in \(leaves.path), byte "), "\(outcome.output)")
        let json = try run(["verify", "--data", data, "--format", "ndjson"])
        #expect(json.status == 1)
        #expect(json.output.hasPrefix(#"{"kind":"edited","message":"leaf 33 edited","first_leaf":33,"last_leaf":33,"#))
        #expect(try run(["prove", "33", "--data", data]).status == 1)
        // What was exported before is as it was.
        #expect(try run(["verify", "--from", bundle]).status == 0)
    }

    @Test func `can be checked without Redoubt, as the documentation says`() async throws {
        let data = try await makeData()
        defer { try? FileManager.default.removeItem(atPath: data) }
        let page = try String(
            contentsOf: TestData.packageRoot.appendingPathComponent("docs/evidence.md"),
            encoding: .utf8
        )
        let start = try #require(page.range(of: "```python\n"))
        let end = try #require(page.range(of: "```", range: start.upperBound..<page.endIndex))
        let recipe = data + "/check.py"
        try Data(page[start.upperBound..<end.lowerBound].utf8).write(to: URL(fileURLWithPath: recipe))
        let bundle = data + "/bundle"
        #expect(try run(["export", "--data", data, "--output", bundle]).status == 0)
        let key = try String(contentsOfFile: data + "/evidence/key.pub", encoding: .utf8)
        func check(_ bundle: String, _ key: String) throws -> Outcome {
            try run(URL(fileURLWithPath: "/usr/bin/env"), ["python3", recipe, bundle, key])
        }
        let intact = try check(bundle, key)
        #expect(intact.status == 0, "\(intact.errors)")

        var lines = try String(contentsOfFile: bundle, encoding: .utf8).split(separator: "\n")
        lines.swapAt(3, 4)
        let changed = data + "/changed"
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: changed))
        #expect(try check(changed, key).errors.contains("leaves were changed"))
        try Data((lines.dropLast().joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: changed))
        #expect(try check(changed, key).errors.contains("leaves are missing"))

        let other = try await makeData()
        defer { try? FileManager.default.removeItem(atPath: other) }
        let otherKey = try String(contentsOfFile: other + "/evidence/key.pub", encoding: .utf8)
        #expect(try check(bundle, otherKey).errors.contains("not signed by this key"))
        // The same identifier with another key behind it.
        var parts = key.split(separator: "+")
        parts[2] = try #require(otherKey.split(separator: "+").last)
        #expect(try check(bundle, parts.joined(separator: "+")).status != 0)
    }

    @Test(arguments: [
        ["verify", "--data", "/nonexistent"], ["verify", "--from", "/nonexistent"], ["verify", "--from", "/dev/null"],
        ["verify", "--key", "nonsense", "--data", "/nonexistent"], ["prove", "x"],
        ["prove", "1", "--data", "/nonexistent"],
        ["export", "--data", "/nonexistent"], ["export", "--first", "5", "--until", "3", "--data", "/nonexistent"],
    ])
    func `answers wrong usage and unreadable input with 2`(arguments: [String]) throws {
        let outcome = try run(arguments)
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(!outcome.errors.isEmpty)
        #expect(outcome.output.isEmpty)
    }
}
