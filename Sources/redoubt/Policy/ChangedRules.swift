// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation

/// What rules as they would be do to the transactions that were kept, for a terminal.
struct ChangedRules {
    let scope: String
    let since: String
    let files: [String]

    func run(_ server: ServerOptions, _ format: OutputFormat) async throws {
        try await server.withAPI { api in
            let rules: (String, JSONValue)
            if server.server == nil {
                // The server is on this machine and reads what the files include as well.
                rules = ("files", .array(files.map { JSONValue(Self.absolute($0)) }))
            } else {
                rules = ("rules", JSONValue(try text()))
            }
            let job = try await JobFollower(api: api).run(
                "/rehearsal/comparisons",
                [("scope", JSONValue(scope)), ("since", JSONValue(since)), rules]
            )
            let found = job["comparison"] ?? .null
            StandardOutput.write(format == .text ? Array(Self.text(found).utf8) : found.line)
        }
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    private func text() throws -> String {
        try files.map { file in
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure.badInput("\(file) cannot be read")
            }
            return String(decoding: data, as: UTF8.self)
        }.joined(separator: "\n")
    }

    private static func text(_ found: JSONValue) -> String {
        let seconds = found["seconds"]?.double ?? 0
        let rate = seconds > 0 ? Int(Double(found["replayed"]?.integer ?? 0) / seconds) : 0
        var text =
            "\(found.text(at: "replayed")) kept transactions replayed in \(found.text(at: "seconds")) s (\(rate)/s)\n"
        text +=
            "\(found.text(at: "stopped_today")) are stopped by the rules in force, \(found.text(at: "stopped_then")) "
        text += "would be by these: \(found.text(at: "more")) more, \(found.text(at: "fewer")) fewer\n"
        for (member, words) in [
            ("untouched", "meet none of the rules that differ, and count as they were decided then"),
            ("drifted", "are decided otherwise today than when they were recorded, whatever the change"),
            ("without_rules", "are of applications without rules"), ("damaged", "could not be read"),
        ] where found[member]?.integer ?? 0 > 0 {
            text += "\(found.text(at: member)) \(words)\n"
        }
        for (title, member) in [("BY RULE", "by_rule"), ("BY ROUTE", "by_route")] {
            let parts = found[member]?.elements ?? []
            guard !parts.isEmpty else { continue }
            text += "\n\(title)\n"
            for part in parts.prefix(15) {
                let note = part.text(at: "note")
                text +=
                    "  +\(part.text(at: "more")) -\(part.text(at: "fewer"))  \(part.text(at: "name").shownInTerminal)"
                    + "\(note.isEmpty ? "" : ": \(note.shownInTerminal)")\n"
            }
        }
        return text + ProposalText.samples("WOULD BE STOPPED AND ARE NOT", found["more_examples"])
            + ProposalText.samples("ARE STOPPED AND WOULD NOT BE", found["fewer_examples"])
    }
}
