// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Scoring

/// `redoubt cvss`: scores of the Common Vulnerability Scoring System.
struct CVSSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cvss",
        abstract: "Score vectors of CVSS 2.0, 3.0, 3.1 and 4.0.",
        subcommands: [CVSSScoreCommand.self]
    )
}

/// `redoubt cvss score`.
struct CVSSScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score each vector, one JSON object a line.",
        discussion: """
            {"version":"3.1","base":9.8,"threat":null,"environmental":null,"severity":"critical"}: a score is null where \
            none of its metrics is set; a vector that breaks its specification gets {"error": ..}.
            """
    )

    @Argument(help: "Vectors; without any, those of standard input, one a line.")
    var vectors: [String] = []

    func run() throws {
        guard vectors.isEmpty else {
            StandardOutput.write(vectors.map { Self.score(Array($0.utf8)) + "\n" }.joined())
            return
        }
        try InputLines.answer(tooLong: #"{"error":"the line is too long"}"#, Self.score)
    }

    private static func score(_ vector: [UInt8]) -> String {
        var json = JSONWriter()
        CVSSLine.write(vector, to: &json)
        return String(decoding: json.bytes.dropLast(), as: UTF8.self)
    }
}
