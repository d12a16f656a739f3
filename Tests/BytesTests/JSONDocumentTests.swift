// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Bytes

@Suite
struct JSONDocumentTests {
    @Test
    func `documents are read one after the other`() throws {
        var document = JSONDocument()
        for number in 0..<3 {
            let text = Array(" \n{\"a\": [1, {\"b\": \"c\(number)\"}], \"d\": null}\t".utf8)
            try text.withUnsafeBufferPointer { bytes in
                let root = try document.read(bytes)
                #expect(root["a"][1]["b"].string == "c\(number)")
                #expect(root["a"].count == 2)
                #expect(root["d"].kind == .null)
                #expect(root["e"].kind == .missing)
            }
        }
    }

    @Test(arguments: [("  {\"a\" 1}", 7), (" 1 2", 2), ("", 0), ("[1,]", 3)])
    func `errors count their offset from the first byte`(text: String, offset: Int) {
        var document = JSONDocument()
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            do throws(JSONError) {
                _ = try document.read(bytes)
                Issue.record("\(text) was read")
            } catch {
                #expect(error.offset == offset, "\(error)")
            }
        }
    }

    @Test
    func `nesting is bounded`() {
        var document = JSONDocument()
        let deep = Array(String(repeating: "[", count: 200).utf8) + Array(String(repeating: "]", count: 200).utf8)
        _ = deep.withUnsafeBufferPointer { bytes in
            #expect(throws: JSONError.self) { _ = try document.read(bytes, maximumDepth: 100) }
        }
    }
}
