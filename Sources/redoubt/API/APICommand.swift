// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// A command that asks the API of a server, or of the data folder where none runs.
protocol APICommand: AsyncParsableCommand {
    var server: ServerOptions { get }
    var output: FormatOptions { get }
}

/// A command that shows a list.
protocol ListingCommand: APICommand {
    /// Below `/api/v1`.
    static var path: String { get }
    static var columns: [JSONListing.Column] { get }
    /// What is said where there is nothing.
    static var none: String { get }
    /// What is asked for; nil values are left out.
    var query: [(String, String?)] { get }
    /// What of the answer is shown.
    func chosen(of document: JSONValue) -> JSONValue
}

extension ListingCommand {
    func chosen(of document: JSONValue) -> JSONValue { document }

    func run() async throws {
        try await server.withAPI(.reading) { api in
            let document = chosen(of: try await api.get(Self.path, query))
            JSONListing(document: document, columns: Self.columns, none: Self.none).write(output.format)
        }
    }
}

/// A command that shows one thing, a line for each of its members.
protocol ShowingCommand: APICommand {
    /// Below `/api/v1`.
    var path: String { get }
    func text(_ document: JSONValue, _ api: APIConnection) async throws -> String
}

extension ShowingCommand {
    func text(_ document: JSONValue, _ api: APIConnection) async throws -> String { document.details }

    func run() async throws {
        try await server.withAPI(.reading) { api in
            let document = try await api.get(path)
            let isText = output.format == .text
            StandardOutput.write(isText ? Array(try await text(document, api).utf8) : document.line)
        }
    }
}

/// A command that changes the policy, with a reason.
protocol ChangingCommand: APICommand {
    var reason: ReasonOptions { get }
    /// Below `/api/v1`.
    var path: String { get }
    /// What is sent beside the reason; nil values are left out.
    var members: [(String, JSONValue?)] { get }
}

extension ChangingCommand {
    var members: [(String, JSONValue?)] { [] }

    func run() async throws {
        try await server.withAPI { api in
            let change = try await api.send("POST", path, members + [("reason", JSONValue(reason.because))])
            ChangeOutput.write(change, output.format)
        }
    }
}

extension JSONValue {
    /// A text that may be missing.
    init?(_ text: String?) {
        guard let text else { return nil }
        self.init(text)
    }
}

extension JSONListing.Column {
    /// An entity: addresses and networks as they are, others with their kind in front.
    static func entity(_ title: String, _ member: String) -> Self {
        Self(title) { element in
            let text = element.text(at: member)
            let kinds = ["address:", "network:"]
            return kinds.first { text.hasPrefix($0) }.map { String(text.dropFirst($0.count)) } ?? text
        }
    }
}
