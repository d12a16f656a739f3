// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation

/// Reads recorded traffic from a HAR file (HTTP Archive 1.2), as browsers and proxies save it.
///
/// A HAR file holds bodies after decoding, so the fields that told of their coding (`Content-Encoding`,
/// `Transfer-Encoding`) are left out and `Content-Length` is set anew. Pseudo header fields of HTTP/2 are turned
/// into a `Host` field. Client addresses are not recorded; see ``clientAddress``.
package enum HARReader {
    /// The client's address that recorded requests are judged with: one of the block for documentation
    /// (RFC 5737), so that exceptions for local clients do not hide anything.
    package static let clientAddress = "192.0.2.1"

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - onError: told of each entry that cannot be used; the others are still read.
    /// - Returns: the transactions in the order of the file.
    /// - Throws: ``TransactionDecodingError`` where the file is no HAR at all.
    package static func read(
        _ bytes: [UInt8],
        onError: (TransactionDecodingError) -> Void
    ) throws(TransactionDecodingError) -> [RecordedTransaction] {
        let document: JSONValue
        do throws(JSONError) {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            document = try JSONReader.read(bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes)
        } catch {
            let position = error.position(in: bytes)
            throw TransactionDecodingError(line: position.line, column: position.column, message: error.message)
        }
        guard let entries = document["log"]?["entries"]?.elements else {
            throw TransactionDecodingError(line: 1, message: "not a HAR file: \"log.entries\" is missing")
        }
        var transactions: [RecordedTransaction] = []
        transactions.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            let id = "entry \(index + 1)"
            do throws(TransactionDecodingError) {
                transactions.append(try transaction(entry, id: id))
            } catch {
                onError(error)
            }
        }
        return transactions
    }

    private static func transaction(
        _ entry: JSONValue,
        id: String
    ) throws(TransactionDecodingError) -> RecordedTransaction {
        guard let request = entry["request"], let method = request["method"]?.bytes,
            let url = request["url"]?.bytes
        else {
            throw TransactionDecodingError(line: 1, message: "\(id) has no request with method and url", id: id)
        }
        let address = WebAddress(url)
        let body = try self.requestBody(request["postData"], id: id)
        var fields = fields(request["headers"], bodyLength: body.isEmpty ? nil : body.count)
        if !fields.contains(where: { matches($0.name, "host") }), !address.authority.isEmpty {
            fields.insert((name: Array("Host".utf8), value: address.authority), at: 0)
        }
        let head = HTTPRequestHead(
            method: method,
            target: address.target,
            version: version(request["httpVersion"]),
            fields: fields
        )
        return RecordedTransaction(
            id: id,
            connection: HTTPConnectionInfo(
                clientAddress: clientAddress,
                clientPort: 0,
                serverAddress: entry["serverIPAddress"]?.text ?? "127.0.0.1",
                serverPort: address.port
            ),
            request: ReceivedRequest(head: head, body: body, refusal: nil),
            response: try response(entry["response"], id: id)
        )
    }

    private static func response(
        _ value: JSONValue?,
        id: String
    ) throws(TransactionDecodingError) -> RecordedResponse? {
        // A blocked or failed request is recorded with status 0 and has no response.
        guard let value, let status = value["status"]?.integer, (100...999).contains(status) else {
            return nil
        }
        let content = value["content"]
        let body = try self.body(content, isBase64: content?["encoding"]?.text == "base64", id: id)
        let head = HTTPResponseHead(
            version: version(value["httpVersion"]),
            status: status,
            reason: value["statusText"]?.bytes ?? [],
            fields: fields(value["headers"], bodyLength: body.count)
        )
        return RecordedResponse(head: head, body: body)
    }

    /// The posted body; from its parameters where the recorder kept only those.
    private static func requestBody(_ value: JSONValue?, id: String) throws(TransactionDecodingError) -> [UInt8] {
        guard let value, !value.isNull else {
            return []
        }
        let body = try self.body(value, isBase64: value["encoding"]?.text == "base64", id: id)
        guard body.isEmpty, let parameters = value["params"]?.elements, !parameters.isEmpty else {
            return body
        }
        let pairs = parameters.map { parameter in
            FormEncoding.escape(parameter["name"]?.bytes ?? []) + Array("=".utf8)
                + FormEncoding.escape(parameter["value"]?.bytes ?? [])
        }
        return Array(pairs.joined(separator: Array("&".utf8)))
    }

    private static func body(
        _ value: JSONValue?,
        isBase64: Bool,
        id: String
    ) throws(TransactionDecodingError) -> [UInt8] {
        guard let text = value?["text"]?.bytes else {
            return []
        }
        guard isBase64 else {
            return text
        }
        guard let data = Data(base64Encoded: Data(text), options: .ignoreUnknownCharacters) else {
            throw TransactionDecodingError(line: 1, message: "\(id) has a body that is not base64", id: id)
        }
        return Array(data)
    }

    private static func fields(_ value: JSONValue?, bodyLength: Int?) -> [(name: [UInt8], value: [UInt8])] {
        var fields: [(name: [UInt8], value: [UInt8])] = []
        for header in value?.elements ?? [] {
            guard let name = header["name"]?.bytes, let value = header["value"]?.bytes else {
                continue
            }
            if matches(name, ":authority") {
                fields.insert((name: Array("Host".utf8), value: value), at: 0)
            } else if name.first == UInt8(ascii: ":") || matches(name, "content-encoding")
                || matches(name, "transfer-encoding")
            {
                continue
            } else if matches(name, "content-length"), let bodyLength {
                fields.append((name: name, value: Array(String(bodyLength).utf8)))
            } else {
                fields.append((name: name, value: value))
            }
        }
        return fields
    }

    /// `HTTP/1.1` for what browsers write as `http/1.1`; newer versions as the gateway would see them, 1.1.
    private static func version(_ value: JSONValue?) -> [UInt8] {
        let text = value?.text?.uppercased() ?? ""
        return Array((text == "HTTP/1.0" ? text : "HTTP/1.1").utf8)
    }

    private static func matches(_ name: [UInt8], _ lowercase: String) -> Bool {
        name.count == lowercase.utf8.count
            && zip(name, lowercase.utf8).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && (0x61...0x7A).contains($1)) }
    }
}

/// An absolute URL, cut into the parts that an HTTP request is made of.
struct WebAddress {
    /// Host and port as in a `Host` field.
    var authority: [UInt8] = []
    /// The number of the port, from the scheme where the URL has none.
    var port = 80
    /// Path and query; the fragment never leaves a browser.
    var target: [UInt8]

    init(_ url: [UInt8]) {
        let url = Array(url.prefix { $0 != UInt8(ascii: "#") })
        guard let scheme = ByteSearch.firstIndex(of: Array("://".utf8), in: url), scheme > 0, scheme < 12 else {
            target = url.isEmpty ? [UInt8(ascii: "/")] : url
            return
        }
        let rest = url[(scheme + 3)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            authority = authority[(at + 1)...]
        }
        self.authority = Array(authority)
        let path = rest[end...]
        target = path.first == UInt8(ascii: "/") ? Array(path) : [UInt8(ascii: "/")] + path
        port = url.starts(with: Array("https".utf8)) ? 443 : 80
        if let colon = authority.lastIndex(of: UInt8(ascii: ":")),
            let number = Int(String(decoding: authority[(colon + 1)...], as: UTF8.self)), (1...65_535).contains(number)
        {
            port = number
        }
    }
}
