// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// What requests to a system of tickets are signed in with. It shows itself to nobody.
struct TicketToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    static let mostBytes = 4096

    /// - Throws: ``TicketError``; what it says holds nothing of the text.
    init(_ text: String) throws(TicketError) {
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw TicketError(.settings, "the token is empty") }
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TicketError(.settings, "a token has no blanks and no other characters than those of ASCII")
        }
        value = token
    }

    /// Reads it from where the configuration says.
    static func read(
        _ source: SecretSource,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(TicketError) -> TicketToken {
        switch source {
        case .environment(let name):
            guard let text = environment[name], !text.isEmpty else {
                throw TicketError(.settings, "the variable \(name), which should hold the token, is not set")
            }
            return try TicketToken(text)
        case .file(let path):
            let data: Data
            do {
                let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
                data = try handle.read(upToCount: mostBytes + 1) ?? Data()
            } catch {
                throw TicketError(.settings, "\(path), which should hold the token, cannot be read")
            }
            guard data.count <= mostBytes, let text = String(validating: data, as: UTF8.self) else {
                throw TicketError(.settings, "\(path) holds no token of at most \(mostBytes) bytes")
            }
            do throws(TicketError) {
                return try TicketToken(text)
            } catch {
                throw TicketError(.settings, "\(path): \(error.message)")
            }
        }
    }

    /// The header that carries it.
    func header(_ settings: TicketSettings) -> (name: String, value: String) {
        switch settings.kind {
        case .gitlab: return ("private-token", value)
        case .github: return ("authorization", "Bearer \(value)")
        case .jira:
            guard let user = settings.user else { return ("authorization", "Bearer \(value)") }
            return ("authorization", "Basic " + Data("\(user):\(value)".utf8).base64EncodedString())
        }
    }

    /// A text without it, bare or as Basic authentication writes it.
    func removed(from text: String, user: String? = nil) -> String {
        let bare = text.replacing(value, with: "****")
        guard let user else { return bare }
        return bare.replacing(Data("\(user):\(value)".utf8).base64EncodedString(), with: "****")
    }

    var description: String { "****" }
    var debugDescription: String { "****" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
