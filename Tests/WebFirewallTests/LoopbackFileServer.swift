// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

/// Serves fixed answers over HTTP on a free port of this machine, one connection at a time.
final class LoopbackFileServer: Sendable {
    enum Failure: Error {
        case cannotListen(Int32)
    }

    let port: UInt16
    private let descriptor: Int32

    /// - Parameter answers: whole responses by path; other paths get 404.
    /// - Throws: `Failure` where no port can be listened on.
    init(_ answers: @escaping @Sendable (_ path: String) -> Data?) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isListening else {
            throw Failure.cannotListen(errno)
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else {
                    return
                }
                Self.answer(client, answers)
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// A response whose body is as long as it says, or shorter where it is `cut`.
    static func response(_ status: String, fields: [String] = [], body: Data = Data(), cut: Int = 0) -> Data {
        let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)", "Connection: close"] + fields
        return Data((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body.dropLast(cut)
    }

    private static func answer(_ client: Int32, _ answers: (String) -> Data?) {
        defer { close(client) }
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else {
                return
            }
            head += buffer.prefix(count)
        }
        let words = String(decoding: head, as: UTF8.self).split(separator: " ")
        let path = words.count > 1 ? String(words[1]) : "/"
        let response = Array(answers(path) ?? response("404 Not Found"))
        var offset = 0
        while offset < response.count {
            let count = response[offset...].withUnsafeBytes {
                send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                return
            }
            offset += count
        }
    }
}
