// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation
import Gateway
import TestSupport
import Testing
import WebFirewall

/// Our answers to recorded transactions beside those of libmodsecurity 3.0.9 with the same rules.
struct EvaluationComparisonTests {
    private static let isAvailable =
        TestData.available("waf/eval", for: "answers of libmodsecurity")
        && TestData.available("waf/unicode/unicode.mapping", for: "answers of libmodsecurity")

    private static var hasRuleSet: Bool {
        let isThere = FileManager.default.fileExists(atPath: "/usr/share/modsecurity-crs/rules")
        if !isThere {
            print("NOT RUN: answers of libmodsecurity: the package modsecurity-crs is not installed")
        }
        return isThere || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    private func lines(_ name: String) throws -> [JSONValue] {
        let data = try Data(contentsOf: TestData.url("waf/eval/\(name)"))
        return try Array(data).split(separator: 10).map { try JSONReader.read(Array($0)) }
    }

    private func evaluator() throws -> TransactionEvaluator {
        let file = TestData.url("waf/eval/main.conf")
        let mapping = TestData.url("waf/unicode/unicode.mapping").path
        let text = try String(contentsOf: file, encoding: .utf8)
            .replacing("SecUnicodeMapFile unicode.mapping", with: "SecUnicodeMapFile \(mapping)")
        var sources = RuleSources()
        sources.texts.append(RuleSources.RuleText(name: "main.conf", text: text))
        return try TransactionEvaluator(rules: sources, options: EvaluationOptions(mode: .enforce))
    }

    @Test(.enabled(if: isAvailable), .enabled(if: hasRuleSet))
    func `answers as libmodsecurity does`() throws {
        let evaluator = try evaluator()
        let decoder = TransactionDecoder(parseRawRequest: parseRawRequest)
        let answers = try lines("libmodsecurity-3.0.9.ndjson")
        let inputs = try lines("transactions.ndjson")
        #expect(inputs.count == 23)
        #expect(answers.count == 23)
        for (number, (input, answer)) in zip(inputs, answers).enumerated() {
            let transaction = try decoder.decode(input, line: number + 1)
            let result = evaluator.evaluate(transaction)
            let id = transaction.id
            #expect(answer["id"]?.text == id)
            #expect(result.error == nil, "\(id)")
            #expect(result.outcome.verdict.rawValue == answer["verdict"]?.text, "\(id)")
            #expect(result.outcome.status == answer["status"]?.integer, "\(id)")
            let expected = answer["errorLog"]?.elements?.compactMap(\.bytes) ?? []
            let ours = shapes(result.errorLog).filter { !Self.onlyOurs.contains($0.key) }
            let theirs = shapes(expected).filter { Self.onlyTheirs[id] != $0.key }
            #expect(Set(ours.keys) == Set(theirs.keys), "\(id)")
            for (rule, shape) in theirs {
                // libmodsecurity loses the tags of rules with multiMatch.
                let own = shape.contains(" tag ") ? ours[rule] : ours[rule]?.replacing(" tag", with: "")
                #expect(own == shape, "\(id), rule \(rule)")
            }
        }
    }

    /// Rule 980130 logs with `noauditlog`: version 2 writes it to the error log, libmodsecurity does not.
    private static let onlyOurs: Set = [980_130]

    /// libmodsecurity decodes REQUEST_URI, version 2 and the rule set's authors do not: there the escape `%25v`
    /// is decoded once before the rule looks for bad escapes.
    private static let onlyTheirs = ["atk-932140-1": 920_220]

    /// The shape of a rule's log line, by rule. libmodsecurity writes a line per matching value, we one per rule.
    private func shapes(_ lines: [[UInt8]]) -> [Int: String] {
        var shapes: [Int: String] = [:]
        for line in lines {
            for id in LogIDs.all(in: line) where shapes[id] == nil {
                shapes[id] = shape(line)
            }
        }
        return shapes
    }

    /// The names of the bracketed parts of a log line, in order: `file, line, id, ...`. Whether `client` comes first depends on
    /// the connector, not the engine.
    private func shape(_ line: [UInt8]) -> String {
        let text = String(decoding: line, as: UTF8.self)
        let names = text.matches(
            of: #/\[(file|line|id|rev|msg|data|severity|ver|maturity|accuracy|tag|hostname|uri|unique_id|ref) /#
        )
        return names.map { String($0.output.1) }.joined(separator: " ")
    }
}
