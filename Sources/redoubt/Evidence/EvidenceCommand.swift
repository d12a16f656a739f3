// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Evidence
import Foundation
import WebFirewall

/// `redoubt evidence`: what was decided, and that nobody has changed it since.
struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "The log of decisions: verify it, export it, prove a leaf; no server is needed.",
        subcommands: [EvidenceVerify.self, EvidenceExport.self, EvidenceProve.self]
    )
}

/// The option that says where the log is.
struct EvidenceFolderOptions: ParsableArguments {
    @OptionGroup var data: DataOptions

    @Option(
        help: ArgumentHelp(
            "The folder of a log elsewhere, such as PATH.evidence beside a database of findings.",
            valueName: "folder"
        )
    )
    var log: String?

    var folder: LogFolder {
        LogFolder(log ?? data.folder + "/evidence")
    }
}

extension EvidenceError {
    /// What a command ends with.
    var commandFailure: CommandFailure {
        switch code {
        case .malformed, .notFound, .badSignature, .unknownKey, .tooLarge: .badInput(description)
        case .damaged, .truncated, .forked:
            CommandFailure(
                message: description,
                hint: "see what is wrong with \"redoubt evidence verify\"",
                exitCode: .judgedBad
            )
        case .inUse, .overloaded, .closed, .diskFull, .storage: .couldNotRun(description)
        }
    }
}

/// Runs a body and turns its errors into those of a command.
func withEvidenceErrors<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as EvidenceError {
        throw error.commandFailure
    }
}
