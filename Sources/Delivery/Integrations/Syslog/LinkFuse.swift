// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore
internal import Synchronization

/// Cuts a connection off, also one that comes to be only after that.
final class LinkFuse: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isBlown = false
    }

    private let state = Mutex(State())

    /// Guards this connection from now on, in place of one before.
    func hold(_ channel: any Channel) {
        let isBlown = state.withLock { state in
            state.channel = channel
            return state.isBlown
        }
        if isBlown { LinkEnd.cut(channel) }
    }

    func blow() {
        let channel = state.withLock { state in
            state.isBlown = true
            return state.channel
        }
        if let channel { LinkEnd.cut(channel) }
    }
}

/// The end of a pipeline at the socket. A connection that is closed here ends at once: TLS, further up, would first wait for
/// the other side to agree.
final class LinkEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static let name = "end of the link"

    static func cut(_ channel: any Channel) {
        channel.eventLoop.execute {
            guard let context = try? channel.pipeline.syncOperations.context(name: name) else {
                // A datagram channel has none.
                return channel.close(promise: nil)
            }
            context.close(promise: nil)
        }
    }
}
