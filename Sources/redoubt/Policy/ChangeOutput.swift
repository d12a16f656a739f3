// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// What a command says of a change that it made.
enum ChangeOutput {
    static func write(_ change: JSONValue, _ format: OutputFormat) {
        guard format == .text else {
            StandardOutput.write(change.line)
            return
        }
        let number = "revision \(change.text(at: "revision")), decision \(change.text(at: "decision").shownInTerminal)"
        var text = "\(change.text(at: "change").shownInTerminal) (\(number))\n"
        let undo = change.text(at: "undo").shownInTerminal
        if !undo.isEmpty { text += "  undo: \(undo)\n" }
        StandardOutput.write(text)
    }
}

/// Why a change is made, which every change has to say.
struct ReasonOptions: ParsableArguments {
    @Option(help: "Why, for those who ask later.")
    var because: String
}

/// How a list is cut into pages.
struct PageOptions: ParsableArguments {
    @Option(help: "How many, 1 to 200.")
    var limit = 50

    @Option(help: "Where an earlier answer ended, to go on from there.")
    var cursor: String?

    var query: [(String, String?)] { [("limit", "\(limit)"), ("cursor", cursor)] }
}
