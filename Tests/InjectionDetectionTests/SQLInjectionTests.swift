// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import InjectionDetection
import TestSupport
import Testing

struct SQLInjectionTests {
    @Test(arguments: [
        ("1' or '1'='1", "s&sos"),
        ("1 union select 1,2,3--", "1UE1c"),
        ("' or 1=1#", "s&1c"),
        ("\" or \"\"=\"", "s&sos"),
        ("1;drop table users", "1;Tnn"),
        ("/*!50000select*/ 1", "X"),
        ("1' or 1.e(1)--", "s&(1)"),
    ])
    func `names an injection by its fingerprint`(input: String, fingerprint: String) {
        #expect(detect(input) == fingerprint)
    }

    @Test(arguments: [
        "", " ", "42", "hello", "O'Neill", "rock and roll", "the select committee", "a=b&c=d",
        "john.doe@example.com", "2024-05-17T12:34:56+02:00", "https://example.com/?q=1", "1 union",
        "sexy and 17", "--", "{\"a\":1}",
    ])
    func `lets normal text pass`(input: String) {
        #expect(detect(input) == nil)
    }

    @Test func `never takes one word for an injection`() throws {
        let words = try String(
            contentsOf: TestData.packageRoot.appendingPathComponent("script/injection-candidates/sql-words.txt"),
            encoding: .utf8
        ).split { $0 == " " || $0 == "\n" }
        #expect(words.count > 1_000)
        for word in words {
            #expect(detect(String(word)) == nil, "\(word)")
            // White space makes it take the long way, where no shortcut looks at the bytes first.
            #expect(detect(word + " ") == nil, "\(word)")
        }
    }

    @Test func `ignores numbers with an empty exponent as MySQL does`() {
        #expect(tokens("1.e(2)") == ["(", "1", ")"])
        #expect(tokens("SELECT 10E+;") == ["E", ";"])
        #expect(tokens("1e5") == ["1"])
    }

    @Test func `spells a fingerprint with one letter per token`() throws {
        let input = Array("1' or '1'='1".utf8)
        let fingerprint = try #require(input.withUnsafeBufferPointer { SQLInjection.fingerprint(of: $0) })
        #expect(fingerprint.count == 5)
        #expect(fingerprint.withBytes { Array($0) } == Array("s&sos".utf8))
        #expect(fingerprint.description == "s&sos")
        #expect(MemoryLayout.size(ofValue: fingerprint) <= 8)
    }

    @Test(.enabled(if: TestData.available("waf/secrules-language-tests", for: "detectSQLi cases")))
    func `answers the cases of the rule language`() throws {
        for (input, isDetected) in try OperatorCase.all(of: "detectSQLi.json") {
            #expect((detect(input) != nil) == isDetected, "\(input)")
        }
    }

    private func detect(_ input: String) -> String? {
        Array(input.utf8).withUnsafeBufferPointer { SQLInjection.fingerprint(of: $0)?.description }
    }

    private func tokens(_ input: String) -> [String] {
        Array(input.utf8).withUnsafeBufferPointer { bytes in
            SQLInjection.tokens(of: bytes).map { String(decoding: [$0.letter], as: UTF8.self) }
        }
    }
}

/// A case of the operators' tests of the rule language.
enum OperatorCase {
    private struct Entry: Decodable {
        let input: String
        let ret: Int
    }

    /// The inputs of a file, each with whether the operator matches.
    static func all(of file: String) throws -> [(input: String, isDetected: Bool)] {
        let url = TestData.url("waf/secrules-language-tests/operators").appendingPathComponent(file)
        let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: url))
        try #require(!entries.isEmpty)
        return entries.map { ($0.input, $0.ret == 1) }
    }
}
