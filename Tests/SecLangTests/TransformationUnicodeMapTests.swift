// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import TestSupport
import Testing

@Suite struct TransformationUnicodeMapTests {
    private let text = Array(
        """
        (MAC - Roman)


        1250  (ANSI - Central Europe)
        00a1:21 00a2:63

        20127 (US-ASCII)
        00a1:21\t00e9:65 ff1c:3c\r
        0131:69
        20261 (T.61)
        00a1:7f
        """.utf8
    )

    @Test func `reads just the code page that is asked for`() throws {
        let map = try UnicodeMap(parsing: text, codePage: 20127)
        #expect(map[0x00A1] == 0x21)
        #expect(map[0x00E9] == 0x65)
        #expect(map[0x0131] == 0x69)
        #expect(map[0x00A2] == nil)
        #expect(try UnicodeMap(parsing: text, codePage: 20261)[0x00A1] == 0x7F)
    }

    @Test func `serves urlDecodeUni`() throws {
        let map = try UnicodeMap(parsing: text, codePage: 20127)
        let input = Array("%u00e9%uff1c%u0131%u1141".utf8)
        #expect(Transformation.urlDecodeUni.result(input, unicodeMap: map) == Array("e<iA".utf8))
        #expect(Transformation.urlDecodeUni.result(input) == [0xE9, 0x3C, 0x31, 0x41])
    }

    @Test func `names what is wrong with a file`() {
        #expect(throws: MalformedArgument("the Unicode map has no code page 1", offset: text.count)) {
            try UnicodeMap(parsing: text, codePage: 1)
        }
        for pair in ["00g1:21", "00a1:", "00a1:211", ":21", "000a1:21", "00a1"] {
            let text = Array("20127 (US-ASCII)\n00a1:21 \(pair)\n".utf8)
            let error = #expect(throws: MalformedArgument.self) {
                try UnicodeMap(parsing: text, codePage: 20127)
            }
            #expect(error?.offset == 25)
            #expect(error?.position(in: text).line == 2 && error?.position(in: text).column == 9)
        }
    }

    @Test(.enabled(if: TestData.available("waf/unicode", for: "ModSecurity's Unicode map")))
    func `reads ModSecurity's file`() throws {
        let text = [UInt8](try Data(contentsOf: TestData.url("waf/unicode/unicode.mapping")))
        for codePage in [1250, 20127, 950] {
            let map = try UnicodeMap(parsing: text, codePage: codePage)
            #expect(map[0xFF1C] == 0x3C || codePage == 950, "\(codePage)")
        }
        let ascii = try UnicodeMap(parsing: text, codePage: 20127)
        #expect(ascii[0x00A0] == 0x20)
        #expect(ascii[0xFF0F] == 0x2F)
    }
}
