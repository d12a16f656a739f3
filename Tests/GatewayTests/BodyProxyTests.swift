// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Testing

@testable import Gateway

@Suite(.serialized) struct `Bodies through the proxy` {
    @Test func `chunked bodies are inspected and forwarded with a length`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            let request =
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\na=b\r\n4;x=y\r\n&c=d\r\n0\r\nX-Trailer: evil\r\n\r\n"
            #expect(try await exchange(port, request).status == 200)
            #expect(upstream.requests.first?.text == "a=b&c=d")
            #expect(upstream.requests.first?.field("content-length") == "7")
            #expect(upstream.requests.first?.field("x-trailer") == nil)
            let record = try await filter.finishedRecords(1).first
            #expect(record?.requestBody == Array("a=b&c=d".utf8))
            #expect(record?.isRequestTruncated == false)
            #expect(record?.status == 200)
        }
    }

    @Test func `a denied body never reaches the upstream`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.requestVerdict = { $0.requestBody.count > 3 ? .deny(status: 403) : .pass }
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nevil")
                #expect(try socket.receiveMessage().status == 403)
                // The connection goes on: the request was complete.
                try socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b")
                #expect(try socket.receiveMessage().status == 200)
            }
            #expect(upstream.requests.map(\.text) == ["a=b"])
            #expect(server.statistics.blocked == 1)
        }
    }

    @Test(arguments: ["gzip", "deflate", "br"])
    func `coded bodies are inspected and forwarded decoded`(_ coding: String) async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        let text = Array("a=1&b=union select".utf8)
        let content: [UInt8] =
            switch coding {
            case "gzip": Compressed.gzip(text)
            case "deflate": Compressed.zlib(text)
            default: Compressed.brotli(text)
            }
        let head =
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: \(coding)\r\nContent-Length: \(content.count)\r\n\r\n"
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            let response = try await exchange(port, Array(head.utf8) + content)
            #expect(response.status == 200)
            #expect(upstream.requests.first?.body == text)
            #expect(upstream.requests.first?.field("content-encoding") == nil)
            #expect(try await filter.finishedRecords(1).first?.requestBody == text)
        }
    }

    @Test(arguments: [
        ("zstd", 415, "unknown content coding"), ("gzip, br", 415, "more than one content coding"),
        ("gzip", 400, "invalid compressed body"),
    ])
    func `codings that cannot be inspected are refused and recorded`(
        _ coding: String,
        _ status: Int,
        _ reason: String
    ) async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: \(coding)\r\nContent-Length: 4\r\n\r\nabcd"
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            #expect(try await exchange(port, head).status == status)
            #expect(upstream.requests.isEmpty)
            let record = try await filter.finishedRecords(1).first
            #expect(record?.status == status)
            #expect(record?.isRequestTruncated == true)
            #expect(record?.refusals == [HTTPRefusal(status: status, reason: reason)])
            #expect(server.statistics.refused == [reason: 1])
        }
    }

    @Test func `a compression bomb is refused`() async throws {
        let upstream = try TestUpstream()
        let content = Compressed.gzip([UInt8](repeating: 0x61, count: 50 << 20))
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: \(content.count)\r\n\r\n"
        try await withGateway(upstream, filter: TestFilter()) { (server, port) async throws in
            let response = try await exchange(port, Array(head.utf8) + content)
            #expect(response.status == 413)
            #expect(upstream.requests.isEmpty)
            #expect(server.statistics.refused == ["compression ratio over the limit": 1])
            #expect(server.statistics.heldBytes == 0)
        }
    }

    @Test(arguments: [true, false])
    func `a body over the limit is refused where the filter says so`(_ isChunked: Bool) async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.requestInspection = .buffered(limit: 1000, rejectsOverLimit: true)
        let content = String(repeating: "a", count: 1001)
        let framing = isChunked ? "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" : "Content-Length: 1001\r\n\r\n"
        let fitting = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + content.dropLast()
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            let refused = try await exchange(port, "POST / HTTP/1.1\r\nHost: a\r\n\(framing)\(content)")
            #expect(refused.status == 413)
            let accepted = try await exchange(port, fitting)
            #expect(accepted.status == 200)
            #expect(upstream.requests.count == 1)
            let records = try await filter.finishedRecords(2)
            #expect(records.first?.isRequestTruncated == true)
            #expect(records.map { $0.refusals.map(\.status) } == [[413], []])
            #expect(server.statistics.refused == ["body over the limit": 1])
        }
    }

    @Test(arguments: [true, false])
    func `the rest of a long body streams past where the filter lets it`(_ isChunked: Bool) async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.requestInspection = .buffered(limit: 1000, rejectsOverLimit: false)
        let size = 3_000_000
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                let piece = String(repeating: "a", count: 10_000)
                try socket.send(
                    "POST / HTTP/1.1\r\nHost: a\r\n"
                        + (isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: \(size)\r\n\r\n")
                )
                for _ in 0..<(size / 10_000) {
                    try socket.send(isChunked ? "2710\r\n\(piece)\r\n" : piece)
                }
                if isChunked {
                    try socket.send("0\r\n\r\n")
                }
                #expect(try socket.receiveMessage().status == 200)
            }
            #expect(upstream.requests.first?.body.count == size)
            #expect(upstream.requests.first?.field("transfer-encoding") == (isChunked ? "chunked" : nil))
            let record = try await filter.finishedRecords(1).first
            #expect(record?.requestBody.count == 1000)
            #expect(record?.isRequestTruncated == true)
            #expect(server.statistics.truncatedInspections == 1)
        }
    }

    @Test func `expectations are met before the body comes`() async throws {
        let upstream = try TestUpstream()
        try await withGateway(upstream, filter: TestFilter()) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                #expect(try socket.receiveMessage().status == 100)
                try socket.send("a=b")
                #expect(try socket.receiveMessage().status == 200)
            }
            #expect(upstream.requests.first?.field("expect") == nil)
            #expect(upstream.requests.first?.text == "a=b")
        }
    }

    @Test func `large responses stream with bounded memory to a slow client`() async throws {
        let size = 20 << 20
        let upstream = try TestUpstream { _, socket in
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            for _ in 0..<20 {
                try socket.send(piece)
            }
            return true
        }
        try await withGateway(upstream) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try socket.receiveMessage()
                #expect(response.body.count == size)
                #expect(response.body.allSatisfy { $0 == 7 })
            }
        }
    }

    @Test func `responses are held until the filter has seen them`() async throws {
        let upstream = try TestUpstream { message, socket in
            let body = message.line.contains("leak") ? "secret" : "harmless"
            try socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            try socket.send("\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
            return true
        }
        let filter = TestFilter()
        filter.responseInspection = .buffered(limit: 1000, rejectsOverLimit: false)
        filter.responseVerdict = { $0.responseBody == Array("secret".utf8) ? .deny(status: 500) : .pass }
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            let harmless = try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(harmless.text == "harmless")
            #expect(harmless.field("content-length") == "8")
            let leak = try await exchange(port, "GET /leak HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(leak.status == 500)
            #expect(!leak.text.contains("secret"))
        }
    }

    @Test func `compressed responses are inspected decoded and passed on as they came`() async throws {
        let content = Compressed.gzip(Array("hello".utf8))
        let upstream = try TestUpstream { _, socket in
            try socket.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(content.count)\r\n\r\n")
            try socket.send(content)
            return true
        }
        let filter = TestFilter()
        filter.responseInspection = .buffered(limit: 1000, rejectsOverLimit: false)
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").body == content)
            #expect(try await filter.finishedRecords(1).first?.responseBody == Array("hello".utf8))
        }
    }

    @Test func `an upstream may answer before it has the whole body`() async throws {
        let upstream = try TestUpstream(receivesBody: false) { _, socket in
            try socket.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
            return false
        }
        try await withGateway(upstream) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
                let response = try socket.receiveMessage()
                #expect(response.status == 401)
                #expect(response.field("connection") == "close")
                #expect(try socket.receiveAll().isEmpty)
            }
        }
    }

    @Test func `a slow reader gets every byte in order`() async throws {
        let piece = String(repeating: "0123456789abcdef", count: 200)
        // Pieces below and above what is joined, many times what a socket takes at once.
        let upstream = try TestUpstream { message, socket in
            try socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            guard !message.head.hasPrefix("HEAD") else {
                return true
            }
            for number in 0..<800 {
                let text = number.isMultiple(of: 2) ? String(number) : "\(number)" + piece + piece
                try socket.send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
            }
            try socket.send("0\r\n\r\n")
            return true
        }
        let expected = (0..<800).map { $0.isMultiple(of: 2) ? String($0) : "\($0)" + piece + piece }.joined()
        try await withGateway(upstream, threads: 1) { (_, port) async throws in
            for _ in 0..<2 {
                let received = try await blocking {
                    let socket = try TestSocket(port: port)
                    try socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    usleep(200_000)
                    let message = try socket.receiveMessage()
                    // The connection is still good for another request.
                    try socket.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(try socket.receiveMessage(isBodyExpected: false).status == 200)
                    return message.text
                }
                #expect(received == expected)
            }
        }
    }
}
