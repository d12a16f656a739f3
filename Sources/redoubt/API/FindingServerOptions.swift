// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Console
import VulnerabilityManagement

/// Who does what a command says about findings: a server that is named, or the one that has the data folder; where there is
/// none, the command itself.
///
/// Only one process writes the evidence ledger of a data folder, and nothing is changed that it does not record.
struct FindingServerOptions: ParsableArguments {
    @OptionGroup var remote: RemoteOptions

    /// Asks the server.
    ///
    /// - Parameters:
    ///   - maker: who is said to do it; a server knows by itself who asks.
    ///   - isNamed: whether only a server that is named is asked, as the files can be read beside one that runs.
    /// - Returns: nil where the command does it itself.
    func ask(
        _ place: FindingStoreOptions,
        by maker: MakerOptions? = nil,
        onlyNamed isNamed: Bool = false,
        _ body: (APIConnection) async throws -> JSONValue
    ) async throws -> JSONValue? {
        guard place.database == nil else {
            guard remote.server == nil else {
                throw CommandFailure.badInput("--server and --database name two places; give one of them")
            }
            return nil
        }
        guard remote.server != nil || (!isNamed && APIConnection.socket(ofFolder: place.place.folder) != nil) else {
            return nil
        }
        guard maker?.by == nil else {
            throw CommandFailure.badInput(
                "--by is for data that no server has: a server records who asks",
                hint: "leave --by out, or use the token of whoever does it with --token"
            )
        }
        let connection = try await APIConnection.open(place.place.folder, remote, .changing)
        do {
            let answer = try await body(connection)
            await connection.close()
            return answer
        } catch {
            await connection.close()
            throw error
        }
    }
}

extension TriageActOptions {
    /// What the API is told.
    func members(now: Int) throws -> [(String, JSONValue?)] {
        let said = ("reason", message.isEmpty ? nil : JSONValue(message))
        let act = try act(now: now)
        switch act {
        case .confirm: return [("act", JSONValue("confirm")), said]
        case .resolve: return [("act", JSONValue("resolve")), said]
        case .reopen: return [("act", JSONValue("reopen")), said]
        case .comment: return [("act", JSONValue("comment")), said]
        case .dismiss:
            let reason = String(act.text.dropFirst("dismiss ".count))
            return [("act", JSONValue("dismiss")), ("dismissal", JSONValue(reason)), said]
        case .accept(let until):
            return [("act", JSONValue("accept")), ("until", JSONValue(rfc3339(seconds: until))), said]
        case .assign(let name): return [("act", JSONValue("assign")), ("assignee", JSONValue(name ?? "-")), said]
        case .rate(let severity, let until):
            return [
                ("act", JSONValue("rate")), ("severity", JSONValue(severity)),
                ("until", until.map { JSONValue(rfc3339(seconds: $0)) }), said,
            ]
        }
    }
}

extension JSONValue {
    /// What a command wrote for programs, to say it to people too.
    ///
    /// - Throws: ``CommandFailure`` for a fault of ours.
    static func written(_ bytes: [UInt8]) throws -> JSONValue {
        do throws(JSONError) {
            return try JSONReader.read(bytes)
        } catch {
            throw CommandFailure.couldNotRun("what was found cannot be written: \(error)")
        }
    }

    /// A finding for people, as lists have it: of the API, or as commands write it.
    var findingLine: String {
        let component = self["component"]
        var place = self["location"]?["path"]?.text ?? self["path"]?.text ?? ""
        if let line = self["location"]?["line"]?.integer ?? self["line"]?.integer { place += ":\(line)" }
        if let name = component?["name"]?.text ?? component?.text {
            let version = component?["version"]?.text ?? self["version"]?.text
            place += " \(name)\(version.map { "@\($0)" } ?? "")"
        }
        let words =
            ["id", "severity", "state", "rule"].map { self[$0]?.text ?? "" } + [place, self["title"]?.text ?? ""]
        return words.joined(separator: "  ").shownInOneLine
    }

    /// Counts of names, in this order.
    func counts(_ order: [String]) -> String {
        order.compactMap { name in self[name]?.integer.map { "\($0) \(name)" } }.joined(separator: ", ")
    }
}
