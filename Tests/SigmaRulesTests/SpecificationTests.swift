// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SigmaRules
import TestSupport
import Testing

/// The examples of Sigma's specification. Those that are parts of a document are read in one.
@Suite(.enabled(if: TestData.available("threat/sigma-correlation", for: "examples of Sigma's specification")))
struct SpecificationTests {
    /// The rules that examples name and do not have.
    private static let context = [
        "5638f7c0-ac70-491d-8465-2a65075e0d86", "firewall_block", "website_access", "rule_a_id", "process_creation",
        "recon_cmd_a", "recon_cmd_b", "recon_cmd_c", "many_failed_logins", "successful_login", "internal_error",
        "new_network_connection", "6f3e2987-db24-4c78-a860-b4f4095a7095", "df0841c0-9846-4e9f-ad8a-7df91571771b",
    ].map { name in
        "title: \(name)\nname: \(name)\nlogsource: {product: any}\ndetection: {s: {e: '\(name)'}, condition: s}\n"
    }

    private static func files(_ folder: String) throws -> [(name: String, text: String)] {
        let root = TestData.url("threat/sigma-correlation/\(folder)")
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".yml") }
        return try names.sorted().map { ($0, try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8)) }
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "    \($0)\n" }.joined()
    }

    private static let correlation =
        "correlation:\n    type: event_count\n    rules: [firewall_block]\n    timespan: 5m\n"

    /// The document that a fragment is a part of.
    private static func document(_ name: String, _ text: String) -> String {
        let condition = "    condition: {gte: 1}\n"
        if name.hasPrefix("correlation-02") {
            return text + "\n  type: event_count\n  timespan: 1h\n  condition: {gte: 1}\n"
        }
        guard name.contains("fragment") else { return text }
        switch text.prefix(while: { $0 != ":" }) {
        case "title": return text + "\n" + correlation + condition
        case "group-by": return "title: t\n" + correlation + condition + indented(text)
        case "condition": return "title: t\n" + correlation + indented(text)
        case "correlation": return "title: t\n" + text
        default: return "title: t\nlogsource: {product: any}\n" + text
        }
    }

    @Test(arguments: ["from-specification", "correlation", "filter", "rules"])
    func `every example is understood`(folder: String) throws {
        let examples = try Self.files(folder)
        #expect(examples.count == ["from-specification": 18, "correlation": 8, "filter": 2, "rules": 2][folder])
        for (name, text) in examples {
            var files = [SigmaFile(name: name, text: Self.document(name, text))]
            for rule in Self.context {
                let own = rule.split(separator: "\n")[1]
                if !text.contains(own) { files.append(SigmaFile(name: "context", text: rule)) }
            }
            let (set, diagnostics) = SigmaRuleSet.compile(files)
            #expect(diagnostics == [], "\(name)")
            let isFilter = text.contains("\nfilter:")
            #expect(set.rules.contains { $0.file == name } == !isFilter, "\(name)")
        }
    }

    @Test func `failed logins and then a successful one`() throws {
        let (_, text) = try #require(
            try Self.files("from-specification").first { $0.name == "correlation-16-full.yml" }
        )
        let (set, diagnostics) = SigmaRuleSet.compile([SigmaFile(name: "example", text: text)])
        #expect(diagnostics == [])
        #expect(set.rules.filter(\.isReported).map(\.title) == [set.rules[0].title])
        let source = try LogSource(parsing: "product=windows,service=security")
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: source))
        let correlator = SigmaCorrelator(set)
        var fired: [Int: [Int]] = [:]
        let ids = [Int](repeating: 4625, count: 9) + [529, 4624, 4624]
        for (index, id) in ids.enumerated() {
            var event =
                "{\"EventID\":\(id),\"User\":\"joe\",\"@timestamp\":\"2026-01-01T00:0\(index / 6):0\(index % 6)Z\"}"
            let firings = try event.withUTF8 { correlator.take(try matcher.match($0), from: matcher) }
            fired[index] = firings.map(\.rule)
        }
        #expect(fired.filter { !$0.value.isEmpty } == [9: [1], 10: [0]])
    }
}
