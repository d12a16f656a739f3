// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Gateway

@Suite struct `Byte sets and names` {
    /// The ASCII letters and digits, and the characters of a text.
    func alphanumericOr(_ others: String) -> (UInt8) -> Bool {
        { byte in
            let character = Character(UnicodeScalar(byte))
            return byte < 0x80 && (character.isLetter || character.isNumber || others.utf8.contains(byte))
        }
    }

    @Test func `the constants hold what they say`() {
        let cases: [(ByteSet, (UInt8) -> Bool)] = [
            (.token, alphanumericOr("!#$%&'*+-.^_`|~")), (.hostName, alphanumericOr("-._~")),
            (.fieldValue, { $0 == 9 || ($0 >= 0x20 && $0 != 0x7f) }),
            (.target, { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "#") }),
            (.addressLiteral, { "0123456789abcdefABCDEF:.".utf8.contains($0) }),
        ]
        for (set, isMember) in cases {
            for byte in UInt8.min...UInt8.max {
                #expect(set.contains(byte) == isMember(byte))
            }
        }
    }

    @Test func `a field value is judged alike byte by byte and at once`() {
        for byte in UInt8.min...UInt8.max {
            for position in [0, 1, 15, 39] {
                var bytes = [UInt8](repeating: UInt8(ascii: "v"), count: 40)
                bytes[position] = byte
                let isValid = bytes.withUnsafeBufferPointer { isFieldValue($0, 0..<40) }
                #expect(isValid == ByteSet.fieldValue.contains(byte))
            }
        }
        #expect([UInt8]().withUnsafeBufferPointer { isFieldValue($0, 0..<0) })
    }

    @Test(arguments: [
        ("TE", FieldName.te), ("Via", .via), ("HOST", .host), ("Proxy", .proxy), ("accept", .accept),
        ("Cookie", .cookie), ("Expect", .expect), ("Trailer", .trailer), ("Upgrade", .upgrade),
        ("Forwarded", .forwarded), ("X-Real-IP", .xRealIP), ("Connection", .connection), ("Keep-Alive", .keepAlive),
        ("Content-Type", .contentType), ("Authorization", .authorization), ("Content-Length", .contentLength),
        ("HTTP2-Settings", .http2Settings), ("Accept-Encoding", .acceptEncoding),
        ("X-Forwarded-For", .xForwardedFor), ("Content-Encoding", .contentEncoding),
        ("Proxy-Connection", .proxyConnection), ("X-Forwarded-Host", .xForwardedHost),
        ("X-Forwarded-Port", .xForwardedPort), ("Transfer-Encoding", .transferEncoding),
        ("X-Forwarded-Proto", .xForwardedProto), ("Proxy-Authenticate", .proxyAuthenticate),
        ("Proxy-Authorization", .proxyAuthorization), ("Hosts", .other), ("", .other), ("X-Forwarded-Portx", .other),
        ("Proxy-Authorizatiom", .other),
    ])
    func `known names are known in any case`(_ name: String, _ field: FieldName) {
        let bytes = Array(name.utf8)
        #expect(bytes.withUnsafeBufferPointer { FieldName($0, 0..<bytes.count) } == field)
    }

    @Test func `identifiers are UUIDs of version 7 and unlike each other`() {
        var random = RandomWords()
        let texts = (0..<1000).map { _ in ExchangeIdentifier(&random).text }
        #expect(Set(texts).count == 1000)
        for text in texts {
            let parts = text.split(separator: "-").map(\.count)
            #expect(parts == [8, 4, 4, 4, 12])
            #expect(text.dropFirst(14).first == "7")
            #expect("89ab".contains(text.dropFirst(19).first ?? "-"))
        }
    }
}
