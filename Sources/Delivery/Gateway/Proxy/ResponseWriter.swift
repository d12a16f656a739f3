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
        let head = response.head
        buffer.reserveCapacity(minimumWritableBytes: head.bytes.count + 128)
        head.bytes.withUnsafeBufferPointer { bytes in
            buffer.writeStaticString("HTTP/1.1 ")
            buffer.writeDecimal(head.status)
            buffer.writeStaticString(" ")
            buffer.writeSlice(bytes, head.reason.bounds)
            buffer.writeStaticString("\r\n")
            let keepsLength = framing == .none && head.status >= 200 && head.status != 204
            var lines = FieldLines()
            for field in head.fields where isForwarded(field, bytes, keepsLength: keepsLength) {
                lines.append(field, bytes, to: &buffer)
            }
            lines.finish(bytes, to: &buffer)
        }
        switch framing {
        case .none, .untilClose:
            break
        case .length(let length):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeDecimal(length)
            buffer.writeStaticString("\r\n")
        case .chunked:
            buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .upgrade:
            buffer.writeStaticString("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            return
        }
        if !isKeptAlive {
            buffer.writeStaticString("Connection: close\r\n")
        } else if isHTTP10 {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        buffer.writeStaticString("\r\n")
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
