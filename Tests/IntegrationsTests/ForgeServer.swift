// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Integrations

/// A request that a system of tickets got.
struct ForgeCall: Sendable {
    var method: String
    /// Path and query as they came.
    var target: String
    var headers: [String: String]
    var body: [UInt8]

    var path: String { String(target.prefix { $0 != "?" }) }
    var line: String { "\(method) \(target)" }
    var json: JSONValue? { try? JSONReader.read(body) }
}

/// An answer of a system of tickets.
struct ForgeReply: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body = ""

    init(_ body: String = "", status: Int = 200, headers: [(String, String)] = []) {
        self.body = body
        self.status = status
        self.headers = headers
    }
}

/// A server on this machine that plays a system of tickets.
final class ForgeServer: Sendable {
    typealias Script = @Sendable (Int, ForgeCall) -> ForgeReply

    private let box: Inbox<ForgeCall>
    private let channel: any Channel
    let port: Int

    static func start(_ script: @escaping Script) async throws -> ForgeServer {
        let inbox = Inbox<ForgeCall>()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answering(inbox, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ForgeServer(inbox, channel)
    }

    private init(_ inbox: Inbox<ForgeCall>, _ channel: any Channel) {
        box = inbox
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    var calls: [ForgeCall] { box.items }
    var lines: [String] { box.items.map(\.line) }
    func stop() async { try? await channel.close().get() }

    /// Settings for it, with a token in a file of the folder.
    func settings(
        _ kind: TicketSettings.Kind,
        _ folder: TestFolder,
        project: String,
        _ change: (inout TicketSettings) -> Void = { _ in }
    ) throws -> TicketSettings {
        var settings = try TicketSettings(
            name: "forge",
            kind: kind,
            address: "http://forge.invalid:\(port)",
            project: project,
            secret: .file(try folder.write(Self.token + "\n", to: "token"))
        )
        settings.allowsPrivate = true
        // On a busy machine an answer may take a minute; that is not what is tested.
        settings.timeout = .seconds(600)
        change(&settings)
        return settings
    }

    /// A client whose pauses are noted and take no time.
    static func client(
        _ settings: TicketSettings,
        headers: [(String, String)] = [],
        pauses: Inbox<Duration> = Inbox()
    ) throws -> ForgeClient {
        let loopback = try #require(ResolvedAddress.literal("127.0.0.1"))
        return try ForgeClient(
            settings,
            version: "1.2.3",
            headers: headers,
            resolve: { $0 == "forge.invalid" ? [loopback] : [] },
            pause: { pauses.add($0) }
        )
    }

    static let token = "glpat-0123456789abcdefghij"

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let inbox: Inbox<ForgeCall>
        private let script: Script
        private var call = ForgeCall(method: "", target: "", headers: [:], body: [])

        init(_ inbox: Inbox<ForgeCall>, _ script: @escaping Script) {
            self.inbox = inbox
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                var headers: [String: String] = [:]
                for (name, value) in head.headers { headers[name.lowercased()] = value }
                call = ForgeCall(method: "\(head.method)", target: head.uri, headers: headers, body: [])
            case .body(let part): call.body += part.readableBytesView
            case .end:
                let number = inbox.items.count
                inbox.add(call)
                let reply = script(number, call)
                var headers = HTTPHeaders(reply.headers)
                headers.add(name: "content-type", value: "application/json")
                headers.add(name: "content-length", value: "\(reply.body.utf8.count)")
                let head = HTTPResponseHead(
                    version: .http1_1,
                    status: HTTPResponseStatus(statusCode: reply.status),
                    headers: headers
                )
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reply.body)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
