// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import InjectionDetection
import TestSupport
import Testing

struct CrossSiteScriptingTests {
    @Test(arguments: [
        "<script>alert(1)</script>", "<SCRIPT\n>", "<scr\0ipt>", "<svg/onload=alert(1)>",
        "\" onmouseover=alert(1) x=\"", "' style='x", "`onload=x", "<a href=\"java\nscript:alert(1)\">",
        "<a href=&#106;avascript:x>", "<a href=&#x6A;&#x61;vascript:x>", "<a href='\u{1}data:text/html,x'>",
        "<!doctype html>", "<!--[if IE]>-->", "<!-- ` -->", "<?import x>", "<x xmlns:y=z>",
        "<set attributename=onload>", "<%`%>",
    ])
    func `finds scripts`(input: String) {
        #expect(detect(input))
    }

    @Test(arguments: [
        "", "<", "<b>bold</b>", "a < b", "a=b", "x = y > z", "<a href=\"https://example.com/\">",
        "<!-- comment -->", "<p class=x>", "it's", "<a href=&#>", "<3", "1<2>3",
    ])
    func `lets normal text pass`(input: String) {
        #expect(!detect(input))
    }

    @Test func `takes the byte 255 before an attribute's value for the end, as libinjection does`() {
        #expect(!detect(Array("<a onload=".utf8) + [0xff, 0x78, 0x3e]))
        #expect(detect(Array("<a onload=x".utf8) + [0xff, 0x78, 0x3e]))
    }

    @Test(.enabled(if: TestData.available("waf/secrules-language-tests", for: "detectXSS cases")))
    func `answers the cases of the rule language`() throws {
        for (input, isDetected) in try OperatorCase.all(of: "detectXSS.json") {
            #expect(detect(input) == isDetected, "\(input)")
        }
    }

    private func detect(_ input: String) -> Bool {
        detect(Array(input.utf8))
    }

    private func detect(_ input: [UInt8]) -> Bool {
        input.withUnsafeBufferPointer { CrossSiteScripting.isDetected(in: $0) }
    }
}
