// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import ThreatDetection

/// `redoubt threat`: rules of Falco and Sigma over system calls and audit logs.
struct ThreatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "threat",
        abstract: "Threat detection: Falco and Sigma rules over system calls, audit logs and the logs of runners.",
        subcommands: [
            ThreatCheck.self, ThreatReplay.self, ThreatEvents.self, ThreatBench.self, ThreatDoctor.self,
        ]
    )
}

/// Runs a body, and tells a file that cannot be read as wrong input.
func withThreatErrors(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as ThreatError {
        throw CommandFailure.badInput(error.message)
    }
}

/// Lines for standard output, gathered: a write for each would cost more than the line.
struct LineOutput: ~Copyable {
    private var bytes: [UInt8] = []

    mutating func line(_ text: [UInt8]) {
        bytes.append(contentsOf: text)
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count > 1 << 16 { flush() }
    }

    mutating func line(_ text: String) { line(Array(text.utf8)) }

    mutating func flush() {
        StandardOutput.write(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
