// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One event loop's connections to upstreams that wait for a next request.
///
/// Exchanges run on their client's loop and use connections of the same loop, so that nothing here is shared.
/// Connections are taken last in, first out; a sweep closes those that waited too long.
final class UpstreamPool {
    private let loop: any EventLoop
    private var idle: [UpstreamAddress: [UpstreamConnection]] = [:]
    private var isSweepScheduled = false
    private var isClosed = false

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// A connection that waits, if there is one.
    func take(_ address: UpstreamAddress) -> UpstreamConnection? {
        guard var waiting = idle[address] else {
            return nil
        }
        // Take the array out while it changes, so that it is not copied.
        idle[address] = []
        defer { idle[address] = waiting }
        while let connection = waiting.popLast() {
            if connection.isUsable {
                return connection
            }
        }
        return nil
    }

    /// Keeps a connection for a next request, or closes it where there are enough.
    func put(_ connection: UpstreamConnection, limit: Int, keepAlive: TimeAmount) {
        guard !isClosed, connection.isUsable, idle[connection.address, default: []].count < limit else {
            connection.close()
            return
        }
        connection.idleUntil = .now() + keepAlive
        idle[connection.address, default: []].append(connection)
        scheduleSweep()
    }

    /// Forgets a connection that the upstream closed.
    func remove(_ connection: UpstreamConnection) {
        idle[connection.address]?.removeAll { $0 === connection }
    }

    func closeAll() {
        isClosed = true
        let all = idle.values.joined()
        idle = [:]
        for connection in all {
            connection.close()
        }
    }

    /// Opens a connection; the future's value is on this loop.
    func connect(_ address: UpstreamAddress, _ runtime: GatewayRuntime) -> EventLoopFuture<any Channel> {
        let context = address.isTLS ? runtime.tlsContext(for: address) : nil
        let isName = NumericAddress(address.host) == nil
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(runtime.waits.upstreamConnect)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if address.isTLS {
                        guard let context else {
                            throw GatewayAddressError("no TLS context for \(address.host)")
                        }
                        let name = isName ? address.host : nil
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: name)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(UpstreamConnection(address))
                }
            }
        guard !isName, let socket = try? SocketAddress(ipAddress: address.host, port: address.port) else {
            return bootstrap.connect(host: address.host, port: address.port)
        }
        return bootstrap.connect(to: socket)
    }

    private func scheduleSweep() {
        guard !isSweepScheduled else {
            return
        }
        isSweepScheduled = true
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in
            self?.sweep()
        }
    }

    private func sweep() {
        isSweepScheduled = false
        let now = NIODeadline.now()
        for (address, waiting) in idle {
            let expired = waiting.filter { $0.idleUntil <= now }
            guard !expired.isEmpty else {
                continue
            }
            idle[address] = waiting.filter { $0.idleUntil > now }
            for connection in expired {
                connection.close()
            }
        }
        idle = idle.filter { !$0.value.isEmpty }
        if !idle.isEmpty {
            scheduleSweep()
        }
    }
}
