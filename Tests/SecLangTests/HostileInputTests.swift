// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing

/// Requests and rules that are meant to do harm.
@Suite struct HostileInputTests {
    @Test func `masks parts that lie beyond the end of another value of the same name`() throws {
        let harness = try RuleHarness(
            "SecAuditLogParts ABCHZ\nSecRule ARGS:x \"@rx secret\" \"id:1,phase:1,pass,nolog,auditlog,sanitiseMatchedBytes\""
        )
        let result = harness.run("/?x=aaaaaaaaaaaaaaaasecret&x=1")
        #expect(!result.audit.contains("secret"))
    }

    @Test func `flags arguments and cookies beyond the limit`() throws {
        let harness = try RuleHarness(
            "SecRuleEngine On\nSecRule REQBODY_ERROR \"!@eq 0\" \"id:1,phase:2,deny,status:400\""
        )
        let query = String(repeating: "a&", count: 1_001) + "x=1"
        #expect(harness.run("/?" + query).intervention?.status == 400)
        let cookies = String(repeating: "a=1; ", count: 1_001) + "x=1"
        #expect(harness.run("/", headers: [("Host", "h"), ("Cookie", cookies)]).intervention?.status == 400)
        #expect(harness.run("/?a=1", headers: [("Host", "h"), ("Cookie", "a=1")]).intervention == nil)
    }

    @Test func `reads on behind any number of warnings`() throws {
        let text =
            String(repeating: "SecTmpDir /tmp\n", count: 400)
            + "SecRuleEngine On\nSecAction \"id:1,phase:1,deny\""
        #expect(try RuleHarness(text).run().intervention?.rule == 1)
    }

    @Test func `sees the body in FULL_REQUEST although phase 1 looked at it`() throws {
        let harness = try RuleHarness(
            """
            SecRule FULL_REQUEST "@contains nothing" "id:1,phase:1,pass"
            SecRule FULL_REQUEST "@contains attack" "id:2,phase:2,pass"
            """
        )
        let (headers, body) = form("a=attack")
        #expect(harness.run("/", method: "POST", headers: headers, body: body).ids == [2])
    }

    @Test func `jumps to the next marker of a name`() throws {
        let harness = try RuleHarness(
            """
            SecAction "id:1,phase:1,pass,nolog,skipAfter:END"
            SecAction "id:2,phase:1,pass"
            SecMarker END
            SecAction "id:3,phase:1,pass"
            SecMarker END
            """
        )
        #expect(harness.run().ids == [3])
    }

    @Test(arguments: [
        "SecCollectionTimeout 99999999999999\nSecAction \"id:1,phase:1,pass,initcol:ip=x,setvar:ip.a=1\"",
        "SecAction \"id:1,phase:1,pass,initcol:ip=x,setvar:ip.a=1,deprecatevar:ip.a=1/99999999999\"",
        "SecAction \"id:1,phase:1,pass,setvar:tx.a=9223372036854775807,setvar:tx.a=+9223372036854775807\"",
        "SecAction \"id:1,phase:1,pass,setvar:tx.a=-9223372036854775808,setvar:tx.a=-1\"",
    ])
    func `survives numbers at their ends`(rules: String) throws {
        #expect(try RuleHarness(rules).run().ids == [1])
    }

    @Test(arguments: [
        "SecAction \"id:1,phase:1,pass\"\nSecRuleUpdateActionById \"1:-9223372036854775808\" \"nolog\"",
        "SecAction \"id:1,phase:1,pass,sanitiseMatchedBytes:9223372036854775807/0\"",
        "SecAction \"id:1,phase:1,pass,ctl:ruleRemoveTargetById=2;ARGS:a|ARGS:x\"",
    ])
    func `refuses what cannot be meant`(rules: String) {
        #expect(throws: SecLangError.self) { try RuleHarness.compile(rules) }
    }

    @Test func `does not show secrets through other variables`() throws {
        let harness = try RuleHarness(
            "SecRule REQUEST_URI \"@rx pass\" \"id:1,phase:1,pass,logdata:'%{MATCHED_VAR}',msg:'%{REQUEST_URI}'\""
        )
        let result = harness.run("/?password=hunter22")
        #expect(result.ids == [1])
        #expect(!result.errorLog.joined().contains("hunter22"))
    }

    @Test func `does not let a name forge a field`() throws {
        let harness = try RuleHarness("SecRule ARGS \"@rx x\" \"id:1,phase:1,pass\"")
        let result = harness.run("/?password%5Bid%20%22949110%22%5D=x")
        #expect(!result.errorLog.joined().contains("[id \"949110\"]"))
    }
}
