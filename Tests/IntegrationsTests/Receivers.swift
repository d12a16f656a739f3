// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A folder for one test.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("outputs-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    func read(_ name: String) -> String {
        (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? ""
    }
}

/// Waits till something holds. A busy machine may take its time: some minutes are no failure.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    for _ in 0..<45_000 {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}

/// What a receiver has got.
final class Inbox<Item: Sendable>: Sendable {
    private let state = Mutex<[Item]>([])

    var items: [Item] { state.withLock { $0 } }
    func add(_ item: Item) { state.withLock { $0.append(item) } }
}

/// A request that a webhook's receiver got.
struct ReceivedMessage: Sendable {
    var path: String
    var headers: [String: String]
    var body: [UInt8]
}

/// A receiver of webhooks on this machine.
final class HTTPReceiver: Sendable {
    /// What it answers to the request of a number, from 0; nil to answer nothing at all.
    typealias Script = @Sendable (Int, ReceivedMessage) -> (status: Int, headers: [(String, String)])?

    private let box: Inbox<ReceivedMessage>
    private let channel: any Channel
    let port: Int

    /// Listens; over TLS as `localhost`.
    static func start(
        on address: String = "127.0.0.1",
        port: Int = 0,
        tls: Bool = false,
        _ script: @escaping Script = { _, _ in (204, []) }
    ) async throws -> HTTPReceiver {
        let inbox = Inbox<ReceivedMessage>()
        let context = tls ? try LocalhostIdentity.serverContext() : nil
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answering(inbox, script))
                }
            }
            .bind(host: address, port: port).get()
        return HTTPReceiver(inbox, channel)
    }

    private init(_ inbox: Inbox<ReceivedMessage>, _ channel: any Channel) {
        box = inbox
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    var messages: [ReceivedMessage] { box.items }
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
            case .body(let part): message.body += part.readableBytesView
            case .end:
                let number = inbox.items.count
                inbox.add(message)
                guard let answer = script(number, message) else { return }
                var headers = HTTPHeaders(answer.headers)
                headers.add(name: "content-length", value: "0")
                let head = HTTPResponseHead(
                    version: .http1_1,
                    status: HTTPResponseStatus(statusCode: answer.status),
                    headers: headers
                )
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

/// A receiver of syslog over TCP, with or without TLS.
final class StreamReceiver: Sendable {
    private let server = Mutex<(any Channel)?>(nil)
    let port: Int

    static func start(tls: Bool = false, port: Int = 0, reads: Bool = true) async throws -> StreamReceiver {
        let context = tls ? try LocalhostIdentity.serverContext() : nil
        let box = Box()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: reads)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(Collecting(box))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return StreamReceiver(box, channel)
    }

    final class Box: Sendable {
        let bytes = Mutex<[ObjectIdentifier: [UInt8]]>([:])
        let channels = Mutex<[any Channel]>([])
    }

    private let box: Box

    private init(_ box: Box, _ channel: any Channel) {
        self.box = box
        port = channel.localAddress?.port ?? 0
        server.withLock { $0 = channel }
    }

    /// How many have connected.
    var connections: Int { box.channels.withLock { $0.count } }

    /// The messages of all connections, cut at the lengths that stand before them; nil where they are not framed so.
    var messages: [String]? {
        var messages: [String] = []
        for bytes in box.bytes.withLock({ Array($0.values) }) {
            guard let some = Self.messages(in: bytes) else { return nil }
            messages += some
        }
        return messages
    }

    private static func messages(in bytes: [UInt8]) -> [String]? {
        var rest = bytes[...]
        var messages: [String] = []
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: 0x20),
                let count = Int(String(decoding: rest[..<space], as: UTF8.self))
            else { return nil }
            let start = space + 1
            guard rest.endIndex - start >= count else { break }
            messages.append(String(decoding: rest[start..<start + count], as: UTF8.self))
            rest = rest[(start + count)...]
        }
        return messages
    }

    func stop() async {
        try? await server.withLock { $0 }?.close().get()
        for channel in box.channels.withLock({ $0 }) { try? await channel.close().get() }
    }

    private final class Collecting: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let box: Box

        init(_ box: Box) { self.box = box }

        func channelActive(context: ChannelHandlerContext) {
            let channel = context.channel
            box.channels.withLock { $0.append(channel) }
            context.fireChannelActive()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = Array(unwrapInboundIn(data).readableBytesView)
            let connection = ObjectIdentifier(context.channel)
            box.bytes.withLock { $0[connection, default: []] += part }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

/// A receiver of syslog over UDP.
final class DatagramReceiver: Sendable {
    let inbox: Inbox<String>
    private let channel: any Channel
    let port: Int

    static func start() async throws -> DatagramReceiver {
        let inbox = Inbox<String>()
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collecting(inbox))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return DatagramReceiver(inbox, channel)
    }

    private init(_ inbox: Inbox<String>, _ channel: any Channel) {
        self.inbox = inbox
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    func stop() async { try? await channel.close().get() }

    private final class Collecting: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        private let inbox: Inbox<String>

        init(_ inbox: Inbox<String>) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            inbox.add(String(decoding: unwrapInboundIn(data).data.readableBytesView, as: UTF8.self))
        }
    }
}
