// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SigmaRules
import TestSupport
import Testing

/// The stored rules of SigmaHQ and the examples of the specification.
@Suite(.enabled(if: TestData.available("threat/sigma", for: "Sigma rules of the pack")))
struct PackTests {
    static func files(_ folder: String) throws -> [SigmaFile] {
        let root = TestData.url(folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".yml") }
        return try names.sorted().map { name in
            SigmaFile(name: name, bytes: [UInt8](try Data(contentsOf: root.appendingPathComponent(name))))
        }
    }

    @Test func `every rule of the pack loads`() throws {
        let files = try Self.files("threat/sigma")
        let (set, diagnostics) = SigmaRuleSet.compile(files)
        #expect(files.count == 241)
        #expect(set.rules.count == 241)
        #expect(diagnostics.filter { $0.severity == .error } == [])
        #expect(set.rules.allSatisfy { $0.id != nil && $0.author != nil && $0.level != nil })
        #expect(set.rules.count { !$0.techniques.isEmpty } > 200)
    }

    @Test(arguments: [
        ("product=linux,category=process_creation", 122), ("product=linux,service=auditd", 53),
        ("product=kubernetes,service=audit", 16), ("product=github,service=audit", 15),
    ])
    func `rules are chosen by log source`(source: String, expected: Int) throws {
        let (set, _) = SigmaRuleSet.compile(try Self.files("threat/sigma"))
        let program = SigmaProgram(set, logSource: try LogSource(parsing: source))
        let generic = source.hasPrefix("product=linux") ? 15 : 0
        #expect(program.ruleCount == expected + generic)
    }
}
