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

    /// Tells fields apart by the length of their name first, so that a name costs three comparisons at most, which
    /// end at the first byte that differs.
    init(_ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) {
        @inline(__always)
        func named(_ text: StaticString) -> Bool { equalsIgnoringCase(bytes, name, text) }
        switch name.count {
        case 2: self = named("te") ? .te : .other
        case 3: self = named("via") ? .via : .other
        case 4: self = named("host") ? .host : .other
        case 5: self = named("proxy") ? .proxy : .other
        case 6: self = named("accept") ? .accept : named("cookie") ? .cookie : named("expect") ? .expect : .other
        case 7: self = named("trailer") ? .trailer : named("upgrade") ? .upgrade : .other
        case 9: self = named("forwarded") ? .forwarded : named("x-real-ip") ? .xRealIP : .other
        case 10: self = named("connection") ? .connection : named("keep-alive") ? .keepAlive : .other
        case 12: self = named("content-type") ? .contentType : .other
        case 13: self = named("authorization") ? .authorization : .other
        case 14...19: self = Self.long(name.count, named)
        default: self = .other
        }
    }

    @inline(__always)
    private static func long(_ length: Int, _ named: (StaticString) -> Bool) -> FieldName {
        switch length {
        case 14: named("content-length") ? .contentLength : named("http2-settings") ? .http2Settings : .other
        case 15: named("accept-encoding") ? .acceptEncoding : named("x-forwarded-for") ? .xForwardedFor : .other
        case 16:
            if named("content-encoding") {
                .contentEncoding
            } else if named("proxy-connection") {
                .proxyConnection
            } else {
                named("x-forwarded-host") ? .xForwardedHost : named("x-forwarded-port") ? .xForwardedPort : .other
            }
        case 17:
            if named("transfer-encoding") {
                .transferEncoding
            } else {
                named("x-forwarded-proto") ? .xForwardedProto : .other
            }
        case 18: named("proxy-authenticate") ? .proxyAuthenticate : .other
        default: named("proxy-authorization") ? .proxyAuthorization : .other
        }
    }
}
