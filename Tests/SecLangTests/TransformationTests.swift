// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import TestSupport
import Testing

extension Transformation {
    /// The result as an array, and checks on the way that the announced bound holds and nothing behind is touched.
    func result(_ input: [UInt8], unicodeMap: UnicodeMap? = nil) -> [UInt8] {
        let bound = maximumOutputLength(of: input.count)
        let canary = [UInt8](repeating: 0xA5, count: 16)
        var output = [UInt8](repeating: 0, count: bound) + canary
        let count = input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output -> Int in
                output.baseAddress.map { apply(input, into: $0, unicodeMap: unicodeMap) } ?? 0
            }
        }
        #expect(count <= bound, "\(name) wrote \(count) of at most \(bound) bytes")
        #expect(Array(output.suffix(canary.count)) == canary, "\(name) wrote beyond its bound")
        return Array(output.prefix(count))
    }

    func result(_ text: String) -> String {
        String(decoding: result(Array(text.utf8)), as: UTF8.self)
    }
}

@Suite struct TransformationTests {
    @Test(
        .enabled(if: TestData.available("waf/secrules-language-tests", for: "transformations of the language tests")),
        arguments: Transformation.allCases
    )
    func `agrees with the language tests`(transformation: Transformation) throws {
        let british = transformation.name.replacing("normalize", with: "normalise")
        let path = "transformations/\(british).json"
        guard FileManager.default.fileExists(atPath: TestData.url("waf/secrules-language-tests/\(path)").path) else {
            #expect(transformation == .uppercase, "no cases for \(transformation)")
            return
        }
        let cases = try LanguageTestCase.load(path)
        #expect(!cases.isEmpty)
        for testCase in cases {
            let output = transformation.result(testCase.input)
            #expect(
                output == testCase.output,
                "\(testCase.summary) gave \(LanguageTestCase.escaped(output)), not \(LanguageTestCase.escaped(testCase.output))"
            )
        }
    }

    @Test(.enabled(if: TestData.available("waf/secrules-language-tests", for: "files of the language tests")))
    func `knows every transformation of the language tests`() throws {
        let folder = TestData.url("waf/secrules-language-tests/transformations")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count == 35)
        for file in files {
            #expect(Transformation(name: file.replacing(".json", with: "")) != nil, "\(file)")
        }
    }

    @Test func `is found by its name in any case and by its aliases`() {
        for transformation in Transformation.allCases {
            #expect(Transformation(name: transformation.name) == transformation)
            #expect(Transformation(name: transformation.name.uppercased()) == transformation)
        }
        #expect(Transformation(name: "normalisePath") == .normalizePath)
        #expect(Transformation(name: "normalisePathWin") == .normalizePathWin)
        #expect(Transformation(name: "cmd_line") == .cmdLine)
        #expect(Transformation(name: "none") == nil)
        #expect(Transformation(name: "") == nil)
    }

    @Test func `follows version 2 where the language tests say nothing`() {
        #expect(Transformation.uppercase.result("aZ\u{e9}{") == "AZ\u{e9}{")
        #expect(Transformation.compressWhitespace.result([0x61, 0xA0, 0x20, 0x62]) == Array("a b".utf8))
        #expect(Transformation.removeWhitespace.result(Array("a\u{a0}b".utf8)) == Array("ab".utf8))
        #expect(Transformation.htmlEntityDecode.result("&ltfoo &LT;foo&#x13c;") == "&ltfoo <foo<")
        #expect(Transformation.htmlEntityDecode.result(Array("&#99999999999999999999".utf8)) == [0xFF])
        #expect(Transformation.base64Decode.result("VGVzdA.VGVzdA") == "Test")
        #expect(Transformation.base64DecodeExt.result("VGVz=dA\0==") == "Test")
        #expect(Transformation.base64DecodeExt.result("VGVzd=") == "")
        #expect(Transformation.removeComments.result("a -- b") == "a ")
        #expect(Transformation.removeComments.result("a<!-- b --> c#d") == "a c")
        #expect(Transformation.removeCommentsChar.result("a<!--b-->c--d#e<!-f") == "abcde<!-f")
        #expect(Transformation.replaceComments.result("a/*b*/c/*d") == "a c ")
        #expect(Transformation.sqlHexDecode.result("a=0x41420x43 0xZZ 0X44") == "a=AB0x43 0xZZ D")
        #expect(Transformation.cmdLine.result("a\0 \"B\" , ( /c") == "a\0 b(/c")
        #expect(Transformation.utf8toUnicode.result(Array("a\0\u{1f600}".utf8)) == Array("a%u1f600".utf8))
        #expect(Transformation.utf8toUnicode.result([0xC1, 0xBC]) == Array("%u007c".utf8) + [0xC1])
        #expect(Transformation.utf8toUnicode.result([0xC3, 0x28, 0x80, 0xFF]) == [0x28, 0x80, 0xFF])
        #expect(Transformation.normalizePath.result("/../etc/./passwd") == "/etc/passwd")
        #expect(Transformation.normalizePath.result("/a/..") == "")
        #expect(Transformation.normalizePath.result("a/foo../b") == "a/b")
        #expect(Transformation.urlDecodeUni.result("%U0041%u00e9a").hasPrefix("A"))
        #expect(Transformation.jsDecode.result("\\uff1c\\u013c\\400") == "<< 0")
    }

    @Test func `splits a chain of bytes at no point of a truncated escape`() {
        let escapes = ["%u00", "%4", "%", "&#x", "&#", "&", "\\", "\\x4", "\\u004", "0x", "<!-", "/*", "\u{1f600}"]
        for escape in escapes {
            for transformation in Transformation.allCases {
                for length in 0...escape.utf8.count {
                    _ = transformation.result(Array(escape.utf8.prefix(length)))
                }
            }
        }
    }
}
