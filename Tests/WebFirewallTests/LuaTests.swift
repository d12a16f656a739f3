// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing

@testable import WebFirewall

/// Lua scripts, run by the interpreter of the package lua5.4 in a process of its own.
struct LuaTests {
    private static var hasInterpreter: Bool {
        let isThere = ProgramLauncher.findInterpreter() != nil
        if !isThere {
            print("NOT RUN: Lua scripts: the package lua5.4 is not installed")
        }
        return isThere || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    private static let rule = #"SecRuleScript FOLDER/s.lua "id:1,phase:2,pass""#

    private func judge(
        _ script: String,
        _ rules: String = rule,
        target: String = "/?a=1",
        limits: ProgramLauncher.Limits = ProgramLauncher.Limits()
    ) throws -> TransactionResult {
        let bench = try ProgramBench()
        try bench.script("s.lua", script)
        return try bench.judge(rules, target: target, limits: limits)
    }

    @Test(
        .enabled(if: hasInterpreter),
        arguments: [
            ("return 'found'", [1]), ("return ''", [1]), ("return 7", [1]), ("return nil", []), ("return true", []),
            ("", []),
        ]
    )
    func `matches where main returns a text`(body: String, ids: [Int]) throws {
        #expect(try judge("function main() \(body) end").ids == ids)
    }

    @Test(.enabled(if: hasInterpreter)) func `shows scripts the values of variables`() throws {
        let script = """
            function main()
              m.log(3, "one=" .. m.getvar("ARGS.a") .. " low=" .. m.getvar("ARGS:a", {"urlDecode", "lowercase"}))
              m.log(3, "none=" .. tostring(m.getvar("ARGS.none")) .. " tx=" .. m.getvar("tx.x"))
              local names = {}
              for _, v in ipairs(m.getvars("ARGS", "lowercase")) do names[#names + 1] = v.name .. "=" .. v.value end
              m.log(3, table.concat(names, ";") .. " of " .. m.getvar("&ARGS"))
              m.log(3, "bad=" .. #m.getvars("NOTHING"))
            end
            """
        let rules = "SecAction \"id:2,phase:1,pass,nolog,setvar:tx.x=%{REMOTE_ADDR}\"\n" + Self.rule
        let debug = try judge(script, rules, target: "/?a=A%0AB&b=%25%3D").debugText
        #expect(debug.contains("one=A\nB low=a\nb"))
        #expect(debug.contains("none=nil tx=203.0.113.7"))
        #expect(debug.contains("ARGS:a=a\nb;ARGS:b=%= of 2"))
        #expect(debug.contains("bad=0"))
    }

    @Test(.enabled(if: hasInterpreter)) func `lets scripts set variables, with values taken as they are`() throws {
        let script = """
            function main(value)
              m.setvar("tx.mark", value)
              m.setvar("ip.seen", "1")
              m.setvar("args.a", "2")
              m.setvar("nonsense", "2")
              return nil
            end
            """
        let rules = #"""
            SecAction "id:3,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}"
            SecRule ARGS:a "@inspectFile FOLDER/s.lua" "id:1,phase:2,pass"
            SecRule TX:mark "@streq %%{REMOTE_ADDR}" "id:2,phase:2,pass"
            SecRule IP:seen "@eq 1" "id:4,phase:2,pass"
            SecRule TX:mark "@contains {REMOTE" "id:5,phase:2,pass"
            """#
        let result = try judge(script, rules, target: "/?a=%25%7BREMOTE_ADDR%7D")
        #expect(result.ids == [4, 5], "\(result.debugText)")
        #expect(result.debugText.contains("m.setvar: args.a cannot be written"))
    }

    @Test(.enabled(if: hasInterpreter)) func `runs scripts for exec`() throws {
        let rules = #"""
            SecAction "id:1,phase:1,pass,exec:FOLDER/s.lua"
            SecRule TX:ran "@eq 1" "id:2,phase:1,pass"
            """#
        #expect(try judge("function main() m.setvar('tx.ran', 1) end", rules).ids == [1, 2])
    }

    @Test(.enabled(if: hasInterpreter)) func `keeps what scripts print out of the conversation`() throws {
        let script = """
            function main()
              print("end =1"); io.write("fault =x\\n"); io.stdout:write("end\\n")
              return io.read("*l") or "no input"
            end
            """
        let result = try judge(script)
        #expect(result.ids == [1])
        #expect(result.debugText.contains("no input"))
    }

    @Test(
        .enabled(if: hasInterpreter),
        arguments: [
            ("function main() error('oh no') end", "oh no"), ("x = 1", "it has no function main"),
            ("error('at once')", "at once"), ("function main() while true do end end", "it took too long"),
            ("function main() while true do m.log(9, 'x') end end", "it took too long"),
            ("function main() os.exit(3) end", "the script ended without a word"),
            ("function main() return ('x'):rep(3e8) end", "not enough memory"),
            ("function main() return ('x'):rep(1e6) end", "it said more than 65536 bytes at once"),
        ]
    )
    func `says why a script failed and does not match`(script: String, reason: String) throws {
        var limits = ProgramLauncher.Limits()
        limits.patience = reason == "it took too long" ? .milliseconds(500) : .seconds(60)
        let result = try judge(script, limits: limits)
        #expect(result.ids == [0])
        #expect(result.failures.contains(reason), "\(result.failures)")
    }

    @Test(.enabled(if: hasInterpreter)) func `compiles scripts when rules load`() throws {
        let bench = try ProgramBench()
        try bench.script("bad.lua", "function main(")
        #expect(bench.fault("SecRuleScript FOLDER/bad.lua \"id:1\"").contains("Failed to load script: "))
        #expect(bench.fault("SecAction \"id:1,exec:FOLDER/bad.lua\"").contains("Failed to load script: "))
        #expect(bench.fault("SecRuleScript /bin/echo \"id:1\"").contains("ends in .lua"))
        #expect(bench.fault("SecRuleScript FOLDER/bad.lua").contains("Failed to load script: "))
    }

    @Test func `names the package where there is no interpreter`() throws {
        let bench = try ProgramBench()
        try bench.script("s.lua", "function main() end")
        #expect(ProgramLauncher.findInterpreter(searchPath: "relative:/nonexistent") == nil)
        let access = ProgramLauncher(interpreter: nil).access
        let text = Self.rule.replacing("FOLDER", with: bench.folder.path)
        let error = #expect(throws: SecLangError.self) {
            try RuleSources(texts: [.init(name: "t", text: text)]).compile(options: CompileOptions(programs: access))
        }
        #expect(error?.first?.message.hasSuffix("Lua is not installed: apt-get install lua5.4") == true)
    }

    @Test(arguments: [
        ("log 3 =a%20b", LuaProtocol.Message.request(.log(level: 3, text: Array("a b".utf8)))),
        ("value =ARGS.a", .request(.value(name: Array("ARGS.a".utf8), transformations: []))),
        ("end", .end(nil)), ("end =", .end([])), ("end =%zz%4", .end(Array("%zz%4".utf8))),
        ("fault =x", .fault(Array("x".utf8))),
    ])
    func `reads what scripts say`(line: String, message: LuaProtocol.Message) {
        #expect(LuaProtocol.message(Array(line.utf8)) == message)
    }

    @Test(arguments: ["", " ", "log =x", "log x =x", "set =a", "value", "end =a =b", "nonsense =x"])
    func `refuses what makes no sense`(line: String) {
        #expect(LuaProtocol.message(Array(line.utf8)) == nil)
    }

    @Test func `writes lines that hold nothing but words`() {
        let line = LuaProtocol.line("run", [Array("a b\n=%".utf8), []])
        #expect(String(decoding: line, as: UTF8.self) == "run =a%20b%0A%3D%25 =\n")
    }
}
