// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSystemMemory
package import Logging
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// The reverse proxy: HTTP/1.1 clients on one side, upstreams on the other, filters between.
///
/// ```swift
/// let site = GatewaySite(upstream: try UpstreamAddress(url: "http://127.0.0.1:3000"), filters: .available([firewall]))
/// let server = try await GatewayServer.start(
///     GatewayConfiguration(sites: [site]),
///     listeners: [try GatewayListener("127.0.0.1:8080")],
///     logger: logger
/// )
/// await server.shutDown(within: .seconds(30))
/// ```
package final class GatewayServer: Sendable {
    /// Where it listens, one address per listener.
    package let addresses: [SocketAddress]
    private let core: GatewayCore
    private let group: MultiThreadedEventLoopGroup
    private let channels: [any Channel]
    private let loops: [NIOLoopBound<LoopState>]
    /// Of the listeners that speak TLS.
    private let identities: [ServerIdentity]

    private init(
        core: GatewayCore,
        group: MultiThreadedEventLoopGroup,
        channels: [any Channel],
        loops: [NIOLoopBound<LoopState>],
        identities: [ServerIdentity]
    ) {
        self.identities = identities
        self.core = core
        self.group = group
        self.channels = channels
        self.loops = loops
        addresses = channels.compactMap(\.localAddress)
    }

    /// Starts to listen.
    ///
    /// - Parameter threads: event-loop threads; one per core by default.
    /// - Throws: where an address cannot be listened on or a certificate cannot be read.
    package static func start(
        _ configuration: GatewayConfiguration,
        listeners: [GatewayListener],
        threads: Int = System.coreCount,
        logger: Logger
    ) async throws -> GatewayServer {
        // Bodies come and go by megabytes: what is freed goes back, rather than being kept by each thread.
        redoubt_return_freed_memory(1 << 20, 4 << 20)
        let core = GatewayCore(try GatewayRuntime(configuration), logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(threads, 1))
        var channels: [any Channel] = []
        do {
            var loops: [NIOLoopBound<LoopState>] = []
            for loop in group.makeIterator() {
                loops.append(
                    try await loop.submit { NIOLoopBound(LoopState(loop: loop), eventLoop: loop) }.get()
                )
            }
            var identities: [ServerIdentity] = []
            for listener in listeners {
                let identity = try listener.identity.map { ServerIdentity(try ServerIdentity.Loaded($0)) }
                channels.append(try await bind(listener, identity, core, group, loops))
                identities += [identity].compactMap { $0 }
            }
            group.next().scheduleRepeatedTask(initialDelay: .seconds(10), delay: .seconds(10)) { _ in
                redoubt_trim_freed_memory(12 << 20)
            }
            // What reading settings and rules left behind.
            group.next().scheduleTask(in: .milliseconds(500)) {
                redoubt_trim_freed_memory(1 << 20)
                redoubt_release_code_pages()
            }
            return GatewayServer(core: core, group: group, channels: channels, loops: loops, identities: identities)
        } catch {
            for channel in channels {
                try? await channel.close().get()
            }
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// What the gateway has done so far.
    package var statistics: GatewayStatistics {
        core.counters.statistics
    }

    /// Puts another configuration, with its filters, in place at once.
    ///
    /// Exchanges that run keep the old one, which is freed with the last of them; no request is dropped.
    ///
    /// - Throws: where the configuration cannot be used; then the old one stays.
    package func replaceConfiguration(_ configuration: GatewayConfiguration) throws {
        core.runtime = try GatewayRuntime(configuration)
    }

    /// Puts another certificate in place for connections that begin from now on, on all listeners that speak TLS.
    package func replaceIdentity(_ new: ServerIdentity.Loaded) {
        for identity in identities { identity.replace(new) }
    }

    /// When the certificate of the first listener with one ends, in seconds since 1970; nil without TLS.
    package var certificateEnd: Int? { identities.first?.end }

    /// Stops accepting, lets running exchanges finish and closes what is left after the given time.
    ///
    /// - Returns: whether everything finished by itself.
    @discardableResult
    package func shutDown(within timeout: Duration) async -> Bool {
        // From now on responses tell clients that their connection closes. A second call has nothing left to do.
        guard !core.isDraining.exchange(true, ordering: .relaxed) else {
            return true
        }
        for channel in channels {
            try? await channel.close().get()
        }
        for loop in loops {
            loop.eventLoop.execute { loop.value.drain() }
        }
        let clock = ContinuousClock()
        let end = clock.now + timeout
        while statistics.activeConnections > 0, clock.now < end {
            try? await clock.sleep(for: .milliseconds(10))
        }
        let isFinished = statistics.activeConnections == 0
        for loop in loops {
            try? await loop.eventLoop.submit { loop.value.closeAll() }.get()
        }
        // What was closed says goodbye to its loop before the loops go.
        let last = clock.now + .seconds(1)
        while statistics.activeConnections > 0, clock.now < last {
            try? await clock.sleep(for: .milliseconds(5))
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            core.logger.error("event loops did not stop", metadata: ["error": "\(error)"])
        }
        return isFinished
    }

    private static func bind(
        _ listener: GatewayListener,
        _ identity: ServerIdentity?,
        _ core: GatewayCore,
        _ group: MultiThreadedEventLoopGroup,
        _ loops: [NIOLoopBound<LoopState>]
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    if let identity {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: identity.context))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        ClientConnection(core: core, loopState: loop.value, isTLS: identity != nil)
                    )
                }
            }
            .bind(host: listener.host, port: listener.port)
            .get()
    }
}
