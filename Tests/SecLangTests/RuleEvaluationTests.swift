// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing

@Suite struct RuleEvaluationTests {
    @Test func `denies with the rule's status and names the rule`() throws {
        let result = try RuleHarness("SecRuleEngine On\nSecRule ARGS:a \"@streq 1\" \"id:10,phase:1,deny,status:406\"")
            .run("/?A=1")
        let intervention = try #require(result.intervention)
        #expect(intervention.kind == .deny && intervention.status == 406)
        #expect(intervention.rule == 10 && intervention.phase == 1)
    }

    @Test func `only detects in DetectionOnly and without SecRuleEngine`() throws {
        for engine in ["SecRuleEngine DetectionOnly\n", ""] {
            let result = try RuleHarness(engine + "SecRule ARGS \"@rx x\" \"id:10,phase:1,deny\"").run("/?a=x")
            #expect(result.intervention == nil)
            #expect(result.would == nil)
            #expect(result.ids == [10])
        }
    }

    @Test func `tells what enforce had done while it observes`() throws {
        var harness = try RuleHarness("SecRuleEngine On\nSecRule ARGS \"@rx x\" \"id:10,phase:1,drop\"")
        harness.observes = true
        let result = harness.run("/?a=x")
        #expect(result.intervention == nil)
        #expect(result.would?.kind == .drop)
        #expect(result.errorLog[0].contains("ModSecurity: Warning."))
    }

    @Test func `takes the action of the phase's default for block`() throws {
        let result = try RuleHarness(
            "SecRuleEngine On\nSecDefaultAction \"phase:1,deny,status:451\"\nSecAction \"id:1,phase:1,block\""
        ).run()
        #expect(result.intervention?.status == 451)
    }

    @Test func `redirects to the expanded address`() throws {
        let result = try RuleHarness(
            "SecRuleEngine On\nSecAction \"id:1,phase:1,redirect:'https://other.example%{REQUEST_URI}'\""
        ).run("/x")
        #expect(result.intervention?.kind == .redirect(location: Array("https://other.example/x".utf8)))
        #expect(result.intervention?.status == 302)
    }

    @Test func `lets the rest pass as far as allow says`() throws {
        let rules = """
            SecRuleEngine On
            SecRule ARGS:scope "@streq %SCOPE" "id:1,phase:1,allow%KIND"
            SecAction "id:2,phase:1,deny,status:401"
            SecAction "id:3,phase:2,deny,status:402"
            SecAction "id:4,phase:3,deny,status:403"
            SecAction "id:5,phase:5,pass"
            """
        func status(_ kind: String) throws -> (Int?, [Int]) {
            let text = rules.replacingOccurrences(of: "%SCOPE", with: "a").replacingOccurrences(of: "%KIND", with: kind)
            let result = try RuleHarness(text).run("/?scope=a", responseBody: "")
            return (result.intervention?.status, result.ids)
        }
        #expect(try status("").0 == nil)
        #expect(try status("").1 == [1, 5])
        #expect(try status(":phase").0 == 402)
        #expect(try status(":request").0 == 403)
    }

    @Test func `runs a chain's links in order and acts when all match`() throws {
        let harness = try RuleHarness(
            """
            SecRuleEngine On
            SecRule ARGS:a "@rx ." "id:1,phase:1,deny,chain,setvar:tx.first=1"
            SecRule ARGS:b "@streq 2" "setvar:tx.second=1"
            SecRule TX:first "@eq 1" "id:2,phase:1,pass"
            SecRule &TX:second "@eq 1" "id:3,phase:1,pass"
            """
        )
        #expect(harness.run("/?a=1&b=2").intervention?.rule == 1)
        // The first rule's setvar stays although the chain fails.
        #expect(harness.run("/?a=1&b=3").ids == [2])
    }

    @Test func `skips rules and jumps to markers`() throws {
        let harness = try RuleHarness(
            """
            SecRule ARGS:s "@streq 1" "id:1,phase:1,pass,nolog,skip:1"
            SecAction "id:2,phase:1,pass"
            SecRule ARGS:s "@streq 2" "id:3,phase:1,pass,nolog,skipAfter:END"
            SecAction "id:4,phase:1,pass"
            SecMarker END
            SecAction "id:5,phase:1,pass"
            """
        )
        #expect(harness.run("/").ids == [2, 4, 5])
        #expect(harness.run("/?s=1").ids == [4, 5])
        #expect(harness.run("/?s=2").ids == [2, 5])
    }

    @Test func `adds a score for each value that matches`() throws {
        let harness = try RuleHarness(
            """
            SecRule ARGS "@rx ^x" "id:1,phase:1,pass,nolog,setvar:tx.score=+5,setvar:'tx.last=%{MATCHED_VAR_NAME}'"
            SecRule TX:SCORE "@eq 10" "id:2,phase:1,pass,msg:'%{tx.score} %{tx.last}'"
            """
        )
        let result = harness.run("/?a=x1&b=y&c=x2")
        #expect(result.ids == [2])
        #expect(String(decoding: result.matches[0].message, as: UTF8.self) == "10 ARGS:c")
    }

    @Test func `keeps captures only where capture says so and clears old ones`() throws {
        let harness = try RuleHarness(
            """
            SecRule ARGS:a "@rx (x)(y)?" "id:1,phase:1,pass,capture,nolog"
            SecRule TX:1 "@streq x" "id:2,phase:1,pass"
            SecRule &TX:2 "@eq 1" "id:3,phase:1,pass"
            SecRule ARGS:b "@rx (z)" "id:4,phase:1,pass,nolog"
            SecRule TX:1 "@streq z" "id:5,phase:1,pass"
            """
        )
        #expect(harness.run("/?a=x&b=z").ids == [2])
        #expect(harness.run("/?a=xy&b=z").ids == [2, 3])
    }

    @Test func `leaves excluded variables out`() throws {
        let harness = try RuleHarness(
            """
            SecRule ARGS|!ARGS:a|!ARGS:/^tok/ "@rx x" "id:1,phase:1,pass"
            SecRule ARGS "@rx x" "id:2,phase:1,pass"
            SecRuleUpdateTargetById 2 "!ARGS:b"
            """
        )
        #expect(harness.run("/?a=x&token=x").ids == [2])
        #expect(harness.run("/?b=x").ids == [1])
    }

    @Test func `removes rules and targets at run time`() throws {
        let harness = try RuleHarness(
            """
            SecRule REQUEST_FILENAME "@streq /ids" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=10-11"
            SecRule REQUEST_FILENAME "@streq /tag" "id:2,phase:1,pass,nolog,ctl:ruleRemoveByTag=^attack"
            SecRule REQUEST_FILENAME "@streq /target" "id:3,phase:1,pass,nolog,ctl:ruleRemoveTargetById=10;ARGS:/^a/"
            SecRule ARGS "@rx x" "id:10,phase:1,pass,tag:'attack-x'"
            SecRule ARGS "@rx x" "id:12,phase:1,pass"
            """
        )
        #expect(harness.run("/?a=x").ids == [10, 12])
        #expect(harness.run("/ids?a=x").ids == [12])
        #expect(harness.run("/tag?a=x").ids == [12])
        #expect(harness.run("/target?a=x").ids == [12])
        #expect(harness.run("/target?b=x").ids == [10, 12])
    }

    @Test func `removes and changes rules when they load`() throws {
        let harness = try RuleHarness(
            """
            SecRuleEngine On
            SecAction "id:1,phase:1,deny,tag:'a'"
            SecAction "id:2,phase:1,pass,msg:'gone'"
            SecAction "id:3,phase:1,pass"
            SecRuleRemoveByTag ^a$
            SecRuleRemoveByMsg gone
            SecRuleUpdateActionById 3 "deny,status:499"
            """
        )
        #expect(harness.run().intervention?.status == 499)
        #expect(harness.rules.ruleIDs == [3])
    }

    @Test func `shows the operator each step with multiMatch`() throws {
        let harness = try RuleHarness(
            """
            SecRule ARGS:a "@streq AB" "id:1,phase:1,pass,t:none,t:hexDecode,t:lowercase"
            SecRule ARGS:a "@streq AB" "id:2,phase:1,pass,t:none,t:hexDecode,t:lowercase,multiMatch"
            """
        )
        #expect(harness.run("/?a=4142").ids == [2])
    }

    @Test func `counts clients across requests and forgets them in time`() throws {
        var harness = try RuleHarness(
            """
            SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.count=+1,expirevar:ip.count=60"
            SecRule IP:COUNT "@ge 3" "id:2,phase:1,pass"
            """
        )
        #expect(harness.run().ids.isEmpty)
        #expect(harness.run().ids.isEmpty)
        #expect(harness.run().ids == [2])
        harness.now += 61_000_000_000
        #expect(harness.run().ids.isEmpty)
    }

    @Test func `sees arguments of forms, JSON and their names`() throws {
        let harness = try RuleHarness(
            """
            SecRule REQUEST_HEADERS:Content-Type "@rx json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
            SecRule ARGS_POST:b "@streq x y" "id:2,phase:2,pass"
            SecRule ARGS:json.a.b "@streq 1" "id:3,phase:2,pass"
            SecRule REQBODY_ERROR "@eq 1" "id:4,phase:2,pass"
            """
        )
        let (headers, body) = form("a=1&b=x+y")
        #expect(harness.run("/", method: "POST", headers: headers, body: body).ids == [2])
        let json = [("Host", "localhost"), ("Content-Type", "application/json")]
        #expect(harness.run("/", method: "POST", headers: json, body: Array("{\"a\":{\"b\":1}}".utf8)).ids == [3])
        #expect(harness.run("/", method: "POST", headers: json, body: Array("{\"a\":".utf8)).ids == [4])
    }

    @Test func `keeps bytes that are not UTF-8`() throws {
        let harness = try RuleHarness("SecRule ARGS:a \"@rx ^\\\\xff\\\\x00$\" \"id:1,phase:1,pass\"")
        #expect(harness.run("/?a=%ff%00").ids == [1])
    }

    @Test func `looks at response bodies of listed types`() throws {
        let harness = try RuleHarness(
            """
            SecRuleEngine On
            SecResponseBodyAccess On
            SecResponseBodyMimeType text/html
            SecRule RESPONSE_BODY "@contains secret" "id:1,phase:4,deny"
            """
        )
        #expect(harness.run(responseBody: "a secret").intervention?.rule == 1)
        #expect(harness.run(responseBody: "a secret", responseType: "image/png").intervention == nil)
    }

    @Test func `gives a pattern up at its limit and says so`() throws {
        var harness = try RuleHarness(
            """
            SecPcreMatchLimit 100
            SecRule ARGS "@rx (a+)+$" "id:1,phase:1,pass"
            SecRule TX:MSC_PCRE_LIMITS_EXCEEDED "@eq 1" "id:2,phase:1,pass"
            """
        )
        // A scanner knows that there is no match, and no limit is reached.
        harness.takesShortcuts = false
        #expect(harness.run("/?a=" + String(repeating: "a", count: 60) + "b").ids == [2])
    }

    @Test func `reads dollar as the very end, or as a line's end for v3`() throws {
        let rule = "SecRule ARGS \"@rx ^a$\" \"id:1,phase:1,pass\""
        #expect(try RuleHarness(rule).run("/?x=a%0ab").ids.isEmpty)
        #expect(try RuleHarness(rule, options: CompileOptions(compatibility: .v3)).run("/?x=a%0ab").ids == [1])
    }
}

/// What rules that share values, or are gates, could get wrong; ``RuleHarness`` compares with the plain evaluation.
@Suite struct RuleShortcutTests {
    @Test(arguments: ["TX:score", "TX"])
    func `takes a target away from a gate`(target: String) throws {
        let harness = try RuleHarness(
            """
            SecRuleEngine On
            SecAction "id:1,phase:1,pass,nolog,setvar:tx.score=5,ctl:ruleRemoveTargetById=2;\(target)"
            SecRule TX:score "@ge 5" "id:2,phase:1,deny"
            SecRule TX:score "@ge 5" "id:3,phase:1,pass"
            """
        )
        #expect(harness.run().ids == [3])
    }

    @Test func `keeps a rule's XML namespaces to itself`() throws {
        let harness = try RuleHarness(
            """
            SecRuleEngine On
            SecAction "id:9,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
            SecRule XML:/s:E "@rx ." "id:1,phase:2,pass,xmlns:s=urn:s"
            SecRule XML:/s:E "@rx attack" "id:2,phase:2,deny"
            """
        )
        let body = Array("<s:E xmlns:s=\"urn:s\">attack</s:E>".utf8)
        let result = harness.run(method: "POST", headers: [("Content-Type", "text/xml")], body: body)
        #expect(result.ids == [1])
    }

    @Test func `forgets a body that a rule has closed`() throws {
        let harness = try RuleHarness(
            """
            SecRuleEngine On
            SecAction "id:1,phase:2,pass,nolog,ctl:ruleRemoveById=2"
            SecRule REQUEST_BODY "@rx x" "id:2,phase:2,deny"
            SecAction "id:3,phase:2,pass,nolog,ctl:requestBodyAccess=Off"
            SecRule REQUEST_BODY "@rx attack" "id:4,phase:2,deny"
            """
        )
        let form = form("x=attack")
        #expect(harness.run(method: "POST", headers: form.headers, body: form.body).ids.isEmpty)
    }
}

@Suite struct RuleDefaultTests {
    @Test func `has an empty body processor until one is chosen`() throws {
        let harness = try RuleHarness(
            """
            SecRule REQBODY_PROCESSOR "!@rx (?:URLENCODED|MULTIPART|XML|JSON)" "id:1,phase:1,pass,ctl:forceRequestBodyVariable=On"
            SecRule REQBODY_PROCESSOR "@streq URLENCODED" "id:2,phase:2,pass"
            SecRule REQUEST_BODY "@contains evil" "id:3,phase:2,pass"
            """
        )
        let headers = [("Host", "h"), ("Content-Type", "text/plain")]
        #expect(harness.run("/", method: "POST", headers: headers, body: Array("evil".utf8)).ids == [1, 3])
        let (formHeaders, body) = form("a=evil")
        #expect(harness.run("/", method: "POST", headers: formHeaders, body: body).ids == [2, 3])
    }

    @Test func `gives the default action's tags to every rule of its phase`() throws {
        let result = try RuleHarness(
            "SecDefaultAction \"phase:1,log,pass,tag:'Host: %{request_headers.host}'\"\nSecAction \"id:1,phase:1,tag:'own'\""
        ).run()
        #expect(result.matches[0].tags.map { String(decoding: $0, as: UTF8.self) } == ["Host: localhost", "own"])
    }
}
