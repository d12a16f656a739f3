// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// A blocking TCP connection with deadlines, as simple as a test needs.
final class TestSocket: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private let isClosed = NSLock()
    private var closed = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var time = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Connects to a port of the loopback interface, perhaps from another loopback address.
    convenience init(port: Int, from source: String? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if let source {
            var local = Self.address(source, 0)
            _ = withUnsafePointer(to: &local) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var remote = Self.address("127.0.0.1", port)
        let result = withUnsafePointer(to: &remote) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            throw Failure(description: "connect: \(String(cString: strerror(errno)))")
        }
        self.init(descriptor: descriptor)
    }

    deinit {
        close()
    }

    static func address(_ host: String, _ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                throw Failure(description: "send: \(String(cString: strerror(errno)))")
            }
            sent += count
        }
    }

    /// Says that nothing more comes.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Goes away for good: the other side sees a reset rather than an end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func close() {
        isClosed.lock()
        defer { isClosed.unlock() }
        if !closed {
            closed = true
            Glibc.close(descriptor)
        }
    }

    /// Receives some bytes; empty at the end of the connection.
    func receive() throws -> [UInt8] {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return buffer
        }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count < 0 {
            if errno == ECONNRESET {
                return []
            }
            throw Failure(description: "receive: \(String(cString: strerror(errno)))")
        }
        return Array(bytes.prefix(count))
    }

    func receive(count: Int) throws -> [UInt8] {
        guard count > 0 else {
            return []
        }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive()
            guard !more.isEmpty else {
                throw Failure(description: "connection ended after \(bytes.count) of \(count) bytes")
            }
            bytes += more
        }
        buffer = Array(bytes[count...])
        return Array(bytes[..<count])
    }

    func receive(until delimiter: String) throws -> String {
        let wanted = Array(delimiter.utf8)
        var bytes: [UInt8] = []
        var searched = 0
        while true {
            while searched + wanted.count <= bytes.count {
                if bytes[searched..<(searched + wanted.count)].elementsEqual(wanted) {
                    let end = searched + wanted.count
                    buffer = Array(bytes[end...])
                    return String(decoding: bytes[..<end], as: UTF8.self)
                }
                searched += 1
            }
            let more = try receive()
            guard !more.isEmpty else {
                throw Failure(description: "connection ended: \(String(decoding: bytes, as: UTF8.self))")
            }
            bytes += more
        }
    }

    func receiveAll() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try receive()
            if more.isEmpty {
                return bytes
            }
            bytes += more
        }
    }

    /// Receives a message: its head and its body by Content-Length, by chunks or up to the end.
    func receiveMessage(isResponse: Bool = true, isBodyExpected: Bool = true) throws -> TestMessage {
        let head = try receive(until: "\r\n\r\n")
        var message = TestMessage(head: head, body: [])
        guard isBodyExpected, !head.hasPrefix("HTTP/1.1 1"), !head.hasPrefix("HTTP/1.1 204") else {
            return message
        }
        if let length = message.field("content-length").flatMap({ Int($0) }) {
            message.body = try receive(count: length)
        } else if message.field("transfer-encoding") == "chunked" {
            while true {
                let line = try receive(until: "\r\n").dropLast()
                let size = Int(line, radix: 16) ?? 0
                message.body += try receive(count: size)
                _ = try receive(count: 2)
                if size == 0 {
                    return message
                }
            }
        } else if isResponse {
            message.body = try receiveAll()
        }
        return message
    }
}

/// A request or response as it was on the wire.
struct TestMessage: Sendable {
    var head: String
    var body: [UInt8]

    var status: Int {
        Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    var line: String {
        String(head.prefix { $0 != "\r\n" })
    }

    var text: String {
        String(decoding: body, as: UTF8.self)
    }

    /// The values of a field, joined; nil where there is none.
    func field(_ name: String) -> String? {
        let values = head.components(separatedBy: "\r\n").dropFirst().compactMap { line -> String? in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else {
                return nil
            }
            return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

/// A server of one thread per connection that answers as a closure says.
final class TestUpstream: @unchecked Sendable {
    /// Answers one request; returns whether the connection stays open.
    typealias Handler = @Sendable (TestMessage, TestSocket) throws -> Bool

    let port: Int
    private let listener: Int32
    private let lock = NSLock()
    private var received: [TestMessage] = []
    private var accepted = 0
    private var open = 0

    init(receivesBody: Bool = true, _ handler: @escaping Handler = TestUpstream.ok) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = TestSocket.address("127.0.0.1", 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) + listen(descriptor, 128) + getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else {
            throw TestSocket.Failure(description: "listen")
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        let weakSelf = Weak(self)
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else {
                    return
                }
                Thread.detachNewThread {
                    weakSelf.upstream?.serve(TestSocket(descriptor: client), receivesBody, handler)
                }
            }
        }
    }

    private struct Weak: @unchecked Sendable {
        weak var upstream: TestUpstream?

        init(_ upstream: TestUpstream) {
            self.upstream = upstream
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// The requests so far.
    var requests: [TestMessage] { lock.withLock { received } }

    /// How many connections were opened.
    var connections: Int { lock.withLock { accepted } }

    /// How many of them are open.
    var openConnections: Int { lock.withLock { open } }

    private func serve(_ socket: TestSocket, _ receivesBody: Bool, _ handler: Handler) {
        lock.withLock {
            accepted += 1
            open += 1
        }
        defer {
            socket.close()
            lock.withLock { open -= 1 }
        }
        while let message = try? socket.receiveMessage(isResponse: false, isBodyExpected: receivesBody) {
            lock.withLock { received.append(message) }
            guard (try? handler(message, socket)) == true else {
                return
            }
        }
    }

    static let ok: Handler = { message, socket in
        let isHead = message.head.hasPrefix("HEAD ")
        try socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n\(isHead ? "" : "ok")")
        return true
    }
}
