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
        /// How long a connection may take to be made.
        var limit: Duration
        var users = 0

        /// Whether it gives up far too early, or far too late.
        func fits(_ limit: Duration) -> Bool { self.limit >= limit / 2 && self.limit <= limit * 2 }
    }

    private struct State {
        var entries: [ResolvedAddress: Entry] = [:]
        /// What the name stood for when it was last looked up.
        var current: Set<ResolvedAddress> = []
        /// The one that was connected to last, and those to which that was not possible.
        var usual: ResolvedAddress?
        var dead: Set<ResolvedAddress> = []
        var isClosed = false

        /// The usual one first, and last those that were dead.
        func rank(_ address: ResolvedAddress) -> Int {
            address == usual ? 0 : dead.contains(address) ? 2 : 1
        }

        mutating func removeUnused() -> [HTTPClient] {
            let unused = entries.filter { $0.value.users == 0 && !current.contains($0.key) }
            for address in unused.keys { entries[address] = nil }
            return unused.values.map(\.client)
        }
    }

    private let host: String
    private let configuration: HTTPClient.Configuration
    private let state = Mutex(State())

    init(host: String, _ configuration: HTTPClient.Configuration = HTTPClient.Configuration()) {
        self.host = host
        self.configuration = configuration
    }

    /// Takes the addresses that the name stands for now, and lets go of the others.
    ///
    /// - Returns: the same addresses, those first that are most likely to be there.
    func use(_ addresses: [ResolvedAddress]) -> [ResolvedAddress] {
        let (ranks, unused) = state.withLock { state in
            state.current = Set(addresses)
            state.dead.formIntersection(addresses)
            return (addresses.map { state.rank($0) }, state.removeUnused())
        }
        Self.end(unused)
        return (0...2).flatMap { rank in zip(addresses, ranks).filter { $0.1 == rank }.map(\.0) }
    }

    /// Tells whether an address could be connected to.
    func note(_ address: ResolvedAddress, isThere: Bool) {
        state.withLock { state in
            if isThere {
                state.usual = address
                state.dead.remove(address)
            } else {
                if state.usual == address { state.usual = nil }
                state.dead.insert(address)
            }
        }
    }

    /// - Returns: nil after the end. Each client is to be given back.
    func take(_ address: ResolvedAddress, connectingWithin limit: Duration) -> HTTPClient? {
        let (client, old) = state.withLock { state -> (HTTPClient?, [HTTPClient]) in
            guard !state.isClosed else { return (nil, []) }
            var old: [HTTPClient] = []
            if let entry = state.entries[address], entry.users == 0, !entry.fits(limit) {
                old = [entry.client]
                state.entries[address] = nil
            }
            var entry = state.entries[address] ?? Entry(client: makeClient(address, limit), limit: limit)
            entry.users += 1
            state.entries[address] = entry
            return (entry.client, old)
        }
        Self.end(old)
        return client
    }

    func giveBack(_ address: ResolvedAddress) {
        let unused = state.withLock { state in
            state.entries[address]?.users -= 1
            return state.removeUnused()
        }
        Self.end(unused)
    }

    /// Ends all connections; requests that are under way fail. Nobody waits for that: a connection that is being made ends
    /// when it is there, or has taken too long.
    func close() {
        let clients = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        Self.end(clients)
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
