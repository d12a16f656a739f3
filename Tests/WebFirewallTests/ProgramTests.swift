// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import SecLang
import Testing

@testable import WebFirewall

/// `exec` and `@inspectFile` with programs.
struct ProgramTests {
    private static let inspect = #"SecRule ARGS:a "@inspectFile FOLDER/p" "id:1,phase:2,pass""#

    // MARK: @inspectFile

    @Test(arguments: [("echo 1", []), ("echo '0 bad'", [1]), ("echo bad; exit 3", [1]), ("echo \"$1\"", [])])
    func `matches where the program does not approve of the value`(text: String, ids: [Int]) throws {
        let bench = try ProgramBench()
        try bench.program("p", text)
        let result = try bench.judge(Self.inspect)
        #expect(result.ids == ids)
        #expect(result.failures.isEmpty)
    }

    @Test func `negates the answer, but not a failure`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "[ \"$1\" = good ] && echo 1 || echo 0; [ \"$1\" = none ] && kill -9 $$")
        let rule = Self.inspect.replacing("\"@", with: "\"!@")
        #expect(try bench.judge(rule, target: "/?a=good").ids == [1])
        #expect(try bench.judge(rule, target: "/?a=bad").ids == [])
        #expect(try bench.judge(rule, target: "/?a=none").ids == [0])
    }

    @Test func `hands values over without a shell between`() throws {
        let bench = try ProgramBench()
        try bench.program(
            "p",
            "printf '%s' \"$#:$1\" > FOLDER/seen; echo 1".replacing("FOLDER", with: bench.folder.path)
        )
        _ = try bench.judge(Self.inspect, target: "/?a=%24(id)%20%3B%60id%60%20'%22%20%2A")
        #expect(bench.text("seen") == "1:$(id) ;`id` '\" *")
    }

    @Test func `does not decide over values that no argument can hold`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "echo 0")
        let result = try bench.judge(Self.inspect, target: "/?a=x%00y")
        #expect(result.ids == [0])
        #expect(result.failures.contains("NUL"))
    }

    @Test(arguments: ["FILES_TMPNAMES", "FILES_TMP_CONTENT"])
    func `hands an upload over in a file of its own that is gone afterwards`(variable: String) throws {
        let bench = try ProgramBench()
        try bench.program(
            "p",
            """
            stat -c '%a %F' "$1" "${1%/*}" > \(bench.folder.path)/modes
            cat "$1" > \(bench.folder.path)/content; printf '%s' "$1" > \(bench.folder.path)/path
            grep -q evil "$1" && echo 0 || echo 1
            """
        )
        let body = [
            "--b", "Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"", "", "an evil file", "--b--", "",
        ]
        let result = try bench.judge(
            "SecRule \(variable) \"@inspectFile FOLDER/p\" \"id:1,phase:2,deny\"",
            fields: [("Host", "h"), ("Content-Type", "multipart/form-data; boundary=b")],
            body: body.joined(separator: "\r\n")
        )
        #expect(result.outcome.rule == 1, "\(result.debugText)")
        #expect(bench.text("content") == "an evil file")
        #expect(bench.text("modes") == "600 regular file\n700 directory\n")
        let path = try #require(bench.text("path"))
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: (path as NSString).deletingLastPathComponent))
    }

    // MARK: Environment

    @Test func `gives programs the variables of CGI, and nothing of ours`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "env > \(bench.folder.path)/env; ls /proc/self/fd > \(bench.folder.path)/fds; echo 1")
        setenv("REDOUBT_TEST_SECRET", "1", 1)
        _ = try bench.judge(
            "SecAction \"id:2,phase:1,pass,nolog,setenv:MARK=%{ARGS.a},setenv:PATH=/evil\"\n" + Self.inspect,
            target: "/shop?a=1",
            fields: [
                ("Host", "h.example"), ("X-Two", "1"), ("x-two", "2"), ("Authorization", "Basic eDp5"),
                ("Proxy", "http://evil"), ("Under_Score", "1"), ("Content-Type", "text/plain"),
            ]
        )
        let lines = Set((bench.text("env") ?? "").split(separator: "\n").map(String.init))
        let wanted = [
            "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "REQUEST_URI=/shop?a=1", "QUERY_STRING=a=1",
            "SCRIPT_NAME=/shop", "SERVER_PROTOCOL=HTTP/1.1", "SERVER_NAME=h.example", "SERVER_ADDR=192.0.2.1",
            "SERVER_PORT=80", "REMOTE_ADDR=203.0.113.7", "REMOTE_PORT=4000", "HTTP_HOST=h.example", "HTTP_X_TWO=1, 2",
            "CONTENT_TYPE=text/plain", "MARK=1", "PATH=/usr/local/bin:/usr/bin:/bin", "REDIRECT_STATUS=302",
        ]
        #expect(lines.isSuperset(of: wanted), "\(Set(wanted).subtracting(lines))")
        for name in ["REDOUBT_TEST_SECRET", "HOME", "HTTP_AUTHORIZATION", "HTTP_PROXY", "HTTP_UNDER_SCORE"] {
            #expect(!lines.contains { $0.hasPrefix(name + "=") }, "\(name)")
        }
        // Three descriptors, and the folder that lists them.
        #expect(bench.text("fds")?.split(separator: "\n").count == 4)
    }

    // MARK: Programs that misbehave

    @Test func `kills a program that hangs, with all that it started`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "sleep 1000 & echo $! > \(bench.folder.path)/child; sleep 1000")
        var limits = ProgramLauncher.Limits()
        limits.patience = .milliseconds(500)
        let result = try bench.judge(Self.inspect, limits: limits)
        #expect(result.ids == [0])
        #expect(result.failures.contains("/p of rule 1 failed: it took too long"), "\(result.failures)")
        let child = try #require(
            bench.text("child").flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        )
        ProgramBench.wait { !ProgramBench.isRunning(child) }
        #expect(!ProgramBench.isRunning(child))
    }

    @Test func `waits for all programs of a transaction no longer than for one`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "echo x >> \(bench.folder.path)/runs; sleep 1000")
        var limits = ProgramLauncher.Limits()
        limits.patience = .milliseconds(300)
        let rule = "SecRule ARGS \"@inspectFile FOLDER/p\" \"id:1,phase:2,pass\""
        _ = try bench.judge(rule, target: "/?a=1&b=2&c=3&d=4", limits: limits)
        #expect(bench.text("runs") == "x\n")
    }

    @Test(arguments: [
        ("yes", "it wrote more than 65536 bytes"), ("kill -9 $$", "it was killed by a signal"),
        ("true", "it wrote nothing"), ("exec >&-; sleep 1000", "it took too long"),
    ])
    func `says why a program failed and lets the request pass`(text: String, reason: String) throws {
        let bench = try ProgramBench()
        try bench.program("p", text)
        let result = try bench.judge(Self.inspect.replacing("pass", with: "deny"))
        #expect(result.failures.hasSuffix(reason), "\(result.failures)")
        #expect(result.outcome.verdict == .pass)
        #expect(result.errorLog.count == 1)
    }

    @Test func `reaps the programs that it started`() throws {
        let bench = try ProgramBench()
        let path = try bench.program("p", "sleep 1000")
        var child: ChildProcess? = try ChildProcess(path, arguments: [], environment: [], channel: .output)
        let identifier = try #require(child?.identifier)
        #expect(ProgramBench.isRunning(identifier))
        child = nil
        #expect(child == nil)
        #expect(kill(identifier, 0) != 0 && errno == ESRCH)
    }

    @Test func `runs no more programs at a time than it may`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "echo 0")
        var limits = ProgramLauncher.Limits()
        limits.programs = 0
        let result = try bench.judge(Self.inspect, limits: limits)
        #expect(result.failures.hasSuffix("0 programs are running already"))
    }

    @Test func `notices that a program is gone or cannot be executed any more`() throws {
        let bench = try ProgramBench()
        let path = try bench.program("p", "echo 1")
        let gone = try bench.judge(Self.inspect) { try FileManager.default.removeItem(atPath: path) }
        #expect(gone.failures.hasSuffix("No such file or directory"))
        try bench.program("p", "echo 1")
        let locked = try bench.judge(Self.inspect) { try bench.folder.write("no program", to: "p") }
        #expect(locked.failures.contains("Exec format error") || locked.failures.contains("Permission denied"))
    }

    // MARK: exec

    @Test func `starts a program once for a rule that matches`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "echo \"$# $REQUEST_URI\" >> \(bench.folder.path)/runs")
        let rule = "SecRule ARGS \"@rx .\" \"id:1,phase:1,pass,exec:FOLDER/p\""
        #expect(try bench.judge(rule, target: "/?a=1&b=2").ids == [1])
        #expect(bench.text("runs") == "0 /?a=1&b=2\n")
        _ = try bench.judge(rule, target: "/")
        #expect(bench.text("runs") == "0 /?a=1&b=2\n")
    }

    @Test func `starts nothing while it only observes`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "touch \(bench.folder.path)/ran")
        let result = try bench.judge("SecAction \"id:1,phase:1,pass,exec:FOLDER/p\"", mode: .observe)
        #expect(result.ids == [1])
        #expect(bench.text("ran") == nil)
    }

    @Test func `does not wait for a program whose result nobody wants, but ends it in time`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "echo $$ > \(bench.folder.path)/pid; sleep 1000")
        let reports = Reports()
        var limits = ProgramLauncher.Limits()
        limits.patience = .milliseconds(300)
        let launcher = ProgramLauncher(limits: limits, report: { reports.add($0) })
        let result = try bench.judge("SecAction \"id:1,phase:1,pass,exec:FOLDER/p\"", launcher: launcher)
        #expect(result.ids == [1])
        ProgramBench.wait { !reports.lines.isEmpty }
        #expect(reports.lines == ["Redoubt: The program \(bench.folder.path)/p failed: it took too long"])
        let child = try #require(
            bench.text("pid").flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        )
        #expect(kill(child, 0) != 0 && errno == ESRCH)
    }

    @Test func `counts and ends the programs of the rules before a reload too`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "echo $$ > \(bench.folder.path)/pid; sleep 1000")
        let reports = Reports()
        var limits = ProgramLauncher.Limits()
        limits.patience = .seconds(600)
        limits.programs = 1
        let first = ProgramLauncher(limits: limits, report: { reports.add($0) })
        let rule = "SecAction \"id:1,phase:1,pass,exec:FOLDER/p\""
        #expect(try bench.judge(rule, launcher: first).failures.isEmpty)
        let second = ProgramLauncher(limits: limits, after: first)
        #expect(try bench.judge(rule, launcher: second).failures.hasSuffix("1 programs are running already"))
        ProgramBench.wait { bench.text("pid")?.hasSuffix("\n") == true }
        second.stop()
        ProgramBench.wait { !reports.lines.isEmpty }
        #expect(reports.lines.first?.hasSuffix("it was killed by a signal") == true)
    }

    @Test func `kills the programs that still run when the gateway ends`() throws {
        let bench = try ProgramBench()
        try bench.program("p", "echo $$ > \(bench.folder.path)/pid; sleep 1000")
        let reports = Reports()
        var limits = ProgramLauncher.Limits()
        limits.patience = .seconds(600)
        let launcher = ProgramLauncher(limits: limits, report: { reports.add($0) })
        let rule = "SecAction \"id:1,phase:1,pass,exec:FOLDER/p\""
        _ = try bench.judge(rule, launcher: launcher)
        ProgramBench.wait { bench.text("pid")?.hasSuffix("\n") == true }
        launcher.stop()
        ProgramBench.wait { !reports.lines.isEmpty }
        #expect(reports.lines.first?.hasSuffix("it was killed by a signal") == true)
        #expect(try bench.judge(rule, launcher: launcher).failures.hasSuffix("the gateway ends"))
    }

    // MARK: Loading

    @Test(arguments: [
        "SecAction \"id:1,exec:/bin/true\"", "SecRule ARGS \"@inspectFile /bin/true\" \"id:1\"", "SecRuleScript a.lua",
    ])
    func `refuses programs unless they are allowed`(rule: String) throws {
        let fault = try ProgramBench().fault(rule, isAllowed: false)
        #expect(fault.contains("is off: rules may not start programs (allow it with --allow-programs"), "\(fault)")
    }

    @Test func `refuses what is no program when rules load`() throws {
        let bench = try ProgramBench()
        try bench.folder.write("text", to: "text")
        #expect(bench.fault("SecAction \"id:1,exec:FOLDER/none\"").contains("/none: No such file or directory"))
        #expect(bench.fault("SecAction \"id:1,exec:FOLDER/text\"").contains("/text: not executable"))
        #expect(bench.fault("SecAction \"id:1,exec:FOLDER\"").hasSuffix(": not a regular file"))
        #expect(bench.fault("SecAction \"id:1,exec:''\"") == "the action exec needs a value")
        #expect(bench.fault("SecRule ARGS \"@inspectFile\" \"id:1\"").contains("needs the path of a program"))
    }
}

/// Lines that another thread hands over.
private final class Reports: @unchecked Sendable {
    private let lock = NSLock()
    private var added: [String] = []

    var lines: [String] { lock.withLock { added } }

    func add(_ line: String) {
        lock.withLock { added.append(line) }
    }
}
