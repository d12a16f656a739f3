// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation

/// `redoubt explain`: why something was detected or decided.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Tell why something was detected: what the rule saw, after which transformations, and what to do next.",
        discussion: """
            Evaluates the kept transaction again. What people typed is masked; what matched stands between brackets. \
            Transactions with a detection are kept for a week.
            """
    )

    @Argument(help: "The id of a detection, a decision or a transaction.")
    var id: String

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        try await server.withAPI { api in
            let path = String(
                id.unicodeScalars.filter { $0.isASCII && $0 != "/" && $0 != "?" && $0 != "%" && $0 != "#" }
            )
            let found = try await api.get("/explanations/\(path)")
            StandardOutput.write(output.format == .text ? Array(Self.text(found).utf8) : found.line)
        }
    }

    private static func text(_ found: JSONValue) -> String {
        var text = ""
        if let decision = found["decision"] {
            text += "DECISION\n\(indented(decision.details))"
        }
        if let detection = found["detection"] {
            let rule = "rule \(detection.text(at: "rule"))"
            text += "\(rule): \(detection.text(at: "message").shownInTerminal)\n"
            text += "  \(detection.text(at: "method")) \(detection.text(at: "path").shownInTerminal)"
            text += " from \(detection.text(at: "client")), \(detection.text(at: "outcome")), transaction "
            text += "\(found.text(at: "transaction").shownInTerminal)\n"
        }
        guard found["kept"]?.bool == true else {
            text += "\nthe transaction is not kept (any more), so rules cannot be asked again\n"
            if let evidence = found["detection"]?.text(at: "evidence"), !evidence.isEmpty {
                text += "  recorded then, masked: \(evidence.shownInTerminal)\n"
            }
            return text + next(found)
        }
        for (number, match) in (found["matches"]?.elements ?? []).enumerated() {
            text += number == 0 ? "\nWHAT THE RULE SAW\n" : "\n"
            text += self.match(match)
        }
        if let more = found["more_matches"]?.integer, more > 0 { text += "\nand \(more) more\n" }
        let stopped = found.text(at: "stopped_by")
        text += stopped.isEmpty ? "\ntoday nothing would stop it\n" : "\ntoday rule \(stopped) would stop it\n"
        return text + next(found)
    }

    private static func match(_ match: JSONValue) -> String {
        let pieces = match["value"]?.elements ?? []
        let value = pieces.map { piece in
            let text = piece.text(at: "text").shownInTerminal
            guard piece["matched"]?.bool == true else { return text }
            return standardOutputShowsColor ? "\u{1B}[7m\(text)\u{1B}[0m" : "[[\(text)]]"
        }.joined()
        let transformations = match["transformations"]?.elements?.compactMap(\.text) ?? []
        let rows = [
            ("rule", "\(match.text(at: "rule")) \(match.text(at: "message").shownInTerminal)"),
            ("stands in", "\(match.text(at: "file").shownInTerminal):\(match.text(at: "line"))"),
            ("looked at", match.text(at: "target").shownInTerminal), ("saw", value),
            ("after", transformations.isEmpty ? "no transformation" : transformations.joined(separator: ", ")),
            ("matches when", match.text(at: "condition").shownInTerminal),
        ]
        return rows.map { "  \($0.0.padding(toLength: 14, withPad: " ", startingAt: 0))\($0.1)\n" }.joined()
    }

    private static func next(_ found: JSONValue) -> String {
        let steps = found["next"]?.elements?.compactMap(\.text) ?? []
        guard !steps.isEmpty else { return "" }
        return "\nNEXT\n" + steps.map { "  \($0.shownInTerminal)\n" }.joined()
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "  \($0)\n" }.joined()
    }
}
