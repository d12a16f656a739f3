// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing

@Suite struct RuleLogTests {
    @Test func `writes the error-log line that ModSecurity writes`() throws {
        let result = try RuleHarness(
            """
            SecRuleEngine On
            SecRule ARGS "@rx val" "id:1,phase:1,deny,status:403,t:none,t:trim,msg:'a \\"b\\"',logdata:'%{MATCHED_VAR}',tag:'x',severity:'CRITICAL',ver:'v/1'"
            """
        ).run("/i.html?p=value1")
        let expected =
            "[client 203.0.113.7] ModSecurity: Access denied with code 403 (phase 1). "
            + "Matched \"Operator `Rx' with parameter `val' against variable `ARGS:p' (Value: `value1' ) "
            + "[file \"test.conf\"] [line \"2\"] [id \"1\"] [rev \"\"] [msg \"a \\x22b\\x22\"] [data \"value1\"] "
            + "[severity \"2\"] [ver \"v/1\"] [maturity \"0\"] [accuracy \"0\"] [tag \"x\"] "
            + "[hostname \"127.0.0.1\"] [uri \"/i.html\"] [unique_id \"tx-1\"] [ref \"o0,3v14,6t:trim\"]"
        #expect(result.errorLog == [expected])
    }

    @Test func `cannot be made to forge a line`() throws {
        let result = try RuleHarness("SecRule ARGS \"@rx x\" \"id:1,phase:1,pass,logdata:'%{MATCHED_VAR}'\"")
            .run("/%0d%0a?a=x%0d%0a[id%20%22999%22]")
        #expect(result.errorLog.count == 1)
        #expect(!result.errorLog[0].contains("\n"))
        #expect(!result.errorLog[0].contains("[id \"999\"]"))
    }

    @Test func `writes the audit record in ModSecurity's shape and keeps repeated fields`() throws {
        let result = try RuleHarness(
            "SecAuditLogParts ABCEFHZ\nSecComponentSignature \"OWASP_CRS/9\"\nSecAction \"id:1,phase:1,pass,msg:'m'\""
        ).run("/", headers: [("Host", "h"), ("X-A", "1"), ("X-A", "2")])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.audit.utf8)) as? [String: Any]
        )
        let transaction = try #require(object["transaction"] as? [String: Any])
        #expect(transaction["client_ip"] as? String == "203.0.113.7")
        #expect(transaction["time_stamp"] as? String == "Tue Nov 14 22:13:20 2023")
        let request = try #require(transaction["request"] as? [String: Any])
        #expect(request["http_version"] as? Double == 1.1)
        let headers = try #require(request["headers"] as? [String: Any])
        #expect(headers["X-A"] as? [String] == ["1", "2"])
        let producer = try #require(transaction["producer"] as? [String: Any])
        #expect(producer["components"] as? [String] == ["OWASP_CRS/9"])
        let messages = try #require(transaction["messages"] as? [[String: Any]])
        let details = try #require(messages.first?["details"] as? [String: Any])
        #expect(details["ruleId"] as? String == "1")
        #expect(details["maturity"] as? String == "0")
    }

    @Test func `masks secrets without being asked`() throws {
        let harness = try RuleHarness(
            "SecAuditLogParts ABCFHZ\nSecRule ARGS \"@rx .\" \"id:1,phase:2,pass,logdata:'%{MATCHED_VAR}'\""
        )
        let (headers, body) = form("user=bob&password=hunter2")
        let result = harness.run(
            "/?api_key=k3y&q=fine",
            method: "POST",
            headers: headers + [("Authorization", "Bearer t0ken"), ("Cookie", "sid=c00kie")],
            body: body
        )
        for secret in ["hunter2", "k3y", "t0ken", "c00kie"] {
            #expect(!result.audit.contains(secret))
            #expect(!result.errorLog.joined().contains(secret))
        }
        #expect(result.audit.contains("user=bob&password=*******"))
        #expect(result.audit.contains("q=fine"))
    }

    @Test(arguments: [
        #"{"user":"bob","password":"hunt\"er2\u00e4"}"#, #"{"user":"b\n","password":"hunt\"er2\u00E4"}"#,
        #"{"password":"hunt\u0022er2ä","x":"\"}"}"#,
    ])
    func `masks secrets as they are spelled in a JSON body`(body: String) throws {
        let harness = try RuleHarness(
            """
            SecAuditLogParts ABCFHZ
            SecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON,ctl:forceRequestBodyVariable=On"
            SecRule REQUEST_BODY "@rx password" "id:2,phase:2,pass,logdata:'%{REQUEST_BODY}'"
            SecRule ARGS:json.password "@rx er2" "id:3,phase:2,pass,logdata:'%{MATCHED_VAR}'"
            """
        )
        let headers = [("Host", "h"), ("Content-Type", "application/json")]
        let result = harness.run(method: "POST", headers: headers, body: Array(body.utf8))
        #expect(result.ids == [2, 3])
        #expect(!result.errorLog.joined().contains("er2"), "\(result.errorLog)")
        #expect(!result.audit.contains("er2"), "\(result.audit)")
        #expect(result.audit.contains("\\\"password\\\":\\\"***"), "\(result.audit)")
    }

    @Test func `masks secrets as they are spelled in the target`() throws {
        let rule = "SecRule REQUEST_URI \"@rx q\" \"id:1,phase:1,pass,logdata:'%{MATCHED_VAR} %{ARGS.password}'\""
        let result = try RuleHarness("SecAuditLogParts ABCFHZ\n" + rule).run("/?q=1&password=hunt%22e%72+2")
        #expect(result.ids == [1])
        for secret in ["hunt", "e%72"] {
            #expect(!result.errorLog.joined().contains(secret), "\(result.errorLog)")
            #expect(!result.audit.contains(secret), "\(result.audit)")
        }
    }

    @Test func `masks what rules captured from secrets`() throws {
        let rules = #"""
            SecRule REQUEST_COOKIES:session "@rx ^(s3cr.{4})" "id:1,phase:1,pass,nolog,capture,setvar:tx.copy=%{TX.0}"
            SecRule REQUEST_HEADERS:Authorization "@rx (t0ken)" "id:2,phase:1,pass,nolog,setvar:tx.auth=t0ken"
            SecRule REQUEST_COOKIES:theme "@rx ^(dark)" "id:3,phase:1,pass,nolog,capture,setvar:tx.theme=%{TX.0}"
            SecRule TX:copy "@rx ." "id:4,phase:1,pass,logdata:'%{MATCHED_VAR}'"
            SecRule TX:auth "@rx ." "id:5,phase:1,pass,logdata:'%{MATCHED_VAR}'"
            SecRule TX:theme "@rx ." "id:6,phase:1,pass,logdata:'%{MATCHED_VAR}'"
            """#
        let headers = [
            ("Host", "h"), ("Cookie", "session=s3cr3t99x; theme=darkest"), ("Authorization", "Bearer t0ken!"),
        ]
        let result = try RuleHarness(rules).run(headers: headers)
        #expect(result.ids == [4, 5, 6])
        let log = result.errorLog.joined()
        #expect(!log.contains("s3cr") && !log.contains("t0ken"), "\(log)")
        #expect(log.contains("dark"))
    }

    @Test func `masks what sanitise actions name`() throws {
        let harness = try RuleHarness(
            """
            SecAuditLogParts ABCFHZ
            SecAction "id:1,phase:1,pass,nolog,sanitiseArg:code,sanitiseRequestHeader:X-Card"
            SecRule ARGS:card "@rx \\\\d{4}-\\\\d{4}" "id:2,phase:1,pass,nolog,sanitiseMatchedBytes:0/4"
            """
        )
        let result = harness.run("/?code=42&card=1111-2222", headers: [("Host", "h"), ("X-Card", "9999")])
        #expect(result.audit.contains("code=**&card=*****2222"))
        #expect(!result.audit.contains("9999"))
    }

    @Test func `cuts long values in logs`() throws {
        let result = try RuleHarness("SecRule ARGS \"@rx a\" \"id:1,phase:1,pass,logdata:'%{MATCHED_VAR}'\"")
            .run("/?a=" + String(repeating: "a", count: 5_000))
        #expect(result.errorLog[0].utf8.count < 1_000)
        #expect(result.errorLog[0].contains("(4900 characters omitted)"))
    }
}
