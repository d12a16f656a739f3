// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import HTTPTypes
import Hummingbird

/// The fields of a query or of a form, in order ([URL standard](https://url.spec.whatwg.org/#urlencoded-parsing)).
///
/// Bytes that are no UTF-8 become U+FFFD; a percent sign without two hex digits stays.
struct FormData: Sendable {
    private(set) var fields: [(name: String, value: String)] = []

    /// - Parameter bytes: such as `name=O%27Brien&town=K%C3%B6ln`.
    init(urlEncoded bytes: some Sequence<UInt8>) {
        for pair in Array(bytes).split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first else { continue }
            fields.append((Self.decoded(name), parts.count > 1 ? Self.decoded(parts[1]) : ""))
        }
    }

    /// The first value of a field, without white space around it; empty where the field is missing.
    subscript(name: String) -> String {
        fields.first { $0.name == name }?.value ?? ""
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = hexPair(rest.prefix(2)) {
                result.append(value)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func hexPair(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard digits.count == 2 else { return nil }
        var value: UInt8 = 0
        for digit in digits {
            guard let nibble = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            value = value << 4 | UInt8(nibble)
        }
        return value
    }
}

extension Request {
    /// The largest body that the shop reads, in bytes; larger ones are answered with 413.
    static let bodyLimit = 1 << 20

    /// The fields of the query.
    var query: FormData {
        FormData(urlEncoded: (uri.query ?? "").utf8)
    }

    /// The whole body.
    /// - Throws: `HTTPError` 413 for a body over ``bodyLimit``.
    func bodyBytes() async throws -> [UInt8] {
        let buffer = try await body.collect(upTo: Self.bodyLimit)
        return Array(buffer.readableBytesView)
    }

    /// The fields of a form sent in the body.
    /// - Throws: `HTTPError` 413 for a body over ``bodyLimit``.
    func form() async throws -> FormData {
        FormData(urlEncoded: try await bodyBytes())
    }
}
