// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import FalcoRules

/// The sources that tests load rules for.
enum TestSources {
    static var all: [FieldCatalogue] {
        [.system(eventTypes: EventTypeFixture.table), .kubernetesAudit, .gitLab, .gitHub]
    }

    static func load(_ path: String, into loader: inout RuleLoader) throws -> LoadResult {
        let url = TestData.url("threat/\(path)")
        return loader.load(name: url.lastPathComponent, content: Array(try Data(contentsOf: url)))
    }
}

/// What a case of the loader pack expects.
private struct ExpectedCase: Decodable {
    struct Issue: Decodable {
        var code: String
        var item_type: String?
        var item_name: String?
    }

    struct Result: Decodable {
        var name: String
        var successful: Bool
        var errors: [Issue]
        var warnings: [Issue]
    }

    var files: [String]
    var results: [Result]
}

@Suite(.enabled(if: TestData.available("threat/falco-loader", for: "RuleLoaderTests")))
struct RuleLoaderTests {
    private static let cases: [String] = {
        let folder = TestData.url("threat/falco-loader").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.first?.isNumber == true }.sorted()
    }()

    @Test
    func `the pack is complete`() {
        #expect(Self.cases.count == 122)
    }

    @Test(arguments: cases)
    func `a case of the pack gives the expected errors and warnings`(name: String) throws {
        let folder = TestData.url("threat/falco-loader/\(name)")
        let expected = try JSONDecoder().decode(
            ExpectedCase.self,
            from: try Data(contentsOf: folder.appendingPathComponent("expected.json"))
        )
        var loader = RuleLoader(sources: TestSources.all)
        for (file, result) in zip(expected.files, expected.results) {
            let loaded = try TestSources.load("falco-loader/\(name)/\(file)", into: &loader)
            #expect(loaded.isSuccessful == result.successful, "\(describe(loaded))")
            #expect(matches(loaded.errors, result.errors), "\(describe(loaded))")
            if result.successful {
                #expect(matches(loaded.warnings, result.warnings), "\(describe(loaded))")
            }
        }
    }

    private func matches(_ found: [LoadIssue], _ expected: [ExpectedCase.Issue]) -> Bool {
        guard found.count == expected.count else { return false }
        var rest = found
        for issue in expected {
            let place = rest.firstIndex { candidate in
                candidate.code.rawValue == issue.code
                    && (issue.item_type == nil
                        || candidate.locations.contains {
                            $0.type.rawValue == issue.item_type
                                && (issue.item_name == nil || $0.name == issue.item_name)
                        })
            }
            guard let place else { return false }
            rest.remove(at: place)
        }
        return true
    }

    private func describe(_ result: LoadResult) -> String {
        (result.errors + result.warnings).map { issue in
            "\(issue.code.rawValue) \(issue.message) "
                + issue.locations.map { "\($0.type.rawValue):\($0.name)" }.joined(separator: " > ")
        }.joined(separator: "\n")
    }
}

@Suite(.enabled(if: TestData.available("threat/falco-rules", for: "StockRuleTests")))
struct StockRuleTests {
    static let files = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"]

    @Test(arguments: [
        ("falco_rules.yaml", 25), ("falco-incubating_rules.yaml", 31), ("falco-sandbox_rules.yaml", 37),
        ("k8s_audit_rules.yaml", 48),
    ])
    func `a stock file loads alone`(file: String, count: Int) throws {
        var loader = RuleLoader(sources: TestSources.all)
        let result = try TestSources.load("falco-rules/\(file)", into: &loader)
        #expect(result.errors.map(\.message) == [])
        #expect(loader.rules.count == count)
    }

    @Test
    func `the stock files load on top of each other`() throws {
        var loader = RuleLoader(sources: TestSources.all)
        for file in Self.files {
            let result = try TestSources.load("falco-rules/\(file)", into: &loader)
            #expect(result.errors.map(\.message) == [])
        }
        #expect(loader.rules(of: "syscall").count == 93)
    }

    @Test
    func `a file with an error leaves what was loaded`() throws {
        var loader = RuleLoader(sources: TestSources.all)
        _ = try TestSources.load("falco-rules/falco_rules.yaml", into: &loader)
        let broken = loader.load(name: "more.yaml", content: Array("- list: x\n  items: 3\n".utf8))
        #expect(broken.errors.map(\.code) == [.yamlValidate])
        #expect(loader.rules.count == 25)
    }

    @Test
    func `results are written as Falco writes them`() throws {
        var loader = RuleLoader(sources: TestSources.all)
        let result = loader.load(
            name: "a.yaml",
            content: Array(
                "- rule: r\n  desc: d\n  condition: foo and evt.type=open\n  output: x\n  priority: INFO\n".utf8
            )
        )
        let json = String(decoding: LoadResult.json([result]), as: UTF8.self)
        #expect(
            json.hasPrefix(
                #"{"falco_load_results":[{"name":"a.yaml","successful":false,"errors":[{"code":"LOAD_ERR_VALIDATE""#
            )
        )
        #expect(json.contains(#""message":"Undefined macro 'foo' used in filter.""#))
        #expect(
            json.contains(
                #"{"item_type":"rule","item_name":"r","position":{"name":"a.yaml","line":0,"column":2,"offset":2}}"#
            )
        )
        #expect(json.contains(#""snippet":"foo and evt.type=open\n^\n""#))
    }

    @Test(arguments: [
        String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000) + "a",
        "- list: a\n  items: &a [" + String(repeating: "x,", count: 1000) + "y]\n",
    ])
    func `hostile files give results, not crashes`(text: String) {
        var loader = RuleLoader(sources: TestSources.all)
        _ = loader.load(name: "hostile.yaml", content: Array(text.utf8))
    }

    @Test
    func `lists that name each other over and over are cut off`() {
        var text = ""
        for place in 0..<40 {
            text += "- list: l\(place)\n  items: [l\(place + 1), l\(place + 1)]\n"
        }
        text += "- rule: r\n  desc: d\n  condition: evt.type in (l0)\n  output: x\n  priority: INFO\n"
        var loader = RuleLoader(sources: TestSources.all)
        let result = loader.load(name: "growth.yaml", content: Array(text.utf8))
        #expect(result.errors.map(\.code) == [.compileCondition])
    }

    @Test
    func `macros that use each other over and over cost what they are long`() {
        var text = "- macro: m0\n  condition: proc.name=a or proc.name=b\n"
        for place in 1..<200 {
            text +=
                "- macro: m\(place)\n  condition: (m\(place - 1) and proc.pid=\(place)) or (m\(place - 1) and proc.pid>\(place))\n"
        }
        text += "- rule: r\n  desc: d\n  condition: evt.type=open and m199\n  output: x\n  priority: INFO\n"
        var loader = RuleLoader(sources: TestSources.all)
        let result = loader.load(name: "growth.yaml", content: Array(text.utf8))
        #expect(result.errors.map(\.message) == [])
    }
}
