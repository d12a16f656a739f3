// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The header fields that mean something to a proxy.
enum FieldName: Equatable {
    case accept
    case acceptEncoding
    case authorization
    case connection
    case contentEncoding
    case contentLength
    case contentType
    case cookie
    case expect
    case forwarded
    case host
    case http2Settings
    case keepAlive
    case other
    case proxy
    case proxyAuthenticate
    case proxyAuthorization
    case proxyConnection
    case te
    case trailer
    case transferEncoding
    case upgrade
    case via
    case xForwardedFor
    case xForwardedHost
    case xForwardedPort
    case xForwardedProto
    case xRealIP

    /// Tells fields apart by the length of their name first, so that most names cost one comparison or none.
    init(_ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) {
        self = .other
        for (field, text) in Self.candidates(length: name.count) where equalsIgnoringCase(bytes, name, text) {
            self = field
            return
        }
    }

    /// The known names by length; the arrays are built once.
    @inline(__always)
    private static func candidates(length: Int) -> [(FieldName, StaticString)] {
        length < byLength.count ? byLength[length] : []
    }

    private static let byLength: [[(FieldName, StaticString)]] = {
        let names: [(FieldName, StaticString)] = [
            (.te, "te"), (.via, "via"), (.host, "host"), (.proxy, "proxy"), (.accept, "accept"),
            (.cookie, "cookie"), (.expect, "expect"), (.trailer, "trailer"), (.upgrade, "upgrade"),
            (.forwarded, "forwarded"), (.xRealIP, "x-real-ip"), (.connection, "connection"),
            (.keepAlive, "keep-alive"), (.contentType, "content-type"), (.authorization, "authorization"),
            (.contentLength, "content-length"), (.http2Settings, "http2-settings"),
            (.acceptEncoding, "accept-encoding"), (.xForwardedFor, "x-forwarded-for"),
            (.contentEncoding, "content-encoding"), (.proxyConnection, "proxy-connection"),
            (.xForwardedHost, "x-forwarded-host"), (.xForwardedPort, "x-forwarded-port"),
            (.transferEncoding, "transfer-encoding"), (.xForwardedProto, "x-forwarded-proto"),
            (.proxyAuthenticate, "proxy-authenticate"), (.proxyAuthorization, "proxy-authorization"),
        ]
        var table: [[(FieldName, StaticString)]] = Array(repeating: [], count: 20)
        for (field, text) in names {
            table[text.utf8CodeUnitCount].append((field, text))
        }
        return table
    }()
}
