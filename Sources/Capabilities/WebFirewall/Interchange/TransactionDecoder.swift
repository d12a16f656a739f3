// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes
package import DefenseModel
import Foundation

/// Why a line of recorded traffic cannot be used.
package struct TransactionDecodingError: Error, CustomStringConvertible {
    /// The line in its file, from 1; 0 where there are no lines.
    package var line: Int
    /// The byte of that line, from 1; 0 where the value, not its syntax, is wrong.
    package var column: Int
    package var message: String
    /// The transaction's own name, where it could be read.
    package var id: String?

    package init(line: Int, column: Int = 0, message: String, id: String? = nil) {
        self.line = line
        self.column = column
        self.message = message
        self.id = id
    }

    package var description: String {
        column > 0 ? "line \(line), column \(column): \(message)" : "line \(line): \(message)"
    }
}

/// Reads transactions from the lines that `redoubt waf eval` and `redoubt waf replay` take.
///
/// A line is a JSON object with `id`, `client`, `server`, `request` or `raw`, and perhaps `rules` and `response`;
/// bodies and raw requests are base64. Members that are not known are ignored, so that recorders may add their own.
package struct TransactionDecoder: Sendable {
    /// Makes a request of raw bytes; the gateway's own parser.
    private let parseRawRequest: RawRequestParser

    package init(parseRawRequest: @escaping RawRequestParser) {
        self.parseRawRequest = parseRawRequest
    }

    /// Reads one line.
    ///
    /// - Parameters:
    ///   - bytes: the line without its line feed.
    ///   - line: its number, for errors and for transactions without an `id`.
    /// - Returns: the transaction; one from raw bytes may be refused by the parser.
    /// - Throws: ``TransactionDecodingError``.
    package func decode(_ bytes: [UInt8], line: Int) throws(TransactionDecodingError) -> RecordedTransaction {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONReader.read(bytes)
        } catch {
            throw TransactionDecodingError(line: line, column: error.offset + 1, message: error.message)
        }
        return try decode(document, line: line)
    }

    /// Reads a transaction from a JSON object.
    package func decode(_ document: JSONValue, line: Int) throws(TransactionDecodingError) -> RecordedTransaction {
        guard case .object = document else {
            throw TransactionDecodingError(line: line, message: "an object is expected, not \(document.kind)")
        }
        let reader = MemberReader(line: line, id: identifier(of: document))
        let request: ReceivedRequest
        if let raw = document["raw"], !raw.isNull {
            request = parseRawRequest(try reader.base64(raw, name: "raw"))
        } else {
            request = try self.request(document["request"], reader: reader)
        }
        return RecordedTransaction(
            id: reader.id ?? String(line),
            rules: try reader.optionalText(document["rules"], name: "rules"),
            connection: try connection(of: document, reader: reader),
            request: request,
            response: try response(document["response"], reader: reader)
        )
    }

    private func identifier(of document: JSONValue) -> String? {
        switch document["id"] {
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        default: nil
        }
    }

    private func connection(
        of document: JSONValue,
        reader: MemberReader
    ) throws(TransactionDecodingError) -> HTTPConnectionInfo {
        let client = document["client"]
        let server = document["server"]
        return HTTPConnectionInfo(
            clientAddress: try reader.optionalText(client?["address"], name: "client.address") ?? "127.0.0.1",
            clientPort: try reader.port(client?["port"], name: "client.port") ?? 0,
            serverAddress: try reader.optionalText(server?["address"], name: "server.address") ?? "127.0.0.1",
            serverPort: try reader.port(server?["port"], name: "server.port") ?? 80
        )
    }

    private func request(
        _ value: JSONValue?,
        reader: MemberReader
    ) throws(TransactionDecodingError) -> ReceivedRequest {
        guard let value, case .object = value else {
            throw reader.error("\"request\" or \"raw\" is missing")
        }
        let head = HTTPRequestHead(
            method: try reader.bytes(value["method"], name: "request.method"),
            target: try reader.bytes(value["target"], name: "request.target"),
            version: try reader.bytes(value["version"], name: "request.version", default: "HTTP/1.1"),
            fields: try reader.fields(value["headers"], name: "request.headers")
        )
        let body = try reader.optionalBase64(value["body"], name: "request.body") ?? []
        return ReceivedRequest(head: head, body: body, refusal: nil)
    }

    private func response(
        _ value: JSONValue?,
        reader: MemberReader
    ) throws(TransactionDecodingError) -> RecordedResponse? {
        guard let value, !value.isNull else {
            return nil
        }
        guard let status = value["status"]?.integer, (100...999).contains(status) else {
            throw reader.error("\"response.status\" must be a number from 100 to 999")
        }
        let head = HTTPResponseHead(
            version: try reader.bytes(value["version"], name: "response.version", default: "HTTP/1.1"),
            status: status,
            reason: [],
            fields: try reader.fields(value["headers"], name: "response.headers")
        )
        return RecordedResponse(head: head, body: try reader.optionalBase64(value["body"], name: "response.body") ?? [])
    }
}

/// Takes members of one line apart and words what is wrong with them.
private struct MemberReader {
    var line: Int
    var id: String?

    func error(_ message: String) -> TransactionDecodingError {
        TransactionDecodingError(line: line, message: message, id: id)
    }

    func bytes(
        _ value: JSONValue?,
        name: String,
        default fallback: String? = nil
    ) throws(TransactionDecodingError) -> [UInt8] {
        if value == nil || value == .null, let fallback {
            return Array(fallback.utf8)
        }
        guard let bytes = value?.bytes else {
            throw error("\"\(name)\" must be a string, not \(value?.kind ?? "absent")")
        }
        return bytes
    }

    func optionalText(_ value: JSONValue?, name: String) throws(TransactionDecodingError) -> String? {
        guard let value, !value.isNull else {
            return nil
        }
        return String(decoding: try bytes(value, name: name), as: UTF8.self)
    }

    func port(_ value: JSONValue?, name: String) throws(TransactionDecodingError) -> Int? {
        guard let value, !value.isNull else {
            return nil
        }
        guard let port = value.integer, (0...65_535).contains(port) else {
            throw error("\"\(name)\" must be a number from 0 to 65535")
        }
        return port
    }

    func base64(_ value: JSONValue, name: String) throws(TransactionDecodingError) -> [UInt8] {
        guard let data = Data(base64Encoded: Data(try bytes(value, name: name))) else {
            throw error("\"\(name)\" is not base64")
        }
        return Array(data)
    }

    func optionalBase64(_ value: JSONValue?, name: String) throws(TransactionDecodingError) -> [UInt8]? {
        guard let value, !value.isNull else {
            return nil
        }
        return try base64(value, name: name)
    }

    func fields(
        _ value: JSONValue?,
        name: String
    ) throws(TransactionDecodingError) -> [(name: [UInt8], value: [UInt8])] {
        guard let value, !value.isNull else {
            return []
        }
        guard let pairs = value.elements else {
            throw error("\"\(name)\" must be an array of [name, value] pairs")
        }
        var fields: [(name: [UInt8], value: [UInt8])] = []
        fields.reserveCapacity(pairs.count)
        for pair in pairs {
            guard let parts = pair.elements, parts.count == 2, let name = parts[0].bytes, let value = parts[1].bytes
            else {
                throw error("\"\(name)\" must be an array of [name, value] pairs of strings")
            }
            fields.append((name: name, value: value))
        }
        return fields
    }
}
