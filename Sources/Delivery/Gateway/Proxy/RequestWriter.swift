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
    let place: UpstreamPool.Place
    let client: ClientConnection
    let isPeerTrusted: Bool
    /// The filters' identifier for the exchange, if there is one.
    let identifier: String?
    let ownIdentifier: ExchangeIdentifier
    let asksForPlainResponse: Bool
    /// Whether the body goes on without the content coding that it came with.
    let isBodyDecoded: Bool

    func write(_ request: ParsedRequest, framing: Framing, to buffer: inout ByteBuffer) {
        request.head.bytes.withUnsafeBufferPointer { bytes in
            buffer.composeHead(estimate: bytes.count + 512) { write(request, bytes, framing, to: &$0) }
        }
    }

    private func write(
        _ request: ParsedRequest,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ framing: Framing,
        to head: inout HeadComposer
    ) {
        writeRequestLine(request, bytes, &head)
        let nominated = request.nominatesFields ? nominatedNames(request.head, bytes) : []
        var lines = FieldLines()
        for field in request.head.fields where isForwarded(field, bytes, nominated) {
            lines.append(field, bytes, to: &head)
        }
        lines.finish(bytes, to: &head)
        writeProxyFields(request, bytes, &head)
        switch framing {
        case .none:
            break
        case .length(let length):
            head.append("Content-Length: ")
            head.append(decimal: length)
            head.append("\r\n")
        case .chunked:
            head.append("Transfer-Encoding: chunked\r\n")
        }
        if request.wantsWebSocket {
            head.append("Connection: Upgrade\r\nUpgrade: websocket\r\n")
        }
        head.append("\r\n")
    }

    private func writeRequestLine(
        _ request: ParsedRequest,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ head: inout HeadComposer
    ) {
        let target = request.originTarget.bounds
        head.append(bytes, request.head.method.bounds)
        head.append(" ")
        if target.isEmpty {
            // RFC 9112 section 3.2.4: an absolute target of OPTIONS without a path means the server as a whole.
            head.append(equals(bytes, request.head.method.bounds, "OPTIONS") ? "*" : "/")
        } else if bytes[target.lowerBound] == UInt8(ascii: "?") {
            head.append("/")
        }
        head.append(bytes, target)
        head.append(" HTTP/1.1\r\nHost: ")
        if request.authority.isEmpty {
            head.append(string: place.address.authority)
        } else {
            head.append(bytes, request.authority.bounds)
        }
        head.append("\r\n")
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
            if runtime.ownFields.isIdentifier(bytes, name) {
                return false
            }
            return !nominated.contains { equalsIgnoringCase(bytes, $0, name) }
        }
    }

    private func writeProxyFields(
        _ request: ParsedRequest,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ head: inout HeadComposer
    ) {
        if asksForPlainResponse {
            head.append("Accept-Encoding: identity\r\n")
        }
        head.append("X-Forwarded-For: ")
        var hasProto = false
        var hasHost = false
        if isPeerTrusted {
            for field in request.head.fields {
                switch FieldName(bytes, field.name.bounds) {
                case .xForwardedFor where !field.value.isEmpty:
                    head.append(bytes, field.value.bounds)
                    head.append(", ")
                case .xForwardedProto: hasProto = true
                case .xForwardedHost: hasHost = true
                default: break
                }
            }
        }
        head.append(string: client.peerAddress)
        if !hasProto {
            head.append(
                client.isTLS ? "\r\nX-Forwarded-Proto: https" : "\r\nX-Forwarded-Proto: http"
            )
        }
        if !hasHost, !request.authority.isEmpty {
            head.append("\r\nX-Forwarded-Host: ")
            head.append(bytes, request.authority.bounds)
        }
        head.append(bytes: request.isHTTP10 ? runtime.ownFields.via10 : runtime.ownFields.via11)
        if !runtime.ownFields.identifierStart.isEmpty {
            head.append(bytes: runtime.ownFields.identifierStart)
            if let identifier {
                head.append(string: identifier)
            } else {
                ownIdentifier.write(to: &head)
            }
        }
        head.append("\r\n")
    }
}
