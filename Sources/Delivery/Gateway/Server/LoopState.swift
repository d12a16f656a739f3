// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

/// What the connections of one event loop share; touched from that loop only.
final class LoopState {
    let pool: UpstreamPool
    private var connections: [ObjectIdentifier: ClientConnection] = [:]

    init(loop: any EventLoop) {
        pool = UpstreamPool(loop: loop)
    }

    func add(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    /// Closes idle connections; busy ones close after their exchange.
    func drain() {
        for connection in Array(connections.values) {
            connection.drain()
        }
    }

    /// Closes everything at once.
    func closeAll() {
        for connection in Array(connections.values) {
            connection.abort()
        }
        pool.closeAll()
    }
}
