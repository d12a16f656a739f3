// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import NIOCore

/// Writes a request for the upstream: a canonical form of exactly what was inspected, never the received bytes.
struct RequestWriter {
    /// How the body follows.
    enum Framing: Equatable {
        /// There was no body and no length.
        case none
        case length(Int)
        case chunked
    }

    let runtime: GatewayRuntime
    let upstream: UpstreamAddress
    /// The peer's numeric address.
    let peer: String
    let isPeerTrusted: Bool
    let isClientTLS: Bool
    /// The filters' identifier for the exchange, if there is one.
    let identifier: String?
    let ownIdentifier: ExchangeIdentifier
    let asksForPlainResponse: Bool
    /// Whether the body goes on without the content coding that it came with.
    let isBodyDecoded: Bool

    func write(_ request: ParsedRequest, framing: Framing, to buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: request.head.bytes.count + 512)
        request.head.bytes.withUnsafeBufferPointer { bytes in
            writeRequestLine(request, bytes, &buffer)
            let nominated = request.nominatesFields ? nominatedNames(request.head, bytes) : []
            var lines = FieldLines()
            for field in request.head.fields where isForwarded(field, bytes, nominated) {
                lines.append(field, bytes, to: &buffer)
            }
            lines.finish(bytes, to: &buffer)
            writeProxyFields(request, bytes, &buffer)
        }
        switch framing {
        case .none:
            break
        case .length(let length):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeDecimal(length)
            buffer.writeStaticString("\r\n")
        case .chunked:
            buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        }
        if request.wantsWebSocket {
            buffer.writeStaticString("Connection: Upgrade\r\nUpgrade: websocket\r\n")
        }
        buffer.writeStaticString("\r\n")
    }

    private func writeRequestLine(
        _ request: ParsedRequest,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ buffer: inout ByteBuffer
    ) {
        let target = request.originTarget.bounds
        buffer.writeSlice(bytes, request.head.method.bounds)
        buffer.writeStaticString(" ")
        if target.isEmpty {
            // RFC 9112 section 3.2.4: an absolute target of OPTIONS without a path means the server as a whole.
            buffer.writeStaticString(equals(bytes, request.head.method.bounds, "OPTIONS") ? "*" : "/")
        } else if bytes[target.lowerBound] == UInt8(ascii: "?") {
            buffer.writeStaticString("/")
        }
        buffer.writeSlice(bytes, target)
        buffer.writeStaticString(" HTTP/1.1\r\nHost: ")
        if request.authority.isEmpty {
            buffer.writeString(upstream.authority)
        } else {
            buffer.writeSlice(bytes, request.authority.bounds)
        }
        buffer.writeStaticString("\r\n")
    }

    /// The names that `Connection` nominates, RFC 9110 section 7.6.1. Only so many, since each is compared with
    /// each field; that a further one stays in harms nobody.
    private func nominatedNames(_ head: HTTPRequestHead, _ bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var names: [Range<Int>] = []
        for field in head.fields where FieldName(bytes, field.name.bounds) == .connection {
            forEachListElement(bytes, field.value.bounds) { element in
                if names.count < 64 {
                    names.append(element)
                }
            }
        }
        return names
    }

    /// Whether a field goes on to the upstream. What a client nominates in `Connection` is dropped only where
    /// nothing depends on it: never the host, lengths, cookies, authorization or what this gateway writes itself.
    private func isForwarded(
        _ field: HTTPFieldRange,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ nominated: [Range<Int>]
    ) -> Bool {
        let name = field.name.bounds
        switch FieldName(bytes, name) {
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .http2Settings,
            .proxyAuthenticate, .proxyAuthorization, .expect, .host, .contentLength, .xForwardedFor:
            return false
        case .proxy:
            // CGI programs would read it as the environment variable HTTP_PROXY.
            return false
        case .forwarded, .xForwardedHost, .xForwardedPort, .xForwardedProto, .xRealIP:
            return isPeerTrusted
        case .acceptEncoding:
            return !asksForPlainResponse
        case .contentEncoding:
            return !isBodyDecoded
        case .accept, .authorization, .contentType, .cookie, .via:
            return true
        case .other:
            if !runtime.configuration.forwardsUnderscoreFields, bytes[name].contains(UInt8(ascii: "_")) {
                return false
            }
            if let own = runtime.configuration.identifierField, equalsIgnoringCase(bytes, name, own) {
                return false
            }
            return !nominated.contains { equalsIgnoringCase(bytes, $0, name) }
        }
    }

    private func writeProxyFields(
        _ request: ParsedRequest,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ buffer: inout ByteBuffer
    ) {
        if asksForPlainResponse {
            buffer.writeStaticString("Accept-Encoding: identity\r\n")
        }
        buffer.writeStaticString("X-Forwarded-For: ")
        var hasProto = false
        var hasHost = false
        if isPeerTrusted {
            for field in request.head.fields {
                switch FieldName(bytes, field.name.bounds) {
                case .xForwardedFor where !field.value.isEmpty:
                    buffer.writeSlice(bytes, field.value.bounds)
                    buffer.writeStaticString(", ")
                case .xForwardedProto: hasProto = true
                case .xForwardedHost: hasHost = true
                default: break
                }
            }
        }
        buffer.writeString(peer)
        if !hasProto {
            buffer.writeStaticString(
                isClientTLS ? "\r\nX-Forwarded-Proto: https" : "\r\nX-Forwarded-Proto: http"
            )
        }
        if !hasHost, !request.authority.isEmpty {
            buffer.writeStaticString("\r\nX-Forwarded-Host: ")
            buffer.writeSlice(bytes, request.authority.bounds)
        }
        if let pseudonym = runtime.configuration.viaPseudonym {
            buffer.writeStaticString(request.isHTTP10 ? "\r\nVia: 1.0 " : "\r\nVia: 1.1 ")
            buffer.writeString(pseudonym)
        }
        if let field = runtime.configuration.identifierField {
            buffer.writeStaticString("\r\n")
            buffer.writeString(field)
            buffer.writeStaticString(": ")
            if let identifier {
                buffer.writeString(identifier)
            } else {
                ownIdentifier.write(to: &buffer)
            }
        }
        buffer.writeStaticString("\r\n")
    }

    private func equalsIgnoringCase(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ name: Range<Int>,
        _ other: String
    ) -> Bool {
        let text = other.utf8
        guard text.count == name.count else {
            return false
        }
        return zip(name, text).allSatisfy { lowercased(bytes[$0]) == lowercased($1) }
    }

    private func equalsIgnoringCase(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ left: Range<Int>,
        _ right: Range<Int>
    ) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lowercased(bytes[$0]) == lowercased(bytes[$1]) }
    }
}
