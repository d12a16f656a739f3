// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Matching
import Testing

@Suite struct PhraseSetParsingTests {
    private func argument(_ text: String) -> [String] {
        PhraseSet.phrases(inArgument: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("abc def\tghi", ["abc", "def", "ghi"]),
        ("  abc  ", ["abc"]),
        ("", []),
        ("\"abc def\"", ["abc", "def"]),
        ("\"", ["\""]),
        ("a|42 43|d e", ["aBCd", "e"]),
        ("|41424344|", ["ABCD"]),
        ("a|b c|", ["a|b", "c|"]),
        ("a||b", ["a||b"]),
        ("|4 1|", ["|4", "1|"]),
        ("|41", ["|41"]),
        (#"a\:b\;c\\d\"e"#, [#"a:b;c\d"e"#]),
        (#"c:\windows \\x"#, [#"c:\windows"#, #"\\x"#]),
        (#"abc\"#, [#"abc\"#]),
        ("a|20|b", ["a", "b"]),
    ])
    func `splits and unescapes an argument`(text: String, phrases: [String]) {
        #expect(argument(text) == phrases)
    }

    @Test func `reads a file`() {
        let text = "# comment\nxxx yyy\r\n\n   \n  #also\n|61 62|c \n\"q\"\n\\w\\\\\nlast"
        let phrases = PhraseSet.phrases(inFile: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
        #expect(phrases == ["xxx yyy", "abc", "\"q\"", "\\w\\\\", "last"])
    }
}
