// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import Testing

@Suite struct RuleLintTests {
    /// `line:column: message` of each warning.
    private func warnings(_ text: String) throws -> [String] {
        try RuleHarness.compile(text).warnings.map {
            #expect($0.hint != nil)
            return "\($0.location.line):\($0.location.column): \($0.message)"
        }
    }

    @Test func `warns of byte ranges that hold no numbers`() throws {
        let found = try warnings("SecRule ARGS \"@validateByteRange 1-9,foo,32\" \"id:1,pass\"")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("1:38: foo is neither a byte nor a range of bytes") == true)
        #expect(try warnings("SecRule ARGS \"@validateByteRange 9, 10,32-126\" \"id:1,pass\"").isEmpty)
    }

    @Test func `warns of paths that are no XPath`() throws {
        let found = try warnings("SecRule ARGS|XML:/a[ \"@rx x\" \"id:1,pass\"")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("1:18: /a[ is no XPath expression") == true)
        let sound = "SecRule XML:/*|XML://@*|XML:/soap:Envelope \"@rx x\" \"id:1,pass,xmlns:soap=urn:x\""
        #expect(try warnings(sound).isEmpty)
    }

    @Test(arguments: ["id:2", "tag:'x'", "rev:1", "nolog", "auditlog", "pause:5"])
    func `warns of what a chained rule cannot say`(action: String) throws {
        let found = try warnings(
            "SecRule ARGS \"@rx x\" \"id:1,pass,chain\"\n  SecRule ARGS \"@rx y\" \"t:none,\(action)\""
        )
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("2:32: \(action.prefix { $0 != ":" }) has no effect on a chained rule") == true)
    }

    @Test func `does not warn of what works on a chained rule`() throws {
        let link = "t:none,capture,msg:'m',logdata:'d',setvar:tx.a=1,severity:2,status:400,ctl:auditEngine=On"
        #expect(
            try warnings("SecRule ARGS:a \"@rx x\" \"id:1,pass,chain\"\nSecRule ARGS:b \"@rx y\" \"\(link)\"").isEmpty
        )
    }

    @Test(arguments: ["nolog", "noauditlog"])
    func `does not warn of a chained rule that repeats what the first one says`(action: String) throws {
        #expect(
            try warnings(
                "SecRule ARGS:a \"@rx x\" \"id:1,pass,nolog,chain\"\n  SecRule ARGS:b \"@rx y\" \"t:none,\(action)\""
            )
            .isEmpty
        )
    }

    @Test func `warns of a missing database where it is asked for, not where a setting has to ask for it first`() throws
    {
        let lookUp = "SecRule REMOTE_ADDR \"@geoLookup\""
        #expect(try warnings("\(lookUp) \"id:1,pass\"").map { $0.prefix(24) } == ["1:1: @geoLookup finds no"])
        #expect(try warnings("SecRule ARGS:a \"@rx x\" \"id:1,pass,chain\"\n\(lookUp) \"t:none\"").count == 1)
        #expect(try warnings("SecRule TX:COUNTRIES \"!@rx ^$\" \"id:1,pass,chain\"\n\(lookUp) \"t:none\"").isEmpty)
    }

    @Test func `reads quoted ids of ctl`() throws {
        let harness = try RuleHarness(
            """
            SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveById='40'"
            SecRule ARGS "@rx ." "id:40,phase:1,pass"
            SecRule ARGS "@rx ." "id:41,phase:1,pass"
            """
        )
        #expect(harness.run("/?a=1").ids == [41])
    }
}
