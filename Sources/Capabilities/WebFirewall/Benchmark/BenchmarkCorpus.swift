// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel

/// Why a corpus cannot be used: the offset of the record that is cut short or makes no sense.
package struct BenchmarkCorpusError: Error, Equatable, CustomStringConvertible {
    package var offset: Int
    package var message: String
    package var description: String { "\(message) at byte \(offset)" }
}

/// The requests that `redoubt waf bench` goes through.
///
/// Records follow one another without header or padding; integers are little endian. A record is a class (u8),
/// name, method, target, version and body (each u32 length and bytes), the number of headers (u16), and for each
/// its name and value (u32 length and bytes).
package struct BenchmarkCorpus: Sendable {
    /// What kind of traffic a request stands for.
    package enum TrafficClass: UInt8, Sendable, CaseIterable {
        case get = 0
        case form = 1
        case json = 2
        case attack = 3

        /// Its name in reports.
        package var name: String {
            switch self {
            case .get: "get"
            case .form: "form"
            case .json: "json"
            case .attack: "attack"
            }
        }
    }

    package struct Record: Sendable {
        package var trafficClass: TrafficClass
        package var transaction: RecordedTransaction
    }

    package private(set) var records: [Record] = []

    /// The records of one class.
    package func count(of trafficClass: TrafficClass) -> Int {
        records.count { $0.trafficClass == trafficClass }
    }

    /// Reads a whole corpus.
    ///
    /// - Throws: ``BenchmarkCorpusError``.
    package init(_ bytes: [UInt8]) throws(BenchmarkCorpusError) {
        var cursor = Cursor(bytes: bytes)
        let response = Self.response
        while !cursor.isAtEnd {
            records.append(try Self.record(&cursor, response: response))
        }
    }

    private static func record(
        _ cursor: inout Cursor,
        response: RecordedResponse
    ) throws(BenchmarkCorpusError) -> Record {
        let start = cursor.offset
        guard let trafficClass = TrafficClass(rawValue: UInt8(truncatingIfNeeded: try cursor.integer(bytes: 1))) else {
            throw BenchmarkCorpusError(offset: start, message: "a record of an unknown class")
        }
        let name = try cursor.block()
        let method = try cursor.block()
        let target = try cursor.block()
        let version = try cursor.block()
        let body = try cursor.block()
        var fields: [(name: [UInt8], value: [UInt8])] = []
        for _ in 0..<(try cursor.integer(bytes: 2)) {
            let name = try cursor.block()
            fields.append((name: name, value: try cursor.block()))
        }
        let head = HTTPRequestHead(
            method: method,
            target: target,
            version: Array("HTTP/".utf8) + version,
            fields: fields
        )
        let transaction = RecordedTransaction(
            id: String(decoding: name, as: UTF8.self),
            connection: HTTPConnectionInfo(
                clientAddress: "203.0.113.7",
                clientPort: 40_000,
                serverAddress: "127.0.0.1",
                serverPort: 80
            ),
            request: ReceivedRequest(head: head, body: body, refusal: nil),
            response: response
        )
        return Record(trafficClass: trafficClass, transaction: transaction)
    }

    /// The page that answers every request: about 2 KB of harmless HTML.
    private static var response: RecordedResponse {
        var page = Array("<!doctype html><html><head><title>Shop</title></head><body>".utf8)
        while page.count < 2_000 {
            page += Array("<p>Welcome to our shop, we deliver weekly.</p>\n".utf8)
        }
        page += Array("</body></html>".utf8)
        let head = HTTPResponseHead(
            version: Array("HTTP/1.1".utf8),
            status: 200,
            reason: Array("OK".utf8),
            fields: [
                (name: Array("Content-Type".utf8), value: Array("text/html; charset=utf-8".utf8)),
                (name: Array("Content-Length".utf8), value: Array(String(page.count).utf8)),
            ]
        )
        return RecordedResponse(head: head, body: page)
    }
}

/// Takes integers and blocks off the front of bytes.
private struct Cursor {
    let bytes: [UInt8]
    var offset = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func integer(bytes count: Int) throws(BenchmarkCorpusError) -> Int {
        guard bytes.count - offset >= count else {
            throw BenchmarkCorpusError(offset: offset, message: "the corpus ends inside a record")
        }
        var value = 0
        for index in (0..<count).reversed() {
            value = value << 8 | Int(bytes[offset + index])
        }
        offset += count
        return value
    }

    mutating func block() throws(BenchmarkCorpusError) -> [UInt8] {
        let start = offset
        let length = try integer(bytes: 4)
        guard bytes.count - offset >= length else {
            throw BenchmarkCorpusError(offset: start, message: "a block reaches beyond the end of the corpus")
        }
        offset += length
        return Array(bytes[(offset - length)..<offset])
    }
}
