// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation

/// Runs the command that was typed and turns whatever it throws into a message and an exit code.
@main
enum Program {
    static func main() async {
        do {
            var command = try Redoubt.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            StandardError.write("redoubt: \(failure.message)\n")
            if let hint = failure.hint {
                StandardError.write("  \(hint)\n")
            }
            exit(failure.exitCode.rawValue)
        } catch {
            finish(error)
        }
    }

    /// Ends the program as ArgumentParser would, but for the code of wrong usage: 2, as in all our commands.
    private static func finish(_ error: any Error) -> Never {
        let code = Redoubt.exitCode(for: error)
        let message = Redoubt.fullMessage(for: error)
        if !message.isEmpty {
            if code == .success {
                StandardOutput.write(Array((message + "\n").utf8))
            } else {
                StandardError.write(message + "\n")
            }
        }
        exit(code == .validationFailure ? ExitCode.badInput.rawValue : code.rawValue)
    }
}
