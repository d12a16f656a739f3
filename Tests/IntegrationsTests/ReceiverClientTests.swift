// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Integrations

/// Where requests go: to addresses that were checked, and to no others.
@Suite(.timeLimit(.minutes(20))) struct ReceiverClientTests {
    private func address(_ text: String) throws -> ResolvedAddress {
        try #require(ResolvedAddress.literal(text))
    }

    private func client(
        _ url: String,
        timeout: Duration = .seconds(120),
        authorities: String? = nil,
        resolve: @escaping NameLookup.Resolve = ResolvedAddress.resolve
    ) throws -> ReceiverClient {
        try ReceiverClient(WebhookAddress(url), timeout: timeout, authorities: authorities, resolve: resolve)
    }

    @Test(arguments: [
        "169.254.169.254", "100.100.100.200", "::ffff:192.0.0.192", "fd00:ec2::254", "64:ff9b::a9fe:a9fe",
    ])
    func `a name that stands for a forbidden address too is sent nothing`(text: String) async throws {
        let receiver = try await HTTPReceiver.start()
        let addresses = [try address("127.0.0.1"), try address(text)]
        let client = try client("http://hooks.invalid:\(receiver.port)/") { _ in addresses }
        let error = await #expect(throws: OutputError.self) { try await client.post([], [:]) }
        #expect(error?.code == .refused && receiver.messages.isEmpty)
        client.close()
        await receiver.stop()
    }

    /// No resolver knows the name: had the client looked it up by itself, it would not arrive.
    @Test func `a connection goes to the address that was checked, under the receiver's name`() async throws {
        let receiver = try await HTTPReceiver.start()
        let loopback = try address("127.0.0.1")
        let lookups = Mutex(0)
        let client = try client("http://hooks.invalid:\(receiver.port)/x?y=1") { name in
            lookups.withLock { $0 += 1 }
            return name == "hooks.invalid" ? [loopback] : []
        }
        for _ in 0..<3 { #expect(try await client.post(Array("{}".utf8), [:]).status == 204) }
        #expect(lookups.withLock { $0 } == 3)
        let host = "hooks.invalid:\(receiver.port)"
        #expect(receiver.messages.allSatisfy { $0.headers["host"] == host && $0.path == "/x?y=1" })
        #expect(receiver.messages.count == 3)
        client.close()
        await receiver.stop()
    }

    @Test func `a name that begins to stand for a forbidden address is sent nothing more`() async throws {
        let receiver = try await HTTPReceiver.start()
        let answers = Mutex([[try address("127.0.0.1")], [try address("169.254.169.254")]])
        let client = try client("http://hooks.invalid:\(receiver.port)/") { _ in
            answers.withLock { $0.isEmpty ? [] : $0.removeFirst() }
        }
        #expect(try await client.post([], [:]).status == 204)
        await #expect(throws: OutputError.self) { try await client.post([], [:]) }
        await #expect(throws: OutputError.self) { try await client.post([], [:]) }
        #expect(receiver.messages.count == 1)
        client.close()
        await receiver.stop()
    }

    @Test func `TLS asks for the name, and not for the address`() async throws {
        let folder = try TestFolder()
        let authorities = try folder.write(LocalhostIdentity.certificate, to: "ca.pem")
        let receiver = try await HTTPReceiver.start(tls: true)
        let loopback = try address("127.0.0.1")
        let client = try client("https://localhost:\(receiver.port)/", authorities: authorities) { _ in [loopback] }
        #expect(try await client.post([], [:]).status == 204)
        client.close()
        let other = try self.client("https://hooks.invalid:\(receiver.port)/", authorities: authorities) { _ in
            [loopback]
        }
        await #expect(throws: OutputError.self) { try await other.post([], [:]) }
        #expect(receiver.messages.count == 1)
        other.close()
        await receiver.stop()
    }

    @Test func `an address that nobody listens at is passed over, and one that is left is let go`() async throws {
        let receiver = try await HTTPReceiver.start(on: "127.0.0.2")
        let (dead, alive) = (try address("127.0.0.3"), try address("127.0.0.2"))
        let isMoved = Mutex(false)
        let client = try client("http://hooks.invalid:\(receiver.port)/") { _ in
            isMoved.withLock { $0 } ? [dead] : [dead, alive]
        }
        #expect(try await client.post([], [:]).status == 204)
        isMoved.withLock { $0 = true }
        await #expect(throws: OutputError.self) { try await client.post([], [:]) }
        #expect(receiver.messages.count == 1)
        client.close()
        await receiver.stop()
    }

    @Test func `each address of a name is tried in the end, and the one that is there comes first then`() async throws {
        let receiver = try await HTTPReceiver.start(on: "127.0.0.2")
        let dead = try (10..<15).map { try address("127.0.0.\($0)") }
        let alive = try address("127.0.0.2")
        let client = try client("http://hooks.invalid:\(receiver.port)/") { _ in dead + [alive] }
        await #expect(throws: OutputError.self) { try await client.post([], [:]) }
        #expect(try await client.post([], [:]).status == 204)
        // Were the dead ones first, this would fail.
        #expect(try await client.post([], [:]).status == 204)
        client.close()
        await receiver.stop()
    }

    @Test func `the address that was connected to last is the first one`() throws {
        let addresses = try (1...4).map { try address("127.0.0.\($0)") }
        let connections = CheckedConnections(host: "hooks.invalid")
        #expect(connections.use(addresses) == addresses)
        connections.note(addresses[0], isThere: false)
        connections.note(addresses[2], isThere: true)
        #expect(connections.use(addresses) == [2, 1, 3, 0].map { addresses[$0] })
        connections.note(addresses[2], isThere: false)
        connections.note(addresses[0], isThere: true)
        #expect(connections.use(addresses) == [0, 1, 3, 2].map { addresses[$0] })
    }

    @Test func `redirects are not followed, wherever they lead`() async throws {
        let other = try await HTTPReceiver.start()
        let receiver = try await HTTPReceiver.start { _, _ in (308, [("location", "http://127.0.0.1:\(other.port)/")]) }
        let client = try client("http://127.0.0.1:\(receiver.port)/")
        #expect(try await client.post([], [:]).status == 308)
        #expect(other.messages.isEmpty)
        client.close()
        await receiver.stop()
        await other.stop()
    }

    @Test func `an answer that never ends does not hold up the next request`() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Dripping()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        // Each byte comes well within the time; all of them would take half an hour.
        let client = try client("http://127.0.0.1:\(port)/", timeout: .seconds(2))
        for _ in 0..<2 {
            let answer = try? await client.post([], [:])
            #expect(answer == nil || answer?.status == 200)
        }
        client.close()
        try await server.close().get()
    }

    @Test func `a request that is cancelled waits neither for a name nor for an answer`() async throws {
        let receiver = try await HTTPReceiver.start { _, _ in nil }
        let silent = try client("http://127.0.0.1:\(receiver.port)/", timeout: .seconds(36_000))
        let request = Task { try await silent.post([], [:]) }
        #expect(try await eventually { !receiver.messages.isEmpty })
        request.cancel()
        await #expect(throws: OutputError.self) { try await request.value }
        silent.close()
        await receiver.stop()
    }

    @Test func `a resolver that hangs is not waited for, and holds one thread`() async throws {
        let gate = Gate()
        let asked = Mutex(0)
        let lookup = NameLookup("hooks.invalid") { _ in
            asked.withLock { $0 += 1 }
            gate.wait()
            return []
        }
        for _ in 0..<20 { #expect(await lookup.addresses(within: .milliseconds(5)) == nil) }
        let waiting = Task { await lookup.addresses(within: .seconds(36_000)) }
        waiting.cancel()
        #expect(await waiting.value == nil)
        #expect(asked.withLock { $0 } <= 1)
        gate.open()
        #expect(try await eventually { asked.withLock { $0 } == 1 })
    }
}

/// Holds a thread till it is opened.
final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func wait() {
        while !isOpen.withLock({ $0 }) { usleep(2000) }
    }
}

/// Answers with a body that comes a byte at a time.
private final class Dripping: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var hasAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        hasAnswered = true
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 16000\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
        drip(context.channel)
    }

    private func drip(_ channel: any Channel) {
        channel.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { task in
            guard channel.isActive else { return task.cancel() }
            channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        }
    }
}
