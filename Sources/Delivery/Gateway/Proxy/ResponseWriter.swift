// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import NIOCore

/// Writes an upstream's response head for the client, without what concerns the connection to the upstream.
struct ResponseWriter {
    /// How the body follows.
    enum Framing: Equatable {
        /// Nothing follows; a length that the upstream gave (HEAD, 304) is passed on.
        case none
        case length(Int)
        case chunked
        /// The connection's end ends the body, for clients that know no chunks.
        case untilClose
        /// The protocol changes.
        case upgrade
    }

    let isKeptAlive: Bool
    let isHTTP10: Bool

    func write(_ response: ParsedResponse, framing: Framing, to buffer: inout ByteBuffer) {
        response.head.bytes.withUnsafeBufferPointer { bytes in
            buffer.composeHead(estimate: bytes.count + 128) { write(response.head, bytes, framing, to: &$0) }
        }
    }

    private func write(
        _ response: HTTPResponseHead,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ framing: Framing,
        to head: inout HeadComposer
    ) {
        head.append("HTTP/1.1 ")
        head.append(decimal: response.status)
        head.append(" ")
        head.append(bytes, response.reason.bounds)
        head.append("\r\n")
        let keepsLength = framing == .none && response.status >= 200 && response.status != 204
        var lines = FieldLines()
        for field in response.fields where isForwarded(field, bytes, keepsLength: keepsLength) {
            lines.append(field, bytes, to: &head)
        }
        lines.finish(bytes, to: &head)
        switch framing {
        case .none, .untilClose:
            break
        case .length(let length):
            head.append("Content-Length: ")
            head.append(decimal: length)
            head.append("\r\n")
        case .chunked:
            head.append("Transfer-Encoding: chunked\r\n")
        case .upgrade:
            head.append("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            return
        }
        if !isKeptAlive {
            head.append("Connection: close\r\n")
        } else if isHTTP10 {
            head.append("Connection: keep-alive\r\n")
        }
        head.append("\r\n")
    }

    private func isForwarded(
        _ field: HTTPFieldRange,
        _ bytes: UnsafeBufferPointer<UInt8>,
        keepsLength: Bool
    ) -> Bool {
        switch FieldName(bytes, field.name.bounds) {
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade,
            .proxyAuthenticate, .proxyAuthorization:
            false
        case .contentLength:
            keepsLength
        default:
            true
        }
    }
}
