// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Access

@Suite struct NameTests {
    @Test(arguments: ["kim", "Kim", "kim.lee@example.org", "7of9", "a", "a+b_c-d", String(repeating: "n", count: 64)])
    func `a name is letters, digits and few signs`(text: String) throws {
        #expect(try UserName(text).description == text.lowercased())
    }

    @Test(arguments: [
        "", " ", "kim ", " kim", "-kim", ".", "@", "ki m", "kim\n", "kim\0", "kim\u{202E}", "kim\u{200B}", "кim", "ｋim",
        "kim/..", "<b>", "kim'--", "kim,=1+1", "\u{1B}[2J", "é", String(repeating: "n", count: 65),
        String(repeating: "n", count: 10_000_000),
    ])
    func `other names are refused`(text: String) {
        #expect(UserName(ifValid: text) == nil)
        let error = #expect(throws: AccessError.self) { try UserName(text) }
        #expect(error?.code == .invalid && (error?.message.utf8.count ?? 0) < 200)
    }

    @Test(arguments: [
        "Kim Lee", "Jürgen Großmann", "李雷", "محمد", "किम", "नम\u{94D}\u{200D}", "O'Neil <b>", "=1+1", "Kim 😀",
    ])
    func `a display name may be in any writing`(text: String) throws {
        #expect(try DisplayText.checked(text, field: "name", maximumBytes: 200) == text)
    }

    @Test(arguments: [
        "", "   ", "Kim\u{202E}gpj", "Kim\u{2066}", "a\u{200B}b", "a\nb", "a\u{0}", "\u{1B}[31m", "a\u{2028}b",
        "a\u{7F}",
        "a\u{85}b", "\u{E000}", "\u{FEFF}a", "a\u{AD}b", "\u{3164}", "\u{2800}", "a\u{E0041}", "a\u{180E}",
        "e" + String(repeating: "\u{301}", count: 20), String(repeating: "n", count: 201), "a\u{FFFE}",
        String(repeating: "🏳️‍🌈", count: 1_000_000),
    ])
    func `what cannot be seen, or changes what is seen, is refused`(text: String) {
        let error = #expect(throws: AccessError.self) {
            try DisplayText.checked(text, field: "display name", maximumBytes: 200)
        }
        #expect(error?.code == .invalid && (error?.message.hasPrefix("display name: ") ?? false))
        #expect((error?.message.utf8.count ?? 0) < 200)
    }

    @Test func `a display name is composed and has no spaces around it`() throws {
        #expect(
            Array(try DisplayText.checked("  Rene\u{301} ", field: "n", maximumBytes: 9).utf8) == Array("René".utf8)
        )
    }

    @Test func `a text from elsewhere is cut and cleaned, never refused`() {
        #expect(DisplayText.cleaned("a\u{1B}[2J\u{202E}b\n", maximumBytes: 200) == "a\u{FFFD}[2J\u{FFFD}b\u{FFFD}")
        #expect(DisplayText.cleaned("ééé", maximumBytes: 5) == "éé")
        #expect(DisplayText.cleaned(String(repeating: "\n", count: 1000), maximumBytes: 7) == "\u{FFFD}\u{FFFD}")
        let agent = Fixture.client("192.0.2.1", agent: String(repeating: "x\r\n", count: 100_000)).agent
        #expect(agent.utf8.count <= 200 && !agent.contains("\n"))
    }

    @Test(arguments: ["kim@example.org", "k@x", "jörg@exämple.org"])
    func `an address has two parts`(text: String) throws {
        #expect(try EmailAddress.checked(text) == text)
    }

    @Test(arguments: [
        "", "kim", "@", "kim@", "@x", "a@b@c", "a b@c", "a@b\nBcc: c@d", "a@b,c@d", "<a@b>", "a\u{202E}@b",
        "\"a\"@b", String(repeating: "a", count: 250) + "@b.org",
    ])
    func `what is no address is refused`(text: String) {
        #expect(throws: AccessError.self) { try EmailAddress.checked(text) }
    }
}
