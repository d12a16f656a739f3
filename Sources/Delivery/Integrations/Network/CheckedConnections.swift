// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import AsyncHTTPClient
internal import NIOCore
internal import Synchronization

/// HTTP clients of one receiver, one for each of its addresses that is in use.
///
/// A client reads its table of names once, when it is made; so there is one for each address, which knows the receiver's name
/// by that address and never looks it up. It is kept, with its connections, while the name stands for the address.
final class CheckedConnections: Sendable {
    private struct Entry {
        var client: HTTPClient
        var users = 0
    }

    private struct State {
        var entries: [ResolvedAddress: Entry] = [:]
        /// What the name stood for when it was last looked up.
        var current: Set<ResolvedAddress> = []
        var isClosed = false

        mutating func removeUnused() -> [HTTPClient] {
            let unused = entries.filter { $0.value.users == 0 && !current.contains($0.key) }
            for address in unused.keys { entries[address] = nil }
            return unused.values.map(\.client)
        }
    }

    private let host: String
    private let configuration: HTTPClient.Configuration
    private let state = Mutex(State())

    init(host: String, _ configuration: HTTPClient.Configuration) {
        self.host = host
        self.configuration = configuration
    }

    /// Takes the addresses that the name stands for now, and lets go of the others.
    ///
    /// - Returns: the same addresses; those first that there is a client for.
    func use(_ addresses: [ResolvedAddress]) -> [ResolvedAddress] {
        let (known, unused) = state.withLock { state in
            state.current = Set(addresses)
            return (Set(state.entries.keys), state.removeUnused())
        }
        Self.end(unused)
        return addresses.filter { known.contains($0) } + addresses.filter { !known.contains($0) }
    }

    /// - Returns: nil after the end. Each client is to be given back.
    func take(_ address: ResolvedAddress, connectingWithin limit: Duration) -> HTTPClient? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            var entry = state.entries[address] ?? Entry(client: makeClient(address, limit))
            entry.users += 1
            state.entries[address] = entry
            return entry.client
        }
    }

    func giveBack(_ address: ResolvedAddress) {
        let unused = state.withLock { state in
            state.entries[address]?.users -= 1
            return state.removeUnused()
        }
        Self.end(unused)
    }

    /// Ends all connections; requests that are under way fail.
    func close() async {
        let clients = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        for client in clients { await Self.end(client) }
    }

    private func makeClient(_ address: ResolvedAddress, _ limit: Duration) -> HTTPClient {
        var configuration = configuration
        configuration.timeout.connect = .nanoseconds(limit.nanoseconds)
        // The name stays what TLS and the field Host have; the connection goes to the address.
        if ResolvedAddress.literal(host) == nil { configuration.dnsOverride = [host: address.text] }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func end(_ clients: [HTTPClient]) {
        for client in clients { Task { await end(client) } }
    }

    private static func end(_ client: HTTPClient) async {
        // It fails for a client that has ended already, which is as well.
        try? await client.shutdown()
    }
}
