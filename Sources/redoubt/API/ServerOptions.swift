// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation

/// The options that name a server.
struct RemoteOptions: ParsableArguments {
    @Option(help: "The address of a server's console, such as http://localhost:7433, in place of the data folder.")
    var server: String?

    @Option(help: "A token for that server (default: $REDOUBT_TOKEN).")
    var token: String?

    @Option(
        help:
            "A file of certificates in PEM by which that server is known, in place of this machine's (default: $REDOUBT_CA)."
    )
    var ca: String?

    func validate() throws {
        guard let server else {
            guard ca == nil else { throw ValidationError("--ca is about a server: name it with --server https://...") }
            return
        }
        guard let url = URL(string: server), url.scheme == "http" || url.scheme == "https", url.host() != nil else {
            throw ValidationError("--server expects an address such as http://localhost:7433, found \"\(server)\"")
        }
        guard ca == nil || url.scheme == "https" else {
            throw ValidationError("--ca is about certificates: --server expects an address with https then")
        }
    }

    var tokenText: String? { token ?? Self.environment("REDOUBT_TOKEN") }

    /// The file of certificates by which a server is known; nil for those of this machine.
    var authorities: String? { ca ?? Self.environment("REDOUBT_CA") }

    private static func environment(_ name: String) -> String? {
        let value = ProcessInfo.processInfo.environment[name] ?? ""
        return value.isEmpty ? nil : value
    }
}

/// The options of commands that ask a server, or the data folder where none runs.
struct ServerOptions: ParsableArguments {
    @OptionGroup var data: DataOptions
    @OptionGroup var remote: RemoteOptions

    var server: String? { remote.server }

    /// What a command is about to do.
    enum Purpose {
        /// To look: a data folder has to be there.
        case reading
        /// To change something: a data folder is made where there is none.
        case changing
    }

    /// Runs a body with the API of the server, or of the data folder.
    @discardableResult
    func withAPI<Result>(
        _ purpose: Purpose = .changing,
        _ body: (APIConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await APIConnection.open(data.folder, remote, purpose)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}
