// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Testing

@testable import Gateway

/// A request that is refused, and why.
struct RefusedRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let refusal: HTTP1Refusal

    init(_ name: String, _ text: String, _ refusal: HTTP1Refusal) {
        self.name = name
        self.text = text
        self.refusal = refusal
    }

    var testDescription: String { name }
}

private let host = "Host: a\r\n"

private let refusedHeads: [RefusedRequest] = [
    .init("bare LF line", "GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
    .init("one bare LF", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", .bareLineFeed),
    .init("bare CR in value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n", .bareCarriageReturn),
    .init("bare CR in line", "GET /\ra HTTP/1.1\r\n\(host)\r\n", .bareCarriageReturn),
    .init("NUL in value", "GET / HTTP/1.1\r\n\(host)X: a\0b\r\n\r\n", .controlCharacter),
    .init("control in value", "GET / HTTP/1.1\r\n\(host)X: a\u{1}b\r\n\r\n", .controlCharacter),
    .init("DEL in value", "GET / HTTP/1.1\r\n\(host)X: a\u{7f}b\r\n\r\n", .controlCharacter),
    .init("NUL in target", "GET /\0 HTTP/1.1\r\n\(host)\r\n", .controlCharacter),
    .init("blank before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", .blankBeforeColon),
    .init("tab before colon", "GET / HTTP/1.1\r\n\(host)X\t: a\r\n\r\n", .blankBeforeColon),
    .init("folded line", "GET / HTTP/1.1\r\n\(host)X: a\r\n b\r\n\r\n", .lineFolding),
    .init("folded first line", "GET / HTTP/1.1\r\n X: a\r\n\(host)\r\n", .lineFolding),
    .init("empty name", "GET / HTTP/1.1\r\n\(host): a\r\n\r\n", .emptyFieldName),
    .init("name not a token", "GET / HTTP/1.1\r\n\(host)X[]: a\r\n\r\n", .invalidFieldName),
    .init("no colon", "GET / HTTP/1.1\r\n\(host)X\r\n\r\n", .fieldWithoutColon),
    .init("no host", "GET / HTTP/1.1\r\nX: a\r\n\r\n", .missingHost),
    .init("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
    .init("host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .invalidHost),
    .init("host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .invalidHost),
    .init("host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .invalidHost),
    .init("host encoded NUL", "GET / HTTP/1.1\r\nHost: localhost%00\r\n\r\n", .invalidHost),
    .init("empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .invalidHost),
    .init("empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", .invalidHost),
    .init("port too large", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", .invalidHost),
    .init("open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .invalidHost),
    .init("leading blanks", "   GET / HTTP/1.1\r\n\(host)\r\n", .spacesInRequestLine),
    .init("leading tab", "\tGET / HTTP/1.1\r\n\(host)\r\n", .spacesInRequestLine),
    .init("double blank", "GET  / HTTP/1.1\r\n\(host)\r\n", .spacesInRequestLine),
    .init("tab between", "GET\t/ HTTP/1.1\r\n\(host)\r\n", .spacesInRequestLine),
    .init("blank in target", "GET /a b HTTP/1.1\r\n\(host)\r\n", .spacesInRequestLine),
    .init("no version", "GET /\r\n\(host)\r\n", .missingVersion),
    .init("method alone", "GET\r\n\(host)\r\n", .missingVersion),
    .init("empty version", "GET / \r\n\(host)\r\n", .emptyVersion),
    .init("HTTP/0.9", "GET / HTTP/0.9\r\n\(host)\r\n", .invalidVersion),
    .init("version without name", "GET / 1.1\r\n\(host)\r\n", .invalidVersion),
    .init("other protocol", "GET / JUNK/1.0\r\n\(host)\r\n", .invalidVersion),
    .init("small letters", "GET / http/1.1\r\n\(host)\r\n", .invalidVersion),
    .init("padded version", "GET / HTTP/1.10\r\n\(host)\r\n", .invalidVersion),
    .init("HTTP/2", "GET / HTTP/2\r\n\(host)\r\n", .unsupportedVersion),
    .init("HTTP/3.0", "GET / HTTP/3.0\r\n\(host)\r\n", .unsupportedVersion),
    .init("HTTP/1.2", "GET / HTTP/1.2\r\n\(host)\r\n", .unsupportedVersion),
    .init("method not a token", "G@T / HTTP/1.1\r\n\(host)\r\n", .invalidMethod),
    .init("fragment", "GET /a#b HTTP/1.1\r\n\(host)\r\n", .targetFragment),
    .init("query alone", "GET ?x=1 HTTP/1.1\r\n\(host)\r\n", .invalidTarget),
    .init("backslash", "GET \\ HTTP/1.1\r\n\(host)\r\n", .invalidTarget),
    .init("asterisk of GET", "GET * HTTP/1.1\r\n\(host)\r\n", .invalidTarget),
    .init("other scheme", "GET ftp://a/ HTTP/1.1\r\n\(host)\r\n", .invalidTarget),
    .init("absolute form, other host", "GET http://b/ HTTP/1.1\r\n\(host)\r\n", .hostMismatch),
    .init("absolute form, user", "GET http://u@a/ HTTP/1.1\r\n\(host)\r\n", .invalidTarget),
    .init("CONNECT", "CONNECT a:443 HTTP/1.1\r\n\(host)\r\n", .connectMethod),
    .init("CONNECT without port", "CONNECT a HTTP/1.1\r\n\(host)\r\n", .invalidTarget),
    .init(
        "CL and TE",
        "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        .lengthAndTransferEncoding
    ),
    .init("equal CLs", "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 1\r\n\r\n", .repeatedLength),
    .init(
        "differing CLs",
        "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        .repeatedLength
    ),
    .init("CL list", "POST / HTTP/1.1\r\n\(host)Content-Length: 1, 1\r\n\r\n", .invalidLength),
    .init("CL sign", "POST / HTTP/1.1\r\n\(host)Content-Length: +1\r\n\r\n", .invalidLength),
    .init("CL negative", "POST / HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n", .invalidLength),
    .init("CL blank inside", "POST / HTTP/1.1\r\n\(host)Content-Length: 1 1\r\n\r\n", .invalidLength),
    .init("CL hexadecimal", "POST / HTTP/1.1\r\n\(host)Content-Length: 0x1\r\n\r\n", .invalidLength),
    .init(
        "CL beyond 2^63",
        "POST / HTTP/1.1\r\n\(host)Content-Length: 9223372036854775808\r\n\r\n",
        .invalidLength
    ),
    .init("CL empty", "POST / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n", .invalidLength),
    .init("CL text", "POST / HTTP/1.1\r\n\(host)Content-Length: 123x\r\n\r\n", .invalidLength),
    .init(
        "TE list",
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n",
        .invalidTransferEncoding
    ),
    .init("TE xchunked", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n", .invalidTransferEncoding),
    .init("TE quoted", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: \"chunked\"\r\n\r\n", .invalidTransferEncoding),
    .init("TE vertical tab", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: \u{b}chunked\r\n\r\n", .controlCharacter),
    .init(
        "TE twice",
        "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        .invalidTransferEncoding
    ),
    .init("TE identity", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: identity\r\n\r\n", .invalidTransferEncoding),
    .init(
        "TE in HTTP/1.0",
        "POST / HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n",
        .transferEncodingInHTTP10
    ),
    .init(
        "unknown expectation",
        "POST / HTTP/1.1\r\n\(host)Expect: tea\r\nContent-Length: 1\r\n\r\n",
        .unknownExpectation
    ),
    .init("empty line twice", "\r\n\r\nGET / HTTP/1.1\r\n\(host)\r\n", .emptyRequestLine),
    .init("TLS greeting", "\u{16}\u{3}\u{1}\u{2}", .controlCharacter),
]

@Suite struct `HTTP/1.1 request parser` {
    /// Parses a complete text in one piece.
    func parse(_ text: String, limits: HTTP1Limits = HTTP1Limits()) throws -> ParsedRequest {
        try parse(Array(text.utf8), limits: limits)
    }

    func parse(_ bytes: [UInt8], limits: HTTP1Limits = HTTP1Limits()) throws -> ParsedRequest {
        var parser = HTTP1RequestParser(limits: limits)
        let progress = bytes.withUnsafeBufferPointer { parser.parse($0) }
        guard case .head(let request, _) = progress else {
            throw Incomplete()
        }
        return request
    }

    struct Incomplete: Error {}

    func text(_ head: HTTPRequestHead, _ range: ByteRange) -> String {
        String(decoding: head.bytes[range.bounds], as: UTF8.self)
    }

    @Test func `takes a request apart byte for byte`() throws {
        var bytes = Array("POST /a?b=c HTTP/1.1\r\nHost: Example.com:80\r\nX-Raw:  \t".utf8)
        bytes += [0xff, 0xfe] + Array(" \r\nx-raw: two\r\nContent-Length: 3\r\n\r\nabc".utf8)
        let request = try parse(bytes)
        let head = request.head
        #expect(request.refusal == nil)
        #expect(text(head, head.method) == "POST")
        #expect(text(head, head.target) == "/a?b=c")
        #expect(text(head, head.version) == "HTTP/1.1")
        #expect(text(head, head.line) == "POST /a?b=c HTTP/1.1")
        #expect(head.fields.map { text(head, $0.name) } == ["Host", "X-Raw", "x-raw", "Content-Length"])
        #expect(Array(head.bytes[head.fields[1].value.bounds]) == [0xff, 0xfe])
        #expect(text(head, request.authority) == "Example.com:80")
        #expect(request.framing == .length(3))
        #expect(request.isKeptAlive)
    }

    @Test(arguments: refusedHeads)
    func `refuses`(_ refused: RefusedRequest) throws {
        let request = try parse(refused.text)
        #expect(request.refusal == refused.refusal)
        #expect(!request.isKeptAlive)
    }

    @Test(arguments: [
        "GET / HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/b HTTP/1.1\r\nHost: A\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: sub_domain.example.com.\r\n\r\n",
        "TEST /\u{e9}<>\"{}|^`\\ HTTP/1.1\r\nHost: a\r\nEmpty:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n",
    ])
    func `accepts`(_ text: String) throws {
        #expect(try parse(text).refusal == nil)
    }

    @Test func `gives rules the parts of a refused request`() throws {
        let request = try parse("GET ?x=%3Cscript%3E  HTTP/1.1\r\nUser-Agent : a\r\nNo colon\r\nX: b\r\n c\r\n\r\n")
        let head = request.head
        #expect(text(head, head.method) == "GET")
        #expect(text(head, head.target) == "?x=%3Cscript%3E")
        #expect(text(head, head.version) == "HTTP/1.1")
        #expect(head.fields.map { text(head, $0.name) } == ["User-Agent", "No colon", "X"])
        #expect(text(head, head.fields[2].value) == "b\r\n c")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true), ("GET / HTTP/1.0\r\nHost: a\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false),
    ])
    func `knows whether the connection stays open`(_ text: String, _ expected: Bool) throws {
        #expect(try parse(text).isKeptAlive == expected)
    }

    @Test func `refuses what is over a limit`() throws {
        let name = String(repeating: "a", count: 8190)
        #expect(try parse("GET /\(name) HTTP/1.1\r\nHost: a\r\n\r\n").refusal == .requestLineTooLong)
        #expect(try parse("GET /\(name)").refusal == .requestLineTooLong)
        let fields = String(repeating: "X: a\r\n", count: 101)
        #expect(try parse("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").refusal == .tooManyFields)
        let large = String(repeating: "b", count: 65536)
        #expect(try parse("GET / HTTP/1.1\r\nHost: a\r\nX: \(large)\r\n\r\n").refusal == .headTooLarge)
        #expect(try parse("GET / HTTP/1.1\r\nHost: a\r\nX: \(large)").refusal == .headTooLarge)
        var limits = HTTP1Limits()
        limits.requestLine = 14
        #expect(try parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).refusal == nil)
        limits.requestLine = 13
        #expect(try parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).refusal == .requestLineTooLong)
    }

    @Test func `statuses fit the reasons`() {
        #expect(HTTP1Refusal.requestLineTooLong.status == 414)
        #expect(HTTP1Refusal.tooManyFields.status == 431)
        #expect(HTTP1Refusal.unsupportedVersion.status == 505)
        #expect(HTTP1Refusal.connectMethod.status == 501)
        #expect(HTTP1Refusal.unknownExpectation.status == 417)
        #expect(HTTP1Refusal.unknownContentCoding.status == 415)
        #expect(HTTP1Refusal.bodyTooLarge.status == 413)
        #expect(HTTP1Refusal.headTimeout.status == 408)
        #expect(HTTP1Refusal.missingHost.status == 400)
    }

    /// A summary by which two parses can be compared.
    func summary(_ request: ParsedRequest, _ consumed: Int) -> String {
        "\(request.refusal?.rawValue ?? "-") \(request.framing) \(request.isKeptAlive) \(consumed) "
            + "\(request.head.method) \(request.head.target) \(request.head.version) \(request.head.fields.map(\.value))"
    }

    @Test func `the pieces that bytes arrive in make no difference`() {
        var random = SeededRandom(seed: 1)
        for refused in refusedHeads.map(\.text) + ["GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nGET /b HTTP/1.1\r\n"] {
            let bytes = Array(refused.utf8)
            var whole = HTTP1RequestParser()
            guard case .head(let request, let consumed) = bytes.withUnsafeBufferPointer({ whole.parse($0) }) else {
                Issue.record("incomplete: \(refused)")
                continue
            }
            for _ in 0..<20 {
                var parser = HTTP1RequestParser()
                var received = 0
                while received < bytes.count {
                    received += Int.random(in: 1...max(1, bytes.count - received), using: &random)
                    let progress = Array(bytes.prefix(received)).withUnsafeBufferPointer { parser.parse($0) }
                    if case .head(let other, let otherConsumed) = progress {
                        // Binary traffic is refused with what came first; the rest of it makes no difference.
                        if bytes.first != 0x16 {
                            #expect(summary(other, otherConsumed) == summary(request, consumed))
                        }
                        break
                    }
                }
            }
        }
    }

    @Test func `mutated bytes never crash and ranges stay inside`() {
        var random = SeededRandom(seed: 2)
        let seeds = refusedHeads.map { Array($0.text.utf8) }
        let special: [UInt8] = [0, 9, 10, 13, 32, 35, 37, 42, 44, 47, 58, 64, 91, 93, 127, 255]
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = special.randomElement(using: &random) ?? 0
                case 1: bytes.insert(special.randomElement(using: &random) ?? 0, at: index)
                default: bytes.remove(at: index)
                }
                if bytes.isEmpty {
                    bytes = [0]
                }
            }
            var parser = HTTP1RequestParser()
            let progress = bytes.withUnsafeBufferPointer { parser.parse($0) }
            let request: ParsedRequest
            switch progress {
            case .head(let parsed, let consumed):
                #expect(consumed <= bytes.count)
                request = parsed
            case .incomplete:
                request = bytes.withUnsafeBufferPointer { parser.abandon($0, refusal: .headTimeout) }
            }
            let all = [request.head.method, request.head.target, request.head.version, request.originTarget]
            for range in all + request.head.fields.flatMap({ [$0.name, $0.value] }) {
                #expect(range.bounds.upperBound <= request.head.bytes.count)
            }
        }
    }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
