// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Testing

@testable import SecLang
@testable import WebFirewall

/// A folder of programs, and rules that start them.
struct ProgramBench {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Writes a program for the system's shell.
    @discardableResult
    func program(_ name: String, _ text: String) throws -> String {
        let path = try folder.write("#!/bin/sh\n\(text)\n", to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    /// Writes a Lua script.
    @discardableResult
    func script(_ name: String, _ text: String) throws -> String {
        try folder.write(text + "\n", to: name)
    }

    func text(_ name: String) -> String? {
        try? String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }

    /// Judges one request; `FOLDER` in the rules stands for the folder.
    func judge(
        _ rules: String,
        target: String = "/?a=1",
        fields: [(String, String)] = [("Host", "h")],
        body: String = "",
        mode: Mode = .enforce,
        limits: ProgramLauncher.Limits = ProgramLauncher.Limits(),
        launcher: ProgramLauncher? = nil,
        afterLoading: () throws -> Void = {}
    ) throws -> TransactionResult {
        let text = "SecRuleEngine On\nSecRequestBodyAccess On\n" + rules.replacing("FOLDER", with: folder.path)
        let sources = RuleSources(texts: [.init(name: "test.conf", text: text)])
        let launcher = launcher ?? ProgramLauncher(limits: limits, waitsForAll: true)
        let options = EvaluationOptions(mode: mode, debugLog: true, programs: launcher)
        let evaluator = try TransactionEvaluator(rules: sources, options: options)
        try afterLoading()
        let head = HTTPRequestHead(
            method: Array((body.isEmpty ? "GET" : "POST").utf8),
            target: Array(target.utf8),
            version: Array("HTTP/1.1".utf8),
            fields: fields.map { (name: Array($0.0.utf8), value: Array($0.1.utf8)) }
        )
        let connection = HTTPConnectionInfo(
            clientAddress: "203.0.113.7",
            clientPort: 4_000,
            serverAddress: "192.0.2.1",
            serverPort: 80
        )
        return evaluator.evaluate(
            RecordedTransaction(
                id: "1",
                connection: connection,
                request: ReceivedRequest(head: head, body: Array(body.utf8), refusal: nil)
            )
        )
    }

    /// What does not load, and why.
    func fault(_ rules: String, isAllowed: Bool = true) -> String {
        let text = rules.replacing("FOLDER", with: folder.path)
        let access = isAllowed ? ProgramLauncher().access : nil
        do {
            _ = try RuleSources(texts: [.init(name: "test.conf", text: text)])
                .compile(options: CompileOptions(programs: access))
            return ""
        } catch {
            let hint = error.first?.hint.map { " (\($0))" } ?? ""
            return (error.first?.message ?? "") + hint
        }
    }

    /// Whether a process is there, zombies apart.
    static func isRunning(_ process: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
            return false
        }
        return status.drop { $0 != ")" }.dropFirst(2).first != "Z"
    }

    /// Waits for something that another process does; what it is waiting for is tested afterwards.
    static func wait(for condition: () -> Bool) {
        let end = ContinuousClock.now + .seconds(20)
        while !condition(), ContinuousClock.now < end {
            usleep(10_000)
        }
    }
}

extension TransactionResult {
    var ids: [Int] { matches.map(\.rule) }

    /// The messages of programs that failed.
    var failures: String {
        matches.filter { $0.rule == 0 }.map { String(decoding: $0.message, as: UTF8.self) }.joined(separator: "\n")
    }

    var debugText: String { debugLog.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n") }
}
