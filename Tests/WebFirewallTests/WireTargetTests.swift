// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc
import Testing
import WebFirewall

/// A server for one test: it answers each connection with a fixed response and logs what a rule set would.
private final class TinyServer: Sendable {
    let port: Int
    private let listener: Int32

    /// Listens on a free port of the loopback. Markers and hits are appended to `log`, markers only where
    /// `logsMarkers` says that the server has the marker rule.
    init(log: String, logsMarkers: Bool = true) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, generic, &size) == 0
            }
        }
        try #require(isBound)
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    return
                }
                TinyServer.serve(client, log: log, logsMarkers: logsMarkers)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ client: Int32, log: String, logsMarkers: Bool) {
        defer { close(client) }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(client, &buffer, buffer.count, 0)
        guard count > 0 else {
            return
        }
        let request = String(decoding: buffer[..<count], as: UTF8.self)
        var lines = ""
        if let marker = request.split(separator: "\r\n").first(where: { $0.hasPrefix("X-CRS-Test: ") }) {
            lines = logsMarkers ? "[client 127.0.0.1] [id \"999999\"] [msg \"\(marker)\"]\n" : ""
        } else if request.contains("attack") {
            lines = "[client 127.0.0.1] [id \"942100\"]\n[client 127.0.0.1] [id \"949110\"]\n"
        }
        if let file = fopen(log, "a") {
            fputs(lines, file)
            fclose(file)
        }
        guard !request.hasPrefix("DROP") else {
            return
        }
        let status = request.hasPrefix("BAD") ? "400 Bad Request" : "200 OK"
        let response = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\nhello"
        _ = response.withCString { send(client, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        // Stay open as keep-alive servers do: the client must know by the framing that the response is complete.
        _ = recv(client, &buffer, buffer.count, 0)
    }
}

struct WireTargetTests {
    private let folder: TemporaryFolder
    private let log: String

    init() throws {
        folder = try TemporaryFolder()
        log = try folder.write("[id \"1\"] an old line\n", to: "error.log")
    }

    private func observe(_ target: inout WireTarget, _ request: String) throws -> StageObservation {
        try target.observe(Array((request + " / HTTP/1.1\r\nHost: a\r\n\r\n").utf8), response: nil)
    }

    @Test func `gives each request the log lines between its markers`() throws {
        let server = try TinyServer(log: log)
        var target = try WireTarget(target: "http://127.0.0.1:\(server.port)", errorLog: log, timeoutSeconds: 5)
        let attack = try observe(&target, "GET /attack")
        #expect(attack.status == 200)
        #expect(attack.body == Array("hello".utf8))
        #expect(attack.log.flatMap { LogIDs.all(in: $0) } == [942_100, 949_110])
        let harmless = try observe(&target, "GET /x")
        #expect(harmless.log.isEmpty)
        #expect(!harmless.isRefused)
        #expect(try observe(&target, "BAD").isRefused)
        #expect(try observe(&target, "DROP").status == nil)
        #expect(try observe(&target, "GET /attack").log.count == 2)
    }

    @Test func `sends the response that a test wants as a request to the reflecting server`() throws {
        let server = try TinyServer(log: log)
        var target = try WireTarget(target: "http://localhost:\(server.port)", errorLog: log, timeoutSeconds: 5)
        var response = RegressionTest.Response()
        response.headers = [(name: "attack", value: "x")]
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n".utf8)
        #expect(try target.observe(request, response: response).log.count == 2)
    }

    @Test func `says what a server needs that logs no markers`() throws {
        let server = try TinyServer(log: log, logsMarkers: false)
        let error = #expect(throws: WireTarget.Unusable.self) {
            try WireTarget(target: "http://127.0.0.1:\(server.port)", errorLog: log, timeoutSeconds: 1)
        }
        #expect(error?.description.contains(WireTarget.markerRule) == true)
    }

    @Test(arguments: ["https://x", "nonsense", "http://127.0.0.1:1", "http://host.invalid"])
    func `reports targets that cannot be used`(url: String) {
        #expect(throws: WireTarget.Unusable.self) {
            try WireTarget(target: url, errorLog: log, timeoutSeconds: 1)
        }
    }

    @Test func `reports a log that cannot be read`() {
        #expect(throws: WireTarget.Unusable.self) {
            try WireTarget(target: "http://127.0.0.1:1", errorLog: "/nonexistent")
        }
    }
}
