// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import Scoring

/// `redoubt ssvc`: decision tables of Stakeholder-Specific Vulnerability Categorization.
struct SSVCCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssvc",
        abstract: "Decide by tables of SSVC.",
        subcommands: [SSVCDecide.self]
    )
}

/// `redoubt ssvc decide`.
struct SSVCDecide: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Look up what a decision table says of some facts.",
        discussion: """
            The table is one that comes with the program (\(DecisionTable.BuiltIn.allCases.map(\.rawValue).joined(separator: ", "))) \
            or a file of CSV as CERT/CC publishes them. Facts are given as --fact NAME=VALUE, or as JSON objects on \
            standard input, one a line. The answer is {"decision": .., "row": .., "because": {..}}, or \
            {"missing": [..], "possible": [..]} while facts are missing.
              redoubt ssvc decide deployer --fact exploitation=active --fact "system exposure=open" \
                --fact automatable=yes --fact "human impact=high"
            """
    )

    @Argument(help: "The name of a table, or a file.")
    var table: String

    @Option(name: .customLong("fact"), help: "A decision point and its value, as NAME=VALUE.")
    var facts: [String] = []

    func run() throws {
        let table = try read()
        guard facts.isEmpty else {
            var named: [String: DecisionTable.Fact] = [:]
            for fact in facts {
                guard let equals = fact.firstIndex(of: "="), equals > fact.startIndex else {
                    throw CommandFailure.badInput("--fact wants NAME=VALUE, not \(fact)")
                }
                let value = String(fact[fact.index(after: equals)...])
                named[String(fact[..<equals])] = DecisionTable.Fact(value, source: "given")
            }
            StandardOutput.write(Self.answer(table, named) + "\n")
            return
        }
        try InputLines.answer(tooLong: #"{"error":"the line is too long"}"#) { Self.answer(table, line: $0) }
    }

    private func read() throws -> DecisionTable {
        do {
            if let known = DecisionTable.BuiltIn(rawValue: table) { return try known.table }
            guard let bytes = FileManager.default.contents(atPath: table) else {
                let names = DecisionTable.BuiltIn.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure.badInput(
                    "\(table) is no file and no table",
                    hint: "tables that are known: \(names)"
                )
            }
            return try DecisionTable(csv: Array(bytes))
        } catch let error as FeedError {
            throw CommandFailure.badInput("\(table) cannot be read: \(error)")
        }
    }

    private static func answer(_ table: DecisionTable, line: [UInt8]) -> String {
        let members: [JSONMember]
        do {
            guard case .object(let found) = try JSONReader.read(line) else {
                return #"{"error":"the line is no JSON object"}"#
            }
            members = found
        } catch {
            return text { json in
                json.key("error")
                json.string("the line is not JSON: \(error)")
            }
        }
        var facts: [String: DecisionTable.Fact] = [:]
        for member in members {
            guard let value = member.value.text else { continue }
            facts[String(decoding: member.name, as: UTF8.self)] = DecisionTable.Fact(value, source: "given")
        }
        return answer(table, facts)
    }

    private static func answer(_ table: DecisionTable, _ facts: [String: DecisionTable.Fact]) -> String {
        text { json in
            switch table.decide(facts) {
            case .decided(let decision):
                json.key("decision")
                json.string(decision.decision)
                json.key("row")
                json.number(decision.row)
                json.key("because")
                json.beginObject()
                for (point, fact) in decision.facts {
                    json.key(point)
                    json.string(fact.value)
                }
                json.endObject()
            case .undecided(let missing, let possible):
                for (name, values) in [("missing", missing), ("possible", possible)] {
                    json.key(name)
                    json.beginArray()
                    for value in values { json.string(value) }
                    json.endArray()
                }
            }
        }
    }

    private static func text(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        json.beginObject()
        body(&json)
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
