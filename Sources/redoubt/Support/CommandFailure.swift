// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser

extension ExitCode {
    /// A verb that judges found something wrong.
    static let judgedBad = ExitCode(1)
    /// Wrong usage, or input that cannot be read.
    static let badInput = ExitCode(2)
    /// The command could not do its work.
    static let couldNotRun = ExitCode(3)
}

/// Why a command ends early, and what to do next.
struct CommandFailure: Error {
    var message: String
    var hint: String?
    var exitCode: ExitCode

    static func badInput(_ message: String, hint: String? = nil) -> CommandFailure {
        CommandFailure(message: message, hint: hint, exitCode: .badInput)
    }

    static func couldNotRun(_ message: String, hint: String? = nil) -> CommandFailure {
        CommandFailure(message: message, hint: hint, exitCode: .couldNotRun)
    }
}
