// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import SecLang

/// All operator cases of the language tests, through the compiler of operators and a transaction.
@Suite(.enabled(if: TestData.available("waf/secrules-language-tests", for: "operators on the language tests")))
struct OperatorLanguageTests {
    private static let folder = "waf/secrules-language-tests/operators"

    /// Whether an operator matches, and what it captured.
    private func run(_ testCase: LanguageTestCase) throws -> (isMatch: Bool, captures: [[UInt8]]) {
        let access = RuleFileAccess(
            read: { path in
                let name = URL(fileURLWithPath: path).lastPathComponent
                return [UInt8](try Data(contentsOf: TestData.url("\(Self.folder)/op/\(name)")))
            },
            expand: { _ in [] },
            exists: { _ in true }
        )
        let compiler = RuleSetCompiler(files: access)
        compiler.add(text: "SecAction \"id:1,phase:1,pass,capture\"", name: "test.conf")
        let operators = OperatorCompiler(files: compiler, file: "test.conf")
        let text = Array("@\(testCase.name) ".utf8) + testCase.parameter
        let compiled = try operators.compile(text)
        let rules = try compiler.finish()
        let context = TransactionContext(
            identifier: [],
            now: { 0 },
            collections: PersistentCollections(capacity: 64)
        )
        var transaction = Transaction(rules: rules, context: context)
        let value = transaction.arena.append(testCase.input)
        transaction.matchScratch.reset()
        let isMatch = transaction.evaluate(compiled.op, value, rule: rules.rules[0])
        var captures: [[UInt8]] = []
        for capture in transaction.matchScratch.captures {
            captures.append(capture.map { transaction.arena.array($0) } ?? [])
        }
        return (isMatch, captures)
    }

    @Test func `answers every case`() throws {
        let folder = TestData.url(Self.folder)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        #expect(files.count == 29)
        var count = 0
        for file in files.sorted() {
            for testCase in try LanguageTestCase.load("operators/\(file)") {
                count += 1
                if testCase.name == "ipMatch", testCase.parameter == Array("10.0.0.0/100".utf8) {
                    // Expected not to match; here the rule does not even load.
                    #expect(throws: SyntaxError.self) { try run(testCase) }
                    continue
                }
                let isMatch = try run(testCase).isMatch
                #expect(isMatch == (testCase.result == 1), "\(file): \(testCase.summary)")
            }
        }
        #expect(count > 3_900)
    }

    @Test(arguments: ["rx.json", "rxGlobal.json"])
    func `captures the groups`(file: String) throws {
        let data = try Data(contentsOf: TestData.url("\(Self.folder)/\(file)"))
        let cases = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        var count = 0
        for fields in cases {
            guard let groups = fields["re_groups"] as? [String], let name = fields["name"] as? String,
                let parameter = fields["param"] as? String, let input = fields["input"] as? String
            else { continue }
            count += 1
            var testCase = LanguageTestCase()
            testCase.name = name
            testCase.parameter = Array(parameter.utf8)
            testCase.input = Array(input.utf8)
            let captures = try run(testCase).captures.map { String(decoding: $0, as: UTF8.self) }
            // A case may list the first match of several only.
            #expect(captures.starts(with: groups), "\(testCase.summary)")
        }
        #expect(count > 3)
    }
}
