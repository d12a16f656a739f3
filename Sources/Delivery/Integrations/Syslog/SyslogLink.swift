// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// The connection to a receiver of syslog; it is made when it is needed, and made again when it broke.
final class SyslogLink: Sendable {
    private let settings: SyslogSettings
    private let tls: NIOSSLContext?
    private let channel = Mutex<(any Channel)?>(nil)

    /// The longest that a receiver may take for a connection, or for what it is sent.
    private static let patience = TimeAmount.seconds(30)

    /// - Throws: ``OutputError`` where the certificates cannot be read.
    init(_ settings: SyslogSettings) throws(OutputError) {
        self.settings = settings
        guard settings.transport == .tls else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.authorities { configuration.trustRoots = .file(file) }
        do {
            tls = try NIOSSLContext(configuration: configuration)
        } catch {
            throw OutputError(
                .settings,
                "certificates in \(settings.authorities ?? "the system") cannot be used: \(error)"
            )
        }
    }

    /// Sends messages, each framed already. Returns when the system has taken all.
    ///
    /// - Throws: ``OutputError``; then some of them may have been sent.
    func send(_ messages: [ByteBuffer]) async throws(OutputError) {
        do {
            let channel = try await open()
            // Whoever does not read for so long is given up, and so is what waits for it.
            let alarm = channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
            defer { alarm.cancel() }
            if settings.transport == .udp {
                for message in messages { try await channel.writeAndFlush(message).get() }
            } else {
                var all = ByteBuffer()
                all.reserveCapacity(messages.reduce(0) { $0 + $1.readableBytes })
                for message in messages { all.writeImmutableBuffer(message) }
                try await channel.writeAndFlush(all).get()
            }
        } catch {
            await close()
            throw OutputError(.connection, "\(settings.target): \(Self.words(error))")
        }
    }

    func close() async {
        let open = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        // What is closed already cannot be closed again, which is as well.
        try? await open?.close().get()
    }

    private func open() async throws -> any Channel {
        if let channel = channel.withLock({ $0 }), channel.isActive { return channel }
        let opened = try await connect()
        channel.withLock { $0 = opened }
        return opened
    }

    private func connect() async throws -> any Channel {
        let group = MultiThreadedEventLoopGroup.singleton
        guard settings.transport != .udp else {
            return try await DatagramBootstrap(group: group).connect(host: settings.host, port: settings.port).get()
        }
        let context = tls
        let host = settings.host
        return try await ClientBootstrap(group: group)
            .connectTimeout(Self.patience)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(Self.handler(context, host)) }
                    try pipeline.addHandler(SilentReceiver())
                }
            }
            .connect(host: settings.host, port: settings.port).get()
    }

    /// Addresses have no name that could be told to the server.
    private static func handler(_ context: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    /// What went wrong, in a line that may be shown.
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            return error.connectionErrors.first.map { words($0.error) } ?? "the name has no address"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: return "no answer within \(patience.nanoseconds / 1_000_000_000) s"
        case is ChannelError: return "the connection was closed"
        default: return String(String(describing: error).replacing("\n", with: " ").prefix(300))
        }
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
