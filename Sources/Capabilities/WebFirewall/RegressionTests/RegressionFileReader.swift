// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Yams

/// Why a file of regression tests or of overrides cannot be used.
package struct RegressionFileError: Error, CustomStringConvertible {
    package var path: String
    /// From 1; 0 where the whole file is meant.
    package var line: Int
    package var message: String

    package var description: String {
        line > 0 ? "\(path):\(line): \(message)" : "\(path): \(message)"
    }
}

/// Reads regression tests: the first schema (`test_title`, `stages[].stage`) and the second and third
/// (`test_id`, `stages[].input`), which may be mixed.
///
/// Unknown members are errors, because a misspelt expectation would make a test that cannot fail.
package struct RegressionFileReader {
    private let path: String

    private init(path: String) {
        self.path = path
    }

    /// Reads one file.
    ///
    /// - Throws: ``RegressionFileError``.
    package static func read(path: String) throws -> RegressionFile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RegressionFileError(path: path, line: 0, message: "the file cannot be read")
        }
        return try read(text: String(decoding: data, as: UTF8.self), path: path)
    }

    /// Reads the text of a file; `path` is for messages.
    ///
    /// - Throws: ``RegressionFileError``.
    package static func read(text: String, path: String) throws -> RegressionFile {
        let reader = RegressionFileReader(path: path)
        return try reader.file(try RegressionYAML.compose(text, path: path))
    }

    private func file(_ root: Node) throws -> RegressionFile {
        let members = try members(root, of: "the file", known: ["meta", "tests", "rule_id"])
        var isEnabled = true
        if let meta = members["meta"] {
            let known: Set = ["author", "enabled", "name", "description", "version", "tags"]
            isEnabled = try boolean(try self.members(meta, of: "meta", known: known)["enabled"], "enabled") ?? true
        }
        let ruleID = try integer(members["rule_id"], "rule_id")
        guard let list = members["tests"]?.sequence else {
            throw error(root, "\"tests\" must be a list")
        }
        var tests: [RegressionTest] = []
        for (position, node) in list.enumerated() {
            tests.append(try test(node, ruleID: ruleID, position: position + 1))
        }
        return RegressionFile(path: path, isEnabled: isEnabled, tests: tests)
    }

    private func test(_ node: Node, ruleID: Int?, position: Int) throws -> RegressionTest {
        let known: Set = ["test_title", "test_id", "rule_id", "desc", "stages", "tags"]
        let members = try members(node, of: "a test", known: known)
        let id: String
        if let title = members["test_title"]?.scalar?.string {
            id = title
        } else {
            let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
            let rule = ruleID.map { String($0) } ?? name
            id = "\(rule)-\(try integer(members["test_id"], "test_id") ?? position)"
        }
        guard let stages = members["stages"]?.sequence, !stages.isEmpty else {
            throw error(node, "test \(id) has no stages")
        }
        return RegressionTest(
            id: id,
            description: members["desc"]?.scalar?.string ?? "",
            stages: try stages.flatMap { try self.stages($0, isNewTest: members["test_title"] == nil) }
        )
    }

    /// One stage; several where it names several URIs.
    private func stages(_ node: Node, isNewTest: Bool) throws -> [RegressionTest.Stage] {
        var node = node
        var isNewSchema = isNewTest
        if let inner = node.mapping?["stage"] {
            node = inner
            isNewSchema = false
        }
        let members = try members(node, of: "a stage", known: ["input", "output", "description"])
        guard let input = members["input"], let output = members["output"] else {
            throw error(node, "a stage needs \"input\" and \"output\"")
        }
        let stage = RegressionTest.Stage(
            input: try self.input(input, isNewSchema: isNewSchema),
            output: try self.output(output)
        )
        guard let uris = input.mapping?["uris"]?.sequence, !uris.isEmpty else {
            return [stage]
        }
        return try uris.map { uri in
            var copy = stage
            copy.input.uri = try text(uri, "uris") ?? copy.input.uri
            return copy
        }
    }

    private static let inputMembers: Set = [
        "dest_addr", "port", "protocol", "uri", "version", "method", "headers", "data", "encoded_data",
        "save_cookie", "stop_magic", "autocomplete_headers", "encoded_request", "raw_request", "response",
        "virtual_host_mode", "uris", "follow_redirect",
    ]

    private func input(_ node: Node, isNewSchema: Bool) throws -> RegressionTest.Input {
        let members = try members(node, of: "input", known: Self.inputMembers)
        for name in ["save_cookie", "follow_redirect"] where try boolean(members[name], name) == true {
            throw error(node, "\"\(name)\" is not supported: each stage is a request of its own")
        }
        var input = RegressionTest.Input()
        input.isNewSchema = isNewSchema
        input.method = try text(members["method"], "method") ?? input.method
        input.uri = try text(members["uri"], "uri") ?? input.uri
        input.version = try text(members["version"], "version") ?? input.version
        input.headers = try headers(members["headers"])
        input.data = try data(members["data"])
        if let encoded = try text(members["encoded_data"], "encoded_data") {
            input.data = try base64(encoded, "encoded_data", at: node)
        }
        if let completes = try boolean(members["autocomplete_headers"], "autocomplete_headers") {
            input.completesHeaders = completes
        } else if let stops = try boolean(members["stop_magic"], "stop_magic") {
            input.completesHeaders = !stops
        }
        if let encoded = try text(members["encoded_request"], "encoded_request"), !encoded.isEmpty {
            input.rawRequest = try base64(encoded, "encoded_request", at: node)
        } else if let raw = try text(members["raw_request"], "raw_request"), !raw.isEmpty {
            input.rawRequest = CStringEscapes.decode(Array(raw.utf8))
        }
        if let response = members["response"] {
            input.response = try self.response(response)
        }
        return input
    }

    private func response(_ node: Node) throws -> RegressionTest.Response {
        let known: Set = ["headers", "status", "body", "encoded_body", "log_message"]
        let members = try members(node, of: "response", known: known)
        var response = RegressionTest.Response()
        response.status = try integer(members["status"], "status") ?? 200
        response.headers = try headers(members["headers"])
        response.body = try text(members["body"], "body").map { Array($0.utf8) } ?? []
        if let encoded = try text(members["encoded_body"], "encoded_body") {
            response.body = try base64(encoded, "encoded_body", at: node)
        }
        return response
    }

    /// Reads the expectations that an overrides file puts in a test's place.
    static func output(_ node: Node, path: String) throws -> RegressionTest.Output {
        try RegressionFileReader(path: path).output(node)
    }

    private func output(_ node: Node) throws -> RegressionTest.Output {
        if node.isEmptyNode {
            return RegressionTest.Output()
        }
        let known: Set = [
            "status", "response_contains", "log_contains", "no_log_contains", "log", "expect_error", "retry_once",
            "isolated",
        ]
        let members = try members(node, of: "output", known: known)
        var output = RegressionTest.Output()
        output.status = try integers(members["status"], "status")
        output.responseContains = try pattern(members["response_contains"], "response_contains")
        output.logContains = try pattern(members["log_contains"], "log_contains")
        output.noLogContains = try pattern(members["no_log_contains"], "no_log_contains")
        output.expectsError = try boolean(members["expect_error"], "expect_error")
        output.retriesOnce = try boolean(members["retry_once"], "retry_once") ?? false
        output.isIsolated = try boolean(members["isolated"], "isolated") ?? false
        if let log = members["log"] {
            let names: Set = ["expect_ids", "no_expect_ids", "match_regex", "no_match_regex"]
            let log = try self.members(log, of: "log", known: names)
            output.expectedIDs = try integers(log["expect_ids"], "expect_ids")
            output.unexpectedIDs = try integers(log["no_expect_ids"], "no_expect_ids")
            output.logContains = try pattern(log["match_regex"], "match_regex") ?? output.logContains
            output.noLogContains = try pattern(log["no_match_regex"], "no_match_regex") ?? output.noLogContains
        }
        return output
    }
}

// MARK: - Values

extension RegressionFileReader {
    private func members(_ node: Node, of what: String, known: Set<String>) throws -> [String: Node] {
        try RegressionYAML.members(node, of: what, known: known, path: path)
    }

    private func error(_ node: Node, _ message: String) -> RegressionFileError {
        RegressionFileError(path: path, line: node.mark?.line ?? 0, message: message)
    }

    private func text(_ node: Node?, _ name: String) throws -> String? {
        guard let node else {
            return nil
        }
        guard let scalar = node.scalar else {
            throw error(node, "\"\(name)\" must be a string")
        }
        return scalar.string
    }

    /// A pattern; an empty one says nothing and counts as absent.
    private func pattern(_ node: Node?, _ name: String) throws -> String? {
        let text = try text(node, name)
        return text?.isEmpty == true ? nil : text
    }

    private func boolean(_ node: Node?, _ name: String) throws -> Bool? {
        guard let node else {
            return nil
        }
        guard let value = node.bool else {
            throw error(node, "\"\(name)\" must be true or false")
        }
        return value
    }

    private func integer(_ node: Node?, _ name: String) throws -> Int? {
        guard let node else {
            return nil
        }
        guard let value = node.int else {
            throw error(node, "\"\(name)\" must be a number")
        }
        return value
    }

    /// One number or a list of them.
    private func integers(_ node: Node?, _ name: String) throws -> [Int] {
        guard let node, !node.isEmptyNode else {
            return []
        }
        guard let list = node.sequence else {
            return try integer(node, name).map { [$0] } ?? []
        }
        return try list.compactMap { try integer($0, name) }
    }

    private func headers(_ node: Node?) throws -> [(name: String, value: String)] {
        guard let node, !node.isEmptyNode else {
            return []
        }
        guard let mapping = node.mapping else {
            throw error(node, "\"headers\" must be a mapping")
        }
        return try mapping.map { key, value in
            (name: try text(key, "headers") ?? "", value: try text(value, "headers") ?? "")
        }
    }

    /// A body: text, in which a template may stand, or a list of lines joined with CRLF.
    private func data(_ node: Node?) throws -> [UInt8]? {
        guard let node, !node.isEmptyNode else {
            return nil
        }
        let text: String
        if let list = node.sequence {
            text = try list.map { try self.text($0, "data") ?? "" }.joined(separator: "\r\n")
        } else {
            text = try self.text(node, "data") ?? ""
        }
        return Array(DataTemplate.expand(text).utf8)
    }

    private func base64(_ text: String, _ name: String, at node: Node) throws -> [UInt8] {
        guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
            throw error(node, "\"\(name)\" is not base64")
        }
        return Array(data)
    }
}
