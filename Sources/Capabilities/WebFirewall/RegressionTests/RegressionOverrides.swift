// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Yams

/// What a platform expects differently from the tests as written: a go-ftw overrides file.
///
/// Both generations are read: `rule_id` with `test_ids` and an `output` that replaces the test's, and `name` with
/// single members. Beyond go-ftw, an entry may say `ignore: true`: the test is not run, and is reported with the
/// entry's reason. Nothing is ignored without a reason.
package struct RegressionOverrides: Sendable {
    /// What becomes of one test.
    package struct Entry: Sendable {
        /// Why; shown in reports.
        package var reason = ""
        /// The test is not run.
        package var isIgnored = false
        /// The test is expected to fail.
        package var expectsFailure = false
        /// The stages meant, from 1; empty for all.
        package var stages: [Int] = []
        package var output: RegressionTest.Output?
        package var status: [Int]?
        package var logContains: String?
        package var retriesOnce: Bool?

        package init() {}
    }

    private var byTest: [String: [Entry]] = [:]
    private var byRule: [String: [Entry]] = [:]

    package init() {}

    /// Tests that are not run, with the reason of each.
    package init(ignoring tests: [String: String]) {
        for (test, reason) in tests {
            var entry = Entry()
            entry.isIgnored = true
            entry.reason = reason
            byTest[test] = [entry]
        }
    }

    /// The entries that concern a test, in the order of the file.
    package func entries(for test: String) -> [Entry] {
        let rule = test.prefix { $0 != "-" }
        return (byRule[String(rule)] ?? []) + (byTest[test] ?? [])
    }

    /// Reads a file.
    ///
    /// - Throws: ``RegressionFileError``.
    package static func read(path: String) throws -> RegressionOverrides {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RegressionFileError(path: path, line: 0, message: "the file cannot be read")
        }
        return try read(text: String(decoding: data, as: UTF8.self), path: path)
    }

    /// Reads the text of a file; `path` is for messages.
    ///
    /// - Throws: ``RegressionFileError``.
    package static func read(text: String, path: String) throws -> RegressionOverrides {
        let root = try RegressionYAML.compose(text, path: path)
        let members = try RegressionYAML.members(
            root,
            of: "an overrides file",
            known: ["version", "meta", "test_overrides"],
            path: path
        )
        guard let list = members["test_overrides"]?.sequence else {
            throw RegressionFileError(path: path, line: 0, message: "\"test_overrides\" must be a list")
        }
        var overrides = RegressionOverrides()
        for node in list {
            try overrides.add(node, path: path)
        }
        return overrides
    }

    private static let entryMembers: Set = [
        "rule_id", "test_ids", "stage_ids", "reason", "retry_once", "output", "name", "status", "expect_failure",
        "log_contains", "ignore",
    ]

    private mutating func add(_ node: Node, path: String) throws {
        let members = try RegressionYAML.members(node, of: "an override", known: Self.entryMembers, path: path)
        func error(_ message: String) -> RegressionFileError {
            RegressionFileError(path: path, line: node.mark?.line ?? 0, message: message)
        }
        var entry = Entry()
        entry.reason = members["reason"]?.scalar?.string ?? ""
        entry.isIgnored = members["ignore"]?.bool ?? false
        entry.expectsFailure = members["expect_failure"]?.bool ?? false
        entry.retriesOnce = members["retry_once"]?.bool
        entry.stages = members["stage_ids"]?.sequence?.compactMap(\.int) ?? []
        entry.logContains = members["log_contains"]?.scalar?.string
        entry.status = members["status"]?.int.map { [$0] } ?? members["status"]?.sequence?.compactMap(\.int)
        if let output = members["output"] {
            entry.output = try RegressionFileReader.output(output, path: path)
        }
        guard !entry.isIgnored || !entry.reason.isEmpty else {
            throw error("a test that is ignored needs a reason")
        }
        if let name = members["name"]?.scalar?.string {
            byTest[name, default: []].append(entry)
            return
        }
        guard let rule = members["rule_id"]?.int else {
            throw error("an override needs \"rule_id\" or \"name\"")
        }
        guard let tests = members["test_ids"]?.sequence, !tests.isEmpty else {
            byRule[String(rule), default: []].append(entry)
            return
        }
        for test in tests {
            guard let number = test.int else {
                throw error("\"test_ids\" must be numbers")
            }
            byTest["\(rule)-\(number)", default: []].append(entry)
        }
    }
}

extension RegressionOverrides.Entry {
    /// The expectations of a stage (from 1) as this entry changes them.
    func apply(to output: RegressionTest.Output, stage: Int) -> RegressionTest.Output {
        guard stages.isEmpty || stages.contains(stage) else {
            return output
        }
        var changed = self.output ?? output
        if let status {
            changed.status = status
        }
        if let logContains {
            changed.logContains = logContains.isEmpty ? nil : logContains
        }
        if let retriesOnce {
            changed.retriesOnce = retriesOnce
        }
        return changed
    }
}
