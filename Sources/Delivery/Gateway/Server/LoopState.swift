// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

/// What the connections of one event loop share; touched from that loop only.
final class LoopState {
    let pool: UpstreamPool
    var random = RandomWords()
    private var spare: ByteBuffer?
    private var connections: [ObjectIdentifier: ClientConnection] = [:]

    init(loop: any EventLoop) {
        pool = UpstreamPool(loop: loop)
    }

    /// An empty buffer to compose something in; bring it back after use.
    func borrowBuffer() -> ByteBuffer {
        var buffer = spare.take() ?? ByteBuffer()
        // Where the channel still holds the bytes, this gets others.
        buffer.clear(minimumCapacity: 2048)
        return buffer
    }

    func giveBack(_ buffer: ByteBuffer) {
        // A buffer that grew large is not worth its memory.
        if buffer.storageCapacity <= 65536 {
            spare = buffer
        }
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
