// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import Testing

/// What the loop over the rules does without looking at them; the harness compares it with every rule evaluated by itself.
@Suite struct ShortcutTests {
    private static let logged = "pass,log,msg:'%{TX.a}|%{TX.b}|%{TX.c}|%{TX.d}'"

    private func message(_ rules: String, _ target: String = "/") throws -> String? {
        let result = try RuleHarness("SecRuleEngine On\n" + rules).run(target)
        return result.matches.last.map { String(decoding: $0.message, as: UTF8.self) }
    }

    @Test func `sets what silent rules set, in their order`() throws {
        let rules = """
            SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=5,setvar:tx.b=some text,setvar:tx.c=7,setvar:tx.d=x"
            SecRule &TX:a "@eq 1" "id:2,phase:1,pass,nolog,setvar:tx.a=+3,setvar:!tx.c"
            SecRule &TX:none "!@eq 0" "id:3,phase:1,pass,nolog,setvar:tx.d=wrong"
            SecRule TX:a "@ge 8" "id:4,phase:1,pass,nolog,setvar:tx.d=-2"
            SecAction "id:9,phase:1,\(Self.logged)"
            """
        #expect(try message(rules) == "8|some text||-2")
    }

    @Test(arguments: [(4, [9]), (5, [4, 9]), (6, [4, 9])])
    func `compares one variable with another`(score: Int, ids: [Int]) throws {
        let result = try RuleHarness(
            """
            SecRuleEngine On
            SecAction "id:1,phase:1,pass,nolog,setvar:tx.score=\(score),setvar:tx.threshold=5"
            SecRule TX:score "@ge %{tx.threshold}" "id:4,phase:1,pass,log"
            SecRule TX:unset "@ge %{tx.threshold}" "id:5,phase:1,pass,log"
            SecAction "id:9,phase:1,pass,log"
            """
        ).run()
        #expect(result.ids == ids)
    }

    @Test func `counts values of lists and of keys`() throws {
        let result = try RuleHarness(
            """
            SecRuleEngine On
            SecRule &ARGS "@eq 3" "id:1,phase:1,pass,log"
            SecRule &ARGS:a "@eq 2" "id:2,phase:1,pass,log"
            SecRule &ARGS:none "@eq 0" "id:3,phase:1,pass,log"
            SecRule &ARGS:none "!@eq 0" "id:4,phase:1,pass,log"
            SecRule &REQUEST_HEADERS:Host "@gt 5" "id:5,phase:1,pass,log"
            """
        ).run("/?a=1&A=2&b=3")
        #expect(result.ids == [1, 2, 3])
    }

    @Test(arguments: [("/?a=x%00y", [1]), ("/?a=xy", []), ("/?a=%2500", [1])])
    func `finds a NUL only where there is one`(target: String, ids: [Int]) throws {
        let result = try RuleHarness(
            "SecRuleEngine On\nSecRule ARGS \"@validateByteRange 1-255\" \"id:1,phase:1,pass,log,t:urlDecodeUni\""
        ).run(target)
        #expect(result.ids == ids)
    }

    @Test func `finds what chains make by the same step, whatever came before`() throws {
        let result = try RuleHarness(
            """
            SecRuleEngine On
            SecRule ARGS "@streq abc" "id:1,phase:1,pass,log,t:none,t:lowercase"
            SecRule ARGS "@streq abc" "id:2,phase:1,pass,log,t:none,t:urlDecodeUni,t:lowercase"
            SecRule ARGS "@streq abc" "id:3,phase:1,pass,log,t:none,t:removeNulls,t:urlDecodeUni,t:lowercase"
            SecRule ARGS "@streq ABC" "id:4,phase:1,pass,log,t:none,t:urlDecodeUni"
            SecRule ARGS "@streq a/b" "id:5,phase:1,pass,log,t:none,t:normalizePath"
            """
        ).run("/?a=ABC&b=a/./b&c=..")
        #expect(result.ids == [1, 2, 3, 4, 5])
    }

    @Test func `keeps apart a hundred names made at run time, case aside`() throws {
        let rules = """
            SecRule ARGS_NAMES "@rx ^(.*)$" "id:1,phase:1,pass,nolog,capture,setvar:'tx.seen_%{tx.1}=/%{tx.1}/'"
            SecRule TX:/^SEEN_N/ "@rx ^/n(?:7|42|99)/$" "id:2,phase:1,pass,nolog,setvar:tx.a=+1"
            SecRule TX:Seen_N42 "@streq /N42/" "id:3,phase:1,pass,nolog,setvar:tx.b=found"
            SecAction "id:9,phase:1,\(Self.logged)"
            """
        let names = (0..<100).map { "n\($0)=1" }.joined(separator: "&")
        #expect(try message(rules, "/?\(names)&N42=2") == "2|found||")
    }
}
