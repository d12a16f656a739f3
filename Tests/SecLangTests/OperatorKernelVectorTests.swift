// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Matching
import SecLang
import TestSupport
import Testing

/// The cases of the language tests whose operators need nothing but a kernel. Those that need a regex (`verify*` in
/// part, `rx`), libinjection or GeoIP are run where the operators are.
@Suite(.enabled(if: TestData.available("waf/secrules-language-tests", for: "operator kernels on the language tests")))
struct OperatorKernelVectorTests {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private func check(_ file: String, count: Int, _ matches: (LanguageTestCase) throws -> Bool) throws {
        let cases = try LanguageTestCase.load("operators/\(file).json")
        #expect(cases.count == count)
        for testCase in cases {
            #expect(try matches(testCase) == (testCase.result == 1), "\(testCase.summary)")
        }
    }

    /// Checks an operator that compares the value with its argument.
    private func checkPair(_ file: String, count: Int, _ matches: (Bytes, Bytes) -> Bool) throws {
        try check(file, count: count) { testCase in
            testCase.input.withUnsafeBufferPointer { value in
                testCase.parameter.withUnsafeBufferPointer { matches(value, $0) }
            }
        }
    }

    @Test func `strings`() throws {
        try checkPair("contains", count: 10) { StringKernels.contains($0, $1) != nil }
        try checkPair("strmatch", count: 5) { StringKernels.contains($0, $1) != nil }
        try checkPair("containsWord", count: 15) { StringKernels.containsWord($0, $1) != nil }
        try checkPair("within", count: 7, StringKernels.within)
        try checkPair("beginsWith", count: 6, StringKernels.beginsWith)
        try checkPair("endsWith", count: 7, StringKernels.endsWith)
        try checkPair("streq", count: 7, StringKernels.equals)
    }

    @Test(arguments: [
        ("eq", IntegerComparison.equal, 13), ("ge", .greaterOrEqual, 12), ("gt", .greater, 12),
        ("le", .lessOrEqual, 12), ("lt", .less, 12),
    ])
    func `numbers`(file: String, comparison: IntegerComparison, count: Int) throws {
        try checkPair(file, count: count) {
            comparison.holds(IntegerComparison.number($0), IntegerComparison.number($1))
        }
    }

    @Test func `addresses`() throws {
        try check("ipMatch", count: 3_623) { testCase in
            if testCase.parameter == Array("10.0.0.0/100".utf8) {
                // Expected not to match; here the rule does not even load.
                #expect(throws: MalformedArgument.self) { try IPRangeSet(argument: testCase.parameter) }
                return false
            }
            let set = try IPRangeSet(argument: testCase.parameter)
            return testCase.input.withUnsafeBufferPointer { set.contains($0) }
        }
    }

    @Test func `encodings and byte ranges`() throws {
        try check("validateByteRange", count: 8) { testCase in
            let set = try ByteRangeSet(argument: testCase.parameter)
            return testCase.input.withUnsafeBufferPointer { set.firstOffsetOutside(in: $0) != nil }
        }
        try checkPair("validateUrlEncoding", count: 14) { value, _ in
            URLEncodingValidation.firstFault(in: value) != nil
        }
        try checkPair("validateUtf8Encoding", count: 32) { value, _ in UTF8Validation.firstFault(in: value) != nil }
    }

    @Test func `phrases`() throws {
        try check("pm", count: 15) { testCase in
            let set = PhraseSet(PhraseSet.phrases(inArgument: testCase.parameter))
            return testCase.input.withUnsafeBufferPointer { set.firstMatch(in: $0) != nil }
        }
        let file = TestData.url("waf/secrules-language-tests/operators/op/pmFromFile-01.dat")
        let set = PhraseSet(PhraseSet.phrases(inFile: [UInt8](try Data(contentsOf: file))))
        try check("pmFromFile", count: 6) { testCase in
            testCase.input.withUnsafeBufferPointer { set.firstMatch(in: $0) != nil }
        }
    }

    @Test func `payment cards whose regex takes the whole value`() throws {
        let cases = try LanguageTestCase.load("operators/verifyCC.json").filter { testCase in
            !testCase.input.isEmpty && testCase.input.allSatisfy { (0x30...0x39).contains($0) }
                && testCase.parameter == Array(#"(?:^|[^\d])(\d+)(?:[^\d]|$)"#.utf8)
        }
        #expect(cases.count == 49)
        for testCase in cases {
            let accepted = testCase.input.withUnsafeBufferPointer { NumberVerification.paymentCard.accepts($0) }
            #expect(accepted == (testCase.result == 1), "\(testCase.summary)")
        }
    }
}
