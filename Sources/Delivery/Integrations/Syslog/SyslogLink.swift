// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// The connection to a receiver of syslog; it is made when it is needed, and made again when it broke.
///
/// It has one user, who sends one thing after another: so no message stands within another one, and nobody's failure ends
/// the connection that somebody else sends over.
final class SyslogLink: Sendable {
    /// What became of messages.
    struct Outcome: Sendable {
        /// How many the system has taken, the first ones. Of those after them the receiver may have a part.
        var sent = 0
        var error: OutputError?
    }

    private struct State {
        var channel: (any Channel)?
        /// Whether what comes next goes over a new connection.
        var isStale = false
        var isSending = false
        var isClosed = false
    }

    private let settings: SyslogSettings
    private let tls: NIOSSLContext?
    private let lookup: NameLookup
    private let patience: Duration
    private let state = Mutex(State())

    /// The most addresses of a name that are tried.
    private static let mostTried = 4

    /// - Parameter patience: the longest that a receiver may take for a connection, or for what it is sent.
    /// - Throws: ``OutputError`` where the certificates cannot be read.
    init(_ settings: SyslogSettings, patience: Duration = .seconds(30)) throws(OutputError) {
        self.settings = settings
        self.patience = patience
        lookup = NameLookup(settings.host)
        tls = settings.transport == .tls ? try Self.context(settings) : nil
    }

    private static func context(_ settings: SyslogSettings) throws(OutputError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.authorities { configuration.trustRoots = .file(file) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw OutputError(
                .settings,
                "certificates in \(settings.authorities ?? "the system") cannot be used: \(error)"
            )
        }
    }

    /// Sends messages, each framed already. Returns when the system has taken all, or it failed, or the task is cancelled.
    func send(_ messages: ArraySlice<ByteBuffer>) async -> Outcome {
        let isFree = state.withLock { state in
            defer { state.isSending = true }
            return !state.isSending
        }
        guard isFree else { return Outcome(error: OutputError(.connection, "\(settings.target): it is in use")) }
        defer { rest() }
        let fuse = LinkFuse()
        return await withTaskCancellationHandler {
            await send(messages, fuse)
        } onCancel: {
            fuse.blow()
        }
    }

    private func send(_ messages: ArraySlice<ByteBuffer>, _ fuse: LinkFuse) async -> Outcome {
        var outcome = Outcome()
        do {
            let channel = try await open(fuse)
            // Whoever does not read for so long is given up, and so is what waits for it.
            let alarm = channel.eventLoop.scheduleTask(in: .nanoseconds(patience.nanoseconds)) { fuse.blow() }
            defer { alarm.cancel() }
            if settings.transport == .udp {
                for message in messages {
                    try await channel.writeAndFlush(message).get()
                    outcome.sent += 1
                }
            } else {
                var all = ByteBuffer()
                all.reserveCapacity(messages.reduce(0) { $0 + $1.readableBytes })
                for message in messages { all.writeImmutableBuffer(message) }
                try await channel.writeAndFlush(all).get()
                outcome.sent = messages.count
            }
        } catch {
            // What has broken within a message is never used again.
            fuse.blow()
            state.withLock { $0.channel = nil }
            outcome.error = OutputError(.connection, "\(settings.target): \(NetworkFailure.words(error))")
        }
        return outcome
    }

    /// Lets what comes next go over a new connection. Nobody waits, and what is being sent goes on.
    func renew() {
        let idle = state.withLock { state -> (any Channel)? in
            state.isStale = state.isSending
            guard !state.isSending else { return nil }
            defer { state.channel = nil }
            return state.channel
        }
        idle?.close(promise: nil)
    }

    /// Ends the connection, once nothing is being sent; nobody waits for the receiver to agree.
    func close() {
        state.withLock { $0.isClosed = true }
        renew()
    }

    private func rest() {
        let over = state.withLock { state -> (any Channel)? in
            state.isSending = false
            guard state.isClosed else { return nil }
            defer { state.channel = nil }
            return state.channel
        }
        over?.close(promise: nil)
    }

    // MARK: Connecting

    private func open(_ fuse: LinkFuse) async throws -> any Channel {
        let (known, stale) = state.withLock { state -> ((any Channel)?, (any Channel)?) in
            defer { state.isStale = false }
            if !state.isStale, let channel = state.channel, channel.isActive { return (channel, nil) }
            defer { state.channel = nil }
            return (nil, state.channel)
        }
        stale?.close(promise: nil)
        if let known {
            fuse.hold(known)
            return known
        }
        let opened = try await connect(fuse)
        state.withLock { $0.channel = opened }
        return opened
    }

    private func connect(_ fuse: LinkFuse) async throws -> any Channel {
        let deadline = ContinuousClock.now + patience
        guard let addresses = await lookup.addresses(within: patience)?.prefix(Self.mostTried) else {
            throw OutputError(.connection, "its name was not found in time")
        }
        var failure: any Error = OutputError(.connection, "its name has no address")
        for (place, address) in addresses.enumerated() {
            try Task.checkCancellation()
            // While others are left, one that is dead may not take all of the time.
            let left = max(.zero, deadline - .now)
            let share = place < addresses.count - 1 ? left / 2 : left
            do {
                return try await connect(to: address.socketAddress(port: settings.port), within: share, fuse)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func connect(
        to address: SocketAddress,
        within limit: Duration,
        _ fuse: LinkFuse
    ) async throws -> any Channel {
        let group = MultiThreadedEventLoopGroup.singleton
        guard settings.transport != .udp else {
            let channel = try await DatagramBootstrap(group: group).connect(to: address).get()
            fuse.hold(channel)
            return channel
        }
        let context = tls
        let host = settings.host
        return try await ClientBootstrap(group: group)
            .connectTimeout(.nanoseconds(limit.nanoseconds))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(LinkEnd(), name: LinkEnd.name)
                    if let context { try pipeline.addHandler(Self.handler(context, host)) }
                    try pipeline.addHandler(SilentReceiver())
                    fuse.hold(channel)
                }
            }
            .connect(to: address).get()
    }

    /// Addresses have no name that could be told to the server.
    private static func handler(_ context: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        let isAddress = ResolvedAddress.literal(host) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}

/// Receivers of syslog say nothing; what one says all the same is let go, and an error ends the connection.
private final class SilentReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
