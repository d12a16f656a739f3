// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import ServiceLifecycle

/// The console: pages, the HTTP API, metrics and health, on TCP and on a local socket, and for the program itself.
///
/// ```swift
/// let console = try Console(services, settings, logger: logger)
/// try await console.run { address in print("Console: \(address)") }
/// let answer = await console.answer(LocalRequest("GET", "/api/v1/detections"), as: "root")
/// ```
package final class Console: Sendable {
    private let settings: ConsoleSettings
    private let logger: Logger
    private let responder: ConsoleResponder
    let routes: [Route]
    let pipeline: ConsolePipeline

    package init(_ services: ConsoleServices, _ settings: ConsoleSettings = ConsoleSettings(), logger: Logger) {
        self.settings = settings
        self.logger = logger
        pipeline = ConsolePipeline(services: services, settings: settings)
        routes = RouteTable.make(pipeline)
        responder = ConsoleResponder(pipeline, routes, logger: logger)
    }

    /// Serves until the task is cancelled or the surrounding service group shuts down gracefully.
    ///
    /// - Parameter running: called with the address once TCP is served, such as `http://127.0.0.1:7433`.
    package func run(_ running: @escaping @Sendable (String) async -> Void) async throws {
        guard settings.servesTCP else {
            if let path = settings.socketPath {
                try await SocketService(path: path, application: socketApplication(path)).run()
            }
            return
        }
        var services: [any Service] = []
        if let path = settings.socketPath {
            services.append(SocketService(path: path, application: socketApplication(path)))
        }
        let application = try application(services: services, running)
        try await application.run()
    }

    /// Answers a request of the program itself, with the rights of an administrator.
    ///
    /// - Parameter name: of the account that runs the program.
    package func answer(_ request: LocalRequest, as name: String) async -> LocalAnswer {
        await LocalExchange(responder: responder, logger: logger).answer(request, as: name)
    }

    // MARK: Servers

    private func application(
        services: [any Service],
        _ running: @escaping @Sendable (String) async -> Void
    ) throws -> Application<ConsoleResponder> {
        let scheme = settings.tls == nil ? "http" : "https"
        let http = http
        let server: HTTPServerBuilder =
            if let tls = settings.tls {
                HTTPServerBuilder { responder in
                    TLSLayer(base: HTTP1Channel(responder: responder, configuration: http), context: tls)
                }
            } else { .http1(configuration: http) }
        let host = settings.host
        return Application(
            responder: responder,
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                serverName: nil,
                availableConnectionsDelegate: .maximum(settings.maximumConnections, logger: logger)
            ),
            services: services,
            onServerRunning: { channel in
                let shown = host.contains(":") ? "[\(host)]" : host
                await running("\(scheme)://\(shown):\(channel.localAddress?.port ?? 0)")
            },
            logger: quiet
        )
    }

    /// Hummingbird tells of connections that end with the server as of errors; what cannot start is thrown as well.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = .critical
        return quiet
    }

    private func socketApplication(_ path: String) -> Application<ConsoleResponder> {
        Application(
            responder: responder,
            server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: path),
                availableConnectionsDelegate: .maximum(64, logger: logger)
            ),
            onServerRunning: { _ in LocalSocket.restrict(path) },
            logger: quiet
        )
    }

    /// A request that is half sent, or a connection that does nothing, is let go of.
    private var http: HTTP1Channel.Configuration {
        let (patience, meters) = (settings.patience, pipeline.meters)
        let uploads = Set(routes.filter { $0.upload != nil }.map(\.path))
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionCare(patience, uploads: uploads, meters)],
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: 16 << 10,
                maxHeaderListSize: 32 << 10,
                maxHeaderFieldCount: 100
            )
        )
    }
}

/// The console on the local socket.
private struct SocketService: Service {
    let path: String
    let application: Application<ConsoleResponder>

    func run() async throws {
        try LocalSocket.prepare(path)
        defer { LocalSocket.remove(path) }
        try await application.run()
    }
}
