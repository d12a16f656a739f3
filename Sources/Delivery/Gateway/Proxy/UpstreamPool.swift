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
    /// The connections to one upstream.
    final class Place {
        let address: UpstreamAddress
        fileprivate(set) var waiting: [UpstreamConnection] = []

        init(_ address: UpstreamAddress) {
            self.address = address
        }

        /// Forgets a connection that the upstream closed.
        func remove(_ connection: UpstreamConnection) {
            waiting.removeAll { $0 === connection }
        }
    }

    private let loop: any EventLoop
    private var places: [UpstreamAddress: Place] = [:]
    /// The place that was asked for last, to be found without hashing.
    private var last: (upstream: SiteTable.Upstream, place: Place)?
    private var isSweepScheduled = false
    private var isClosed = false

    init(loop: any EventLoop) {
        self.loop = loop
    }

    private func place(for upstream: SiteTable.Upstream) -> Place {
        if let last, last.upstream === upstream {
            return last.place
        }
        let place = places[upstream.address] ?? Place(upstream.address)
        places[upstream.address] = place
        last = (upstream, place)
        return place
    }

    /// A connection that waits, if there is one.
    func take(_ upstream: SiteTable.Upstream) -> UpstreamConnection? {
        let place = place(for: upstream)
        while let connection = place.waiting.popLast() {
            if connection.isUsable {
                return connection
            }
        }
        return nil
    }

    /// Keeps a connection for a next request, or closes it where there are enough.
    func put(_ connection: UpstreamConnection, limit: Int, keepAlive: TimeAmount) {
        guard !isClosed, connection.isUsable, connection.place.waiting.count < limit else {
            connection.close()
            return
        }
        connection.idleUntil = .now() + keepAlive
        connection.place.waiting.append(connection)
        scheduleSweep()
    }

    func closeAll() {
        isClosed = true
        let all = places.values.flatMap(\.waiting)
        places = [:]
        last = nil
        for connection in all {
            connection.close()
        }
    }

    /// Opens a connection; the future's value is on this loop.
    func connect(
        _ upstream: SiteTable.Upstream,
        _ runtime: GatewayRuntime,
        _ loopState: LoopState
    ) -> EventLoopFuture<any Channel> {
        let address = upstream.address
        let shared = NIOLoopBound((place: place(for: upstream), loopState: loopState), eventLoop: loop)
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
                    try channel.pipeline.syncOperations.addHandler(
                        // One per attempt: a name may stand for several addresses.
                        UpstreamConnection(shared.value.place, shared.value.loopState)
                    )
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
        var isEmpty = true
        for place in places.values {
            let expired = place.waiting.filter { $0.idleUntil <= now }
            place.waiting.removeAll { $0.idleUntil <= now }
            for connection in expired {
                connection.close()
            }
            isEmpty = isEmpty && place.waiting.isEmpty
        }
        // Places stay, also those of former configurations: connections in use come back to them.
        if !isEmpty {
            scheduleSweep()
        }
    }
}
