// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Integrations

@Suite struct FeedDownloadTests {
    private let folder: TestFolder
    private var path: String { folder.path + "/feed" }

    init() throws {
        folder = try TestFolder()
    }

    private func download(
        _ url: String,
        _ change: (inout FeedDownload) -> Void = { _ in }
    ) async throws
        -> FeedDownload.Outcome
    {
        var download = FeedDownload(url)
        download.allowsPrivate = true
        change(&download)
        return try await download.fetch(to: path)
    }

    @Test func `fetches a feed once, and again only when it changed`() async throws {
        let server = try await FeedServer.start { request in
            request.headers["if-none-match"] == "\"one\""
                ? .init(status: 304) : .init(headers: [("etag", "\"one\"")], body: "the feed")
        }
        let url = "http://127.0.0.1:\(server.port)/all.json"
        let first = try await download(url)
        #expect(first == .fetched(etag: "\"one\"", lastModified: nil, bytes: 8))
        #expect(folder.read("feed") == "the feed")
        let second = try await download(url) { $0.etag = "\"one\"" }
        #expect(second == .unchanged)
        let third = try await download(url) { $0.etag = "\"other\"" }
        #expect(third == first)
        await server.stop()
    }

    @Test func `an address of this machine or a private network is asked only where that is allowed`() async throws {
        let server = try await FeedServer.start { _ in .init(body: "secret") }
        for url in ["http://127.0.0.1:\(server.port)/", "http://localhost:\(server.port)/"] {
            let error = await #expect(throws: OutputError.self) { try await download(url) { $0.allowsPrivate = false } }
            #expect(error?.code == .refused && error?.message.contains("--allow-private") == true)
        }
        let metadata = await #expect(throws: OutputError.self) { try await download("http://169.254.169.254/latest") }
        #expect(metadata?.code == .settings || metadata?.code == .refused)
        #expect(server.count == 0)
        #expect(!FileManager.default.fileExists(atPath: path))
        await server.stop()
    }

    @Test(
        arguments: [
            ("10.1.2.3", true), ("127.0.0.1", true), ("192.168.1.1", true), ("172.16.0.1", true), ("172.32.0.1", false),
            ("100.64.0.1", true), ("8.8.8.8", false), ("::1", true), ("fd12::1", true), ("2606:4700::1", false),
            ("::ffff:10.0.0.1", true), ("64:ff9b::7f00:1", true), ("2002:0a00:0001::1", true),
        ]
    )
    func `addresses are private or not`(text: String, isPrivate: Bool) throws {
        #expect(try #require(ResolvedAddress.literal(text)).isPrivate == isPrivate)
    }

    @Test(arguments: [
        ("https://feeds.example/osv/npm.zip", "https://feeds.example/osv/npm.zip"),
        (
            "https://ada:pw@feeds.example/a?ecosystem=npm&access_token=s3cret",
            "https://feeds.example/a?ecosystem=npm&access_token=..."
        ),
        (
            "https://s3.example/b?X-Amz-Signature=ab&X-Amz-Date=2026",
            "https://s3.example/b?X-Amz-Signature=...&X-Amz-Date=2026"
        ),
        ("https://feeds.example/a?q=a%20b#token=1", "https://feeds.example/a?q=a%20b"),
    ])
    func `an address is shown without what signs its reader in`(url: String, shown: String) {
        #expect(ShownAddress.text(url) == shown)
    }

    @Test func `redirections are followed on the same host alone`() async throws {
        let server = try await FeedServer.start { request in
            switch request.path {
            case "/old": .init(status: 302, headers: [("location", "/new")])
            case "/new": .init(body: "moved")
            case "/away": .init(status: 302, headers: [("location", "https://example.com/feed")])
            default: .init(status: 302, headers: [("location", "/round")])
            }
        }
        let base = "http://127.0.0.1:\(server.port)"
        #expect(try await download(base + "/old") == .fetched(etag: nil, lastModified: nil, bytes: 5))
        let away = await #expect(throws: OutputError.self) { try await download(base + "/away") }
        #expect(away?.message.contains("another host, example.com") == true)
        let round = await #expect(throws: OutputError.self) { try await download(base + "/round") }
        #expect(round?.message.contains("redirections") == true)
        await server.stop()
    }

    @Test func `what is too large, missing or cut short leaves nothing behind`() async throws {
        let server = try await FeedServer.start { request in
            switch request.path {
            case "/large": .init(body: String(repeating: "x", count: 5000))
            case "/chunked": .init(body: String(repeating: "x", count: 5000), isChunked: true)
            case "/cut": .init(body: String(repeating: "x", count: 5000), missing: 100)
            default: .init(status: 404)
            }
        }
        let base = "http://127.0.0.1:\(server.port)"
        for name in ["/large", "/chunked"] {
            let error = await #expect(throws: OutputError.self) { try await download(base + name) { $0.limit = 4999 } }
            #expect(error?.code == .tooLarge, "\(name)")
        }
        let missing = await #expect(throws: OutputError.self) { try await download(base + "/none") }
        #expect(missing?.message.hasSuffix("status 404") == true)
        await #expect(throws: OutputError.self) { try await download(base + "/cut") }
        #expect(!FileManager.default.fileExists(atPath: path))
        await server.stop()
    }
}

/// A server of feeds on this machine.
private final class FeedServer: Sendable {
    struct Answer {
        var status = 200
        var headers: [(String, String)] = []
        var body = ""
        var isChunked = false
        /// Bytes at the end that are promised and do not come.
        var missing = 0
    }

    typealias Script = @Sendable (ReceivedMessage) -> Answer

    private let channel: any Channel
    private let inbox: Inbox<ReceivedMessage>
    var port: Int { channel.localAddress?.port ?? 0 }
    var count: Int { inbox.items.count }

    static func start(_ script: @escaping Script) async throws -> FeedServer {
        let inbox = Inbox<ReceivedMessage>()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answering(inbox, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FeedServer(channel, inbox)
    }

    private init(_ channel: any Channel, _ inbox: Inbox<ReceivedMessage>) {
        self.channel = channel
        self.inbox = inbox
    }

    func stop() async { try? await channel.close().get() }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let inbox: Inbox<ReceivedMessage>
        private let script: Script
        private var message = ReceivedMessage(path: "", headers: [:], body: [])

        init(_ inbox: Inbox<ReceivedMessage>, _ script: @escaping Script) {
            self.inbox = inbox
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                var headers: [String: String] = [:]
                for (name, value) in head.headers { headers[name.lowercased()] = value }
                message = ReceivedMessage(path: head.uri, headers: headers, body: [])
            case .body: break
            case .end: answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            inbox.add(message)
            let answer = script(message)
            var headers = HTTPHeaders(answer.headers)
            if answer.isChunked {
                headers.add(name: "transfer-encoding", value: "chunked")
            } else if answer.status != 304 {
                headers.add(name: "content-length", value: "\(answer.body.utf8.count)")
            }
            let head = HTTPResponseHead(
                version: .http1_1,
                status: HTTPResponseStatus(statusCode: answer.status),
                headers: headers
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let body = Array(answer.body.utf8.dropLast(answer.missing))
            if !body.isEmpty {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            }
            guard answer.missing == 0 else {
                context.flush()
                context.close(promise: nil)
                return
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
