// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ConsoleFixtures
import Foundation
import Glibc
import Synchronization

@testable import Console

/// A console that is served on a port of this machine, for as long as a body runs.
func withServedConsole(
    _ settings: ConsoleSettings = ConsoleSettings(),
    maximumUpload: Int = 256 << 20,
    _ body: (ConsoleWorld, Int) async throws -> Void
) async throws {
    var settings = settings
    settings.port = 0
    let world = try await ConsoleWorld(settings, maximumUpload: maximumUpload)
    let (addresses, found) = AsyncStream.makeStream(of: String.self)
    let server = Task {
        try await world.console.run { found.yield($0) }
        found.finish()
    }
    do {
        var port: Int?
        for await address in addresses {
            port = address.split(separator: ":").last.flatMap { Int($0) }
            break
        }
        guard let port else {
            try await server.value
            throw SocketFailure(call: "serve")
        }
        try await world.addUsers()
        try await body(world, port)
    } catch {
        server.cancel()
        _ = await server.result
        await world.close()
        throw error
    }
    server.cancel()
    _ = await server.result
    await world.close()
}

struct SocketFailure: Error {
    var call: String
    var code = errno
}

/// Runs what blocks on a thread of its own.
func blocking<Output: Sendable>(_ body: @escaping @Sendable () throws -> Output) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// A connection over which bytes go as they are.
final class RawClient: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw SocketFailure(call: "connect") }
    }

    deinit { close(descriptor) }

    /// - Returns: whether the other end took it.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// What comes, until a condition holds or the other end closes.
    func receive(until isEnough: (String) -> Bool = { _ in false }) -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
            let all = String(decoding: text, as: UTF8.self)
            if isEnough(all) { return all }
        }
    }

    /// Sends a text and gives back all that comes until the other end closes.
    static func exchange(_ port: Int, _ text: String) async throws -> String {
        try await blocking {
            let client = try RawClient(port: port)
            client.send(text)
            return client.receive()
        }
    }
}
