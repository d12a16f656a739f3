// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import SampleShop

@Suite struct FormParsingTests {
    private static let fields: [(String, String)] = [
        ("q=green+tea", "green tea"), ("q=K%C3%B6ln", "Köln"), ("q=50%25", "50%"), ("q=50%", "50%"), ("q=%zz", "%zz"),
        ("a=b&q=1=2", "1=2"), ("q", ""), ("", ""), ("q=%FF", "\u{FFFD}"), ("q=first&q=second", "first"),
    ]

    @Test(arguments: fields)
    func `a form's field is decoded`(text: String, value: String) {
        #expect(FormData(urlEncoded: text.utf8)["q"] == value)
    }

    @Test func `an upload keeps its name and every byte`() throws {
        let content: [UInt8] = [0, 13, 10, 255, 45, 45]
        let head = "--X\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a b.png\"\r\n\r\n"
        let body = Array("preamble\r\n\(head)".utf8) + content + Array("\r\n--X--\r\n".utf8)
        let form = MultipartForm(body: body, contentType: "multipart/form-data; boundary=\"X\"")
        let part = try #require(form["photo"])
        #expect(part.fileName == "a b.png")
        #expect(Array(part.content) == content)
    }

    @Test(arguments: ["", "--X", "--X\r\n\r\n", "--X\r\nContent-Disposition: form-data\r\n\r\n\r\n--X--", "--X--X--X"])
    func `a broken upload has no parts`(body: String) {
        #expect(MultipartForm(body: Array(body.utf8), contentType: "multipart/form-data; boundary=X").parts.isEmpty)
    }
}
