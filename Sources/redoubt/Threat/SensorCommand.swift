// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import FalcoRules
import Foundation
import Sensors
import SystemCapture
import ThreatDetection

/// `redoubt sensor`: watches this machine.
struct SensorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensor",
        abstract: "Watch this machine with rules: what programs run, connect to, open and change.",
        discussion: """
            Programs in the kernel (eBPF) tell of system calls; where it takes none, its reports of processes are read. \
            redoubt threat doctor says what works here. It watches and tells, and stops nothing.

              sudo redoubt sensor --rules falco_rules.yaml
              sudo redoubt sensor --rules falco_rules.yaml --format ndjson --write evidence.scap
            """
    )

    @Option(help: "A file of Falco rules, or a folder of them; may be repeated, the order counts.")
    var rules: [String]

    @Option(help: "Write all events to this file as a capture (.scap).")
    var write: String?

    @Option(help: "End after so many seconds (default: never).")
    var seconds: Int?

    @Option(help: "How to write alerts: text, or ndjson in Falco's form.")
    var format: OutputFormat = .text

    func run() throws {
        try withThreatErrors {
            let loaded = try FalcoRuleFiles(rules)
            if let error = loaded.firstError {
                throw CommandFailure.badInput(error, hint: "redoubt threat check \(rules.joined(separator: " "))")
            }
            guard let program = loaded.program(of: "syscall") else { throw CommandFailure.badInput("no rules") }
            let output = try write.map { path in
                guard FileManager.default.createFile(atPath: path, contents: nil),
                    let handle = FileHandle(forWritingAtPath: path)
                else { throw CommandFailure.couldNotRun("\(path) cannot be written") }
                return handle
            }
            do {
                try watch(program, into: output)
            } catch let error as SensorError {
                throw CommandFailure.couldNotRun(error.message, hint: "redoubt threat doctor")
            }
        }
    }

    /// System calls that no enabled rule asks for are not told by the kernel at all, but for those that the state needs.
    static func calls(for program: RuleProgram) -> SystemCallTable {
        let table = SystemEventTypes.table
        return SystemCallTable { name in
            !name.isEmpty
                && (Self.needed.contains(name) || table.types(named: name).contains { program.isInteresting($0) })
        }
    }

    /// What changes processes, their rights, folders and descriptors.
    private static let needed: Set<String> = [
        "execve", "execveat", "chdir", "fchdir", "chroot", "setuid", "setgid", "setresuid", "setresgid", "setreuid",
        "setregid", "setsid", "setpgid", "capset", "socket", "connect", "bind", "accept", "accept4", "dup", "dup2",
        "dup3",
        "pipe", "pipe2", "socketpair",
    ]

    private func watch(_ program: RuleProgram, into output: FileHandle?) throws {
        let calls = Self.calls(for: program)
        var source = try LiveSource(calls: calls)
        StandardError.write("redoubt: watching by \(source.name), \(program.rules.count) rules\n")
        var detector = LiveDetector(program: program)
        let end = seconds.map { ContinuousClock.now + .seconds($0) }
        var lines = LineOutput()
        let host = ProcessInfo.processInfo.hostName
        while end.map({ ContinuousClock.now < $0 }) ?? true {
            let bytes = try source.next(wait: 5)
            guard !bytes.isEmpty else { continue }
            try output?.write(contentsOf: bytes)
            try detector.take(bytes, host: host) { alert throws(ThreatError) in
                lines.line(format == .text ? Array(alert.line.utf8) : alert.json)
            }
            lines.flush()
        }
        tell(try source.losses(), detector)
    }

    private func tell(_ losses: [KernelSensor.Loss], _ detector: borrowing LiveDetector) {
        let lost = losses.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
        StandardError.write(
            "redoubt: \(detector.events) events, \(detector.alerts) alerts, lost: \(lost.isEmpty ? "none" : lost)\n"
        )
    }
}
