// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

/// Just enough of sockets to test a server over loopback.
struct SocketError: Error {
    var call: String
    var code = errno
}

/// A web server that answers every request on a connection with `200` and the request's target, or waits before.
final class TinyUpstream: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) | listen(descriptor, 16) | getsockname(descriptor, address, &length)
            }
        }
        guard status == 0 else {
            throw SocketError(call: "bind")
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else {
                    return
                }
                Thread.detachNewThread { Self.serve(client) }
            }
        }
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    private static func serve(_ client: Int32) {
        var head = ""
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(client, &buffer, buffer.count)
            guard count > 0 else {
                break
            }
            head += String(decoding: buffer[..<count], as: UTF8.self)
            while let end = head.range(of: "\r\n\r\n") {
                let target = head.split(separator: " ").dropFirst().first ?? ""
                if target.hasPrefix("/slow") {
                    usleep(700_000)
                }
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(target.utf8.count)\r\n\r\n\(target)"
                _ = send(client, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
                head.removeSubrange(..<end.upperBound)
            }
        }
        close(client)
    }
}

private func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

/// Sends one request and reads the whole answer; the connection is closed afterwards.
///
/// The further header lines each have their line end.
func fetch(port: Int, target: String, headers: String = "") throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback(port: port)
    let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard status == 0 else {
        throw SocketError(call: "connect")
    }
    let request = "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)Connection: close\r\n\r\n"
    guard send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) == request.utf8.count else {
        throw SocketError(call: "send")
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else {
            break
        }
        answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
}
