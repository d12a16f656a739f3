// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Gateway

@Suite struct `Chunked decoder` {
    /// Decodes in pieces of the given size. Returns the body, and what was left over behind its end.
    func decode(_ text: String, piece: Int = .max) throws(HTTP1Refusal) -> (body: String, rest: Int)? {
        var decoder = ChunkedDecoder()
        let bytes = Array(text.utf8)
        var body: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let part = Array(bytes[start..<min(start + min(piece, bytes.count), bytes.count)])
            var position = 0
            var result: ChunkedDecoder.Event
            repeat {
                result = part.withUnsafeBufferPointer { decoder.next($0, at: &position) }
                if case .data(let range) = result {
                    body += part[range]
                }
                if case .failed(let reason) = result {
                    throw reason
                }
                if result == .end {
                    return (String(decoding: body, as: UTF8.self), bytes.count - start - position)
                }
            } while result != .needMore
            start += part.count
        }
        return nil
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `joins chunks and drops trailers`(_ piece: Int) throws {
        let text = "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n00\r\nX: y\r\nZ:\r\n\r\nGET"
        let result = try decode(text, piece: piece)
        #expect(result?.body == "abc0123456789")
        #expect(result?.rest == 3)
    }

    @Test func `a chunk may announce more than any message holds`() throws {
        var decoder = ChunkedDecoder()
        let bytes = Array("7fffffffffffffff\r\nab".utf8)
        var position = 0
        let event = bytes.withUnsafeBufferPointer { decoder.next($0, at: &position) }
        #expect(event == .data(18..<20))
        #expect(position == bytes.count)
    }

    @Test(arguments: [
        ("0x3\r\nabc\r\n", HTTP1Refusal.invalidChunkSize), ("1_0\r\n", .invalidChunkSize),
        ("+3\r\n", .invalidChunkSize),
        ("-3\r\n", .invalidChunkSize), (" 3\r\n", .invalidChunkSize), ("3 \r\nabc", .invalidChunkSize),
        ("\r\n", .invalidChunkSize), (";a\r\n", .invalidChunkSize), ("3\nabc\n0\n\n", .invalidChunkSize),
        ("3\r\rabc", .invalidChunkSize), ("00000000000000001\r\na", .invalidChunkSize),
        ("8000000000000000\r\n", .invalidChunkSize), ("3\r\nabcd\r\n", .invalidChunkEnd),
        ("3\r\nabc\n", .invalidChunkEnd), ("3\r\nabc0\r\n\r\n", .invalidChunkEnd),
        ("3;a\nb\r\nabc", .invalidChunkExtension), ("3;a\0\r\nabc", .invalidChunkExtension),
        ("0\r\n x\r\n\r\n", .invalidTrailer), ("0\r\nX: a\nY: b\r\n\r\n", .invalidTrailer),
        ("0\r\n\n", .invalidTrailer),
        ("0\r\n\rx", .invalidTrailer), ("0\r\nX\r\n\r\n", .invalidTrailer),
    ])
    func `refuses`(_ text: String, _ refusal: HTTP1Refusal) {
        #expect(throws: refusal) { try decode(text) }
        #expect(throws: refusal) { try decode(text, piece: 1) }
    }

    @Test func `bounds extensions and trailers`() throws {
        let long = String(repeating: "a", count: 255)
        #expect(try decode("0;\(long)\r\n\r\n")?.body.isEmpty == true)
        #expect(throws: HTTP1Refusal.chunkExtensionTooLong) { try decode("0;aa\(long)\r\n\r\n") }
        let trailers = String(repeating: "X: \(long)\r\n", count: 40)
        #expect(throws: HTTP1Refusal.trailerTooLarge) { try decode("0\r\n\(trailers)\r\n") }
    }

    @Test func `never crashes on random bytes`() {
        var random = SeededRandom(seed: 3)
        let alphabet = Array("0123456789abcdefA;=\r\n\r\n\r\nX: \0".utf8)
        for _ in 0..<20_000 {
            let text = (0..<40).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            _ = try? decode(String(decoding: text, as: UTF8.self), piece: Int.random(in: 1...5, using: &random))
        }
    }
}

@Suite struct `Content decoder` {
    func decode(_ bytes: [UInt8], _ coding: ContentCoding, piece: Int = .max) throws(HTTP1Refusal) -> [UInt8] {
        let decoder = try ContentDecoder(coding)
        var output: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let part = Array(bytes[start..<min(start + min(piece, bytes.count), bytes.count)])
            try part.withUnsafeBufferPointer { (buffer) throws(HTTP1Refusal) in
                try decoder.decode(buffer) { output.append(contentsOf: $0) }
            }
            start += part.count
        }
        try decoder.finish()
        return output
    }

    @Test(arguments: [1, 2, 5, 1000])
    func `decodes the three codings`(_ piece: Int) throws {
        let text = Array("user=admin&comment=hello hello hello hello".utf8)
        #expect(try decode(Compressed.gzip(text), .gzip, piece: piece) == text)
        #expect(try decode(Compressed.zlib(text), .deflate, piece: piece) == text)
        #expect(try decode(Compressed.rawDeflate(text), .deflate, piece: piece) == text)
        #expect(try decode(Compressed.brotli(text), .brotli, piece: piece) == text)
    }

    @Test func `decodes every member of a gzip stream`() throws {
        let text = Array("a=1".utf8)
        #expect(try decode(Compressed.gzip(text) + Compressed.gzip(text), .gzip) == text + text)
    }

    @Test(arguments: [ContentCoding.gzip, .deflate, .brotli])
    func `refuses what is cut, followed by other bytes or no such coding`(_ coding: ContentCoding) {
        let text = Array("a=1&b=2".utf8)
        let whole =
            switch coding {
            case .gzip: Compressed.gzip(text)
            case .deflate: Compressed.zlib(text)
            case .brotli: Compressed.brotli(text)
            }
        #expect(throws: HTTP1Refusal.invalidContentCoding) { try decode(Array(whole.dropLast()), coding) }
        #expect(throws: HTTP1Refusal.invalidContentCoding) { try decode(whole + [1, 2, 3], coding) }
        #expect(throws: HTTP1Refusal.invalidContentCoding) { try decode([0xff, 0xff, 0xff, 0xff], coding) }
        #expect(throws: Never.self) { try decode([], coding) }
    }

    @Test func `stops a compression bomb early`() throws {
        let bomb = Compressed.gzip([UInt8](repeating: 0, count: 10 << 20))
        let decoder = try ContentDecoder(.gzip)
        var produced = 0
        #expect(throws: HTTP1Refusal.compressionRatio) {
            try bomb.withUnsafeBufferPointer { (buffer) throws(HTTP1Refusal) in
                try decoder.decode(buffer) { produced += $0.count }
            }
        }
        #expect(produced <= max(64 * 1024, bomb.count * 50))
    }
}

@Suite struct `Raw requests` {
    @Test func `yield head and body`() {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n\r\nrest"
        let received = parseRawRequest(Array(text.utf8))
        #expect(received.refusal == nil)
        #expect(received.body == Array("a=1".utf8))
    }

    @Test func `are decoded`() {
        let body = Compressed.gzip(Array("a=1".utf8))
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"
        #expect(parseRawRequest(Array(head.utf8) + body).body == Array("a=1".utf8))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n", 400, "head incomplete"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", 400, "body incomplete"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: zstd\r\nContent-Length: 1\r\n\r\nx", 415,
            "unknown content coding"
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx", 415,
            "more than one content coding"
        ),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "unsupported protocol version"),
        ("", 400, "head incomplete"),
    ])
    func `are refused with a reason`(_ text: String, _ status: Int, _ reason: String) {
        #expect(parseRawRequest(Array(text.utf8)).refusal == HTTPRefusal(status: status, reason: reason))
    }
}
