// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

/// Runs the program as people do and looks at output and exit code.
final class CommandTests {
    /// What a test writes; goes away with it.
    private let scratch = FileManager.default.temporaryDirectory
        .appendingPathComponent("redoubt-cli-\(UUID().uuidString)")

    deinit {
        try? FileManager.default.removeItem(at: scratch)
    }

    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The program beside the test bundle.
    static var program: URL {
        let bundle = URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
        let candidates = [bundle, bundle.deletingLastPathComponent()].map { $0.appendingPathComponent("redoubt") }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[0]
    }

    private func run(_ arguments: [String], input: String = "") throws -> Outcome {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        let folder = scratch.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func file(_ name: String, _ text: String) throws -> URL {
            let url = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: url)
            return url
        }
        let output = try file("out", "")
        let errors = try file("err", "")
        process.standardInput = try FileHandle(forReadingFrom: file("in", input))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8)
        )
    }

    private func temporaryFile(_ name: String, _ text: String) throws -> String {
        let folder = scratch.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    private let request = #""request":{"method":"GET","target":"/?x=1","version":"HTTP/1.1","headers":[["Host","a"]]}"#

    @Test func `shows help and version`() throws {
        #expect(try run(["--help"]).status == 0)
        #expect(try run(["--help"]).output.contains("waf"))
        #expect(try run(["--version"]).output.hasPrefix("0."))
        let help = try run(["waf", "--help"]).output
        for verb in ["check", "explain", "eval", "test", "replay", "bench", "cost", "crs"] {
            #expect(help.contains(verb), "\(verb)")
        }
    }

    @Test func `writes the rules for a server under test, its marker first`() throws {
        let rules = try temporaryFile("a.conf", "SecRule ARGS \"@rx x\" \"id:1,phase:1,deny\"\n")
        let outcome = try run(["waf", "test", "--print-rules", "--rules", rules])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("SecRule REQUEST_HEADERS:X-CRS-Test") == true, "\(outcome.output)")
        #expect(lines.last == "Include \(rules)")
        // What it prints are rules.
        let printed = try temporaryFile("printed.conf", outcome.output)
        #expect(try run(["waf", "check", printed]).status == 0)
    }

    @Test func `starts programs only where it is told to`() throws {
        let rules = try temporaryFile("a.conf", "SecRule ARGS:x \"@inspectFile /bin/echo\" \"id:1,phase:1,deny\"\n")
        let refused = try run(["waf", "check", rules])
        #expect(refused.status == 1 && refused.output.contains("--allow-programs"))
        #expect(try run(["waf", "check", "--allow-programs", rules]).status == 0)
        let line = "{\"id\":\"1\",\(request.replacing("x=1", with: "x=2"))}\n"
        let outcome = try run(["waf", "eval", "--allow-programs", "--rules", rules], input: line)
        #expect(outcome.output.contains("\"rule\":1"), "\(outcome.output)\(outcome.errors)")
    }

    @Test(arguments: [
        ["nonsense"], ["waf", "bench"], ["waf", "eval", "--mode", "loud"], ["waf", "check"],
        ["waf", "test", "x", "--target", "http://a"], ["waf", "bench", "x"], ["waf", "explain", "abc"],
        ["waf", "crs", "use", "latest"], ["waf", "test", "/nonexistent"], ["waf", "check", "/nonexistent.conf"],
        ["waf", "bench", "/nonexistent", "--rules", "/dev/null"], ["waf", "crs", "install", "/nonexistent.tar.gz"],
        ["waf", "replay", "/nonexistent.har"],
    ])
    func `answers wrong usage and unreadable input with 2`(arguments: [String]) throws {
        let outcome = try run(arguments)
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(!outcome.errors.isEmpty)
        #expect(outcome.output.isEmpty)
    }

    @Test func `offers shell completion`() throws {
        for shell in ["bash", "zsh", "fish"] {
            let outcome = try run(["--generate-completion-script", shell])
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("redoubt"))
        }
    }

    @Test func `answers each line of eval and ends with 2 after a bad one`() throws {
        let good = try run(["waf", "eval"], input: "{\"id\":\"a\",\(request)}\n{\"id\":\"b\",\(request)}\n")
        #expect(good.status == 0, "\(good.errors)")
        #expect(good.output.split(separator: "\n").count == 2)
        #expect(good.output.hasPrefix(#"{"id":"a","verdict":"pass","status":200,"#))
        let bad = try run(["waf", "eval"], input: "nonsense\n{\"id\":\"b\",\(request)}\n")
        #expect(bad.status == 2)
        let lines = bad.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].contains(#""error":"line 1, column 1:"#) || lines[0].contains(#""error":"line 1, column 2:"#))
        #expect(lines[1].contains(#""id":"b""#))
    }

    @Test func `still answers where the rules of eval do not load`() throws {
        let file = try temporaryFile("bad.conf", "SecRule ARGS \"@nonsense\" \"id:1\"\n")
        let outcome = try run(["waf", "eval", "--rules", file], input: "{\"id\":\"a\",\(request)}\n")
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("\"error\":\"\(file):1:".replacing("/", with: "/")))
        #expect(outcome.errors.contains("\(file):1:"))
    }

    @Test func `refuses raw requests that no server may take`() throws {
        let raw = Data("GET\r\n\r\n".utf8).base64EncodedString()
        let outcome = try run(["waf", "eval"], input: "{\"id\":\"a\",\"raw\":\"\(raw)\"}\n")
        #expect(outcome.output.hasPrefix(#"{"id":"a","verdict":"deny","status":400,"#), "\(outcome.output)")
    }

    @Test func `checks rule files`() throws {
        let bad = try temporaryFile("bad.conf", "SecRule ARGS \"@nonsense\" \"id:1\"\n")
        let outcome = try run(["waf", "check", bad])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("\(bad):1:"))
        #expect(outcome.output.contains(": error: "))
        let json = try run(["waf", "check", bad, "--format", "json"])
        #expect(json.status == 1)
        #expect(json.output.hasPrefix(#"{"files":1,"errors":1,"#))
        let good = try temporaryFile("good.conf", "SecRuleEngine On\n")
        #expect(try run(["waf", "check", good]).status == 0)
    }

    @Test func `lists, installs and chooses releases`() throws {
        let archive = try temporaryFile("x.tar.gz", "no archive")
        let data = (archive as NSString).deletingLastPathComponent + "/data"
        #expect(try run(["waf", "crs", "install", archive, "--data", data]).status == 2)
        #expect(try run(["waf", "crs", "use", "9.9.9", "--data", data]).status == 2)
        let list = try run(["waf", "crs", "list", "--data", data, "--format", "json"])
        #expect(list.status == 0)
        #expect(list.output.hasPrefix("["))
    }
}
