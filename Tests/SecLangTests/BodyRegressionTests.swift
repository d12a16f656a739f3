// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import SecLang

private let folder = "waf/modsecurity-regression"

/// A case of ModSecurity's regression tests, as far as it concerns parsers of bodies.
private struct RegressionCase: CustomStringConvertible {
    var file: String
    var title: String
    var contentType: [UInt8]
    var body: [UInt8]
    var rules: [String]
    var status: Int
    var debugLog: String

    var description: String { "\(file): \(title)" }

    static func load(_ file: String) throws -> [RegressionCase] {
        let url = TestData.url("\(folder)/test-cases/regression/\(file)")
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
        let cases = try #require(json as? [[String: Any]])
        return cases.compactMap { entry in
            let request = entry["request"] as? [String: Any] ?? [:]
            let headers = request["headers"] as? [String: String] ?? [:]
            let type = headers.first { $0.key.lowercased() == "content-type" }?.value ?? ""
            let expected = entry["expected"] as? [String: Any] ?? [:]
            guard let lines = request["body"] as? [String] else {
                return nil
            }
            return RegressionCase(
                file: file,
                title: entry["title"] as? String ?? "",
                contentType: Array(type.utf8),
                body: Array(lines.map { $0 + "\n" }.joined().utf8),
                rules: entry["rules"] as? [String] ?? [],
                status: expected["http_code"] as? Int ?? 200,
                debugLog: expected["debug_log"] as? String ?? ""
            )
        }
    }

    /// The status that the rules give for variables with known values, or nil if a rule needs more than that.
    func status(given variables: [String: Int]) -> Int? {
        guard rules.contains(where: { $0.lowercased() == "secruleengine on" }) else {
            return 200
        }
        for rule in rules where rule.hasPrefix("SecRule ") && rule.contains("deny") && !rule.contains("\"chain,") {
            let words = rule.split(separator: "\"")
            let name = words[0].dropFirst("SecRule ".count).trimmingCharacters(in: .whitespaces)
            guard words.count > 1, let value = variables[name], let number = words[1].split(separator: " ").last,
                let operand = Int(number), words[1].contains("@eq")
            else {
                return nil
            }
            if (value == operand) != words[1].hasPrefix("!") {
                return 403
            }
        }
        return 200
    }

    func debugLogMatches(_ lines: [String]) throws -> Bool {
        guard !debugLog.isEmpty else {
            return true
        }
        // The patterns are written for an engine that takes a brace as itself.
        let escaped = debugLog.replacingOccurrences(of: "{", with: "\\{").replacingOccurrences(of: "}", with: "\\}")
        let pattern = try NSRegularExpression(
            pattern: escaped,
            options: [.dotMatchesLineSeparators, .anchorsMatchLines]
        )
        let log = lines.joined(separator: "\n")
        return pattern.firstMatch(in: log, range: NSRange(log.startIndex..., in: log)) != nil
    }

    /// The number behind a directive, if the rules have it.
    func limit(_ directive: String) -> Int? {
        rules.first { $0.hasPrefix(directive + " ") }.flatMap { Int($0.split(separator: " ").last ?? "") }
    }
}

extension MultipartResult {
    /// The variables that rules of the tests ask for.
    fileprivate var variables: [String: Int] {
        func value(_ flag: MultipartFlags) -> Int { flags.contains(flag) ? 1 : 0 }
        return [
            "MULTIPART_STRICT_ERROR": strictError ? 1 : 0,
            "MULTIPART_UNMATCHED_BOUNDARY": unmatchedBoundary,
            "MULTIPART_HEADER_FOLDING": value(.headerFolding),
            "MULTIPART_INVALID_HEADER_FOLDING": value(.invalidHeaderFolding),
            "MULTIPART_INVALID_QUOTING": value(.invalidQuoting),
            "MULTIPART_DATA_AFTER": value(.dataAfter),
            "REQBODY_PROCESSOR_ERROR": error == nil ? 0 : 1,
            "REQBODY_ERROR": error == nil ? 0 : 1,
        ]
    }
}

@Suite(.enabled(if: TestData.available(folder, for: "BodyRegressionTests")))
struct BodyRegressionTests {
    @Test func `agrees with ModSecurity about multipart bodies`() throws {
        var logs = 0
        var statuses = 0
        let files = [
            "request-body-parser-multipart.json", "issue-1825.json", "variable-MULTIPART_STRICT_ERROR.json",
            "variable-MULTIPART_INVALID_HEADER_FOLDING.json", "variable-MULTIPART_PART_HEADERS.json",
        ]
        for entry in try files.flatMap(RegressionCase.load) {
            let multipart = parseMultipart(entry.body, contentType: entry.contentType)
            let arguments = multipart.parts.filter { $0.filename == nil }
            let lines =
                multipart.trace
                + arguments.map { "Adding request argument (BODY): name \"\($0.name)\", value \"\($0.content)\"" }
                + arguments.map { "Target value: (Variable: ARGS:\($0.name))" }
                + ["Target value: \"\(multipart.error == nil ? 0 : 1)\" (Variable: REQBODY_ERROR)"]
                + multipart.parts.flatMap { part in
                    part.headers.filter { $0.lowercased().contains("jpeg") }.map { _ in
                        "Variable: MULTIPART_PART_HEADERS:\(part.name) Rule returned 1"
                    }
                }
            #expect(try entry.debugLogMatches(lines), "\(entry)\n\(lines.joined(separator: "\n"))")
            logs += entry.debugLog.isEmpty ? 0 : 1
            if let status = entry.status(given: multipart.result.variables) {
                #expect(status == entry.status, "\(entry)")
                statuses += 1
            }
        }
        #expect(logs >= 30 && statuses >= 30)
    }

    @Test func `agrees with ModSecurity about the length without files`() throws {
        for entry in try RegressionCase.load("config-body_limits.json") {
            guard let limit = entry.limit("SecRequestBodyNoFilesLimit") else {
                continue
            }
            let isMultipart = entry.contentType.withUnsafeBufferPointer { ContentType.kind(of: $0) } == .multipart
            let length =
                isMultipart
                ? parseMultipart(entry.body, contentType: entry.contentType).result.lengthWithoutFiles
                : entry.body.count
            #expect((length > limit) == (entry.status == 400), "\(entry)")
        }
    }

    @Test func `finds the files of ModSecurity's tests`() throws {
        for entry in try RegressionCase.load("variable-FILES.json") {
            let files = parseMultipart(entry.body, contentType: entry.contentType).parts.filter { $0.filename != nil }
            #expect(files.count == 2, "\(entry)")
            #expect(files.first?.content == "This is a very small test file..")
        }
    }

    @Test func `agrees with ModSecurity about JSON bodies`() throws {
        for entry in try ["request-body-parser-json.json", "secargumentslimit.json"].flatMap(RegressionCase.load) {
            let inQuery = 1
            let json = parseJSON(
                entry.body,
                maxDepth: entry.limit("SecRequestBodyJsonDepthLimit") ?? 512,
                maxArguments: (entry.limit("SecArgumentsLimit") ?? 1000) - inQuery
            )
            if entry.title.contains("over limit"), !entry.title.contains("not over") {
                #expect(json.result != nil, "\(entry)")
            } else {
                #expect(json.result == nil, "\(entry)")
                let lines = json.pairs.map { "Target value: \"\($0.value)\" (Variable: ARGS:\($0.name))" }
                if entry.debugLog.contains("ARGS") {
                    #expect(try entry.debugLogMatches(lines), "\(entry)")
                }
                if entry.rules.contains(where: { $0.contains("ARGS:/k5/") }) {
                    #expect(json.pairs.contains(BodyPair("json.k5", "v5")))
                }
            }
        }
    }

    @Test func `agrees with ModSecurity about XML bodies`() throws {
        for entry in try RegressionCase.load("config-xml_external_entity.json") {
            let xml = entry.body.withUnsafeBufferPointer { XMLBody($0) }
            let texts = try xml.values(xpath: "/bookstore/book").map { String(decoding: $0, as: UTF8.self) }
            let expected = entry.debugLog.contains("jo smith") ? " Jo Smith" : " "
            #expect(xml.error == nil && texts == [expected], "\(entry)")
        }
        let broken = try RegressionCase.load("variable-REQBODY_PROCESSOR_ERROR.json")
        for entry in broken where entry.debugLog.contains("XML parsing error") {
            let xml = entry.body.withUnsafeBufferPointer { XMLBody($0) }
            #expect(try entry.debugLogMatches(["XML parsing error: \(xml.error?.message ?? "")"]), "\(entry)")
        }
    }

    @Test func `agrees with ModSecurity about schemas`() throws {
        var checked = 0
        for entry in try RegressionCase.load("request-body-parser-xml.json") {
            guard let rule = entry.rules.first(where: { $0.contains("@validateSchema ") }),
                let name = rule.split(separator: " ").first(where: { $0.hasSuffix(".xsd\"") })?.dropLast()
            else {
                continue
            }
            let schema = [UInt8](try Data(contentsOf: TestData.url("\(folder)/\(name)")))
            let xml = entry.body.withUnsafeBufferPointer { XMLBody($0) }
            var lines: [String] = []
            do {
                let violations = xml.violations(of: try XMLSchema(schema, name: String(name)))
                lines = violations.map { "XML Error: \($0)" }
            } catch {
                lines = [error.message]
            }
            #expect(try entry.debugLogMatches(lines), "\(entry)\n\(lines)")
            checked += 1
        }
        #expect(checked >= 3)
    }
}
