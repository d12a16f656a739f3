// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
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
            for (position, others) in [(0, 0x76), (1, 0x20), (7, 0x09), (8, 0xff), (39, 0x80), (40, 0x7e), (42, 0x21)] {
                // The bytes around the range count for nothing.
                var bytes = [0x7f] + [UInt8](repeating: UInt8(others), count: 43) + [0x00]
                bytes[1 + position] = byte
                let isValid = bytes.withUnsafeBufferPointer { isFieldValue($0, 1..<44) }
                #expect(isValid == ByteSet.fieldValue.contains(byte), "byte \(byte) at \(position)")
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

    @Test(arguments: ["te", "upgrade", "text/html", "http2-settings", "x-forwarded-for", "application/xhtml+xml"])
    func `a text is equal in any case of its letters and in nothing else`(_ text: String) throws {
        for position in 0..<text.utf8.count {
            for byte in UInt8.min...UInt8.max {
                var bytes = Array(text.utf8)
                let expected = bytes[position]
                bytes[position] = byte
                let isEqual = bytes.withUnsafeBufferPointer { bytes in
                    switch text {
                    case "te": equalsIgnoringCase(bytes, 0..<bytes.count, "te")
                    case "upgrade": equalsIgnoringCase(bytes, 0..<bytes.count, "upgrade")
                    case "text/html": equalsIgnoringCase(bytes, 0..<bytes.count, "text/html")
                    case "http2-settings": equalsIgnoringCase(bytes, 0..<bytes.count, "http2-settings")
                    case "x-forwarded-for": equalsIgnoringCase(bytes, 0..<bytes.count, "x-forwarded-for")
                    default: equalsIgnoringCase(bytes, 0..<bytes.count, "application/xhtml+xml")
                    }
                }
                #expect(isEqual == (lowercased(byte) == expected), "byte \(byte) at \(position)")
            }
        }
    }

    @Test func `a name ends at its colon and holds characters of a token only`() {
        for byte in UInt8.min...UInt8.max {
            let bytes = Array("Na".utf8) + [byte] + Array("e: x:y".utf8)
            let colon = bytes.withUnsafeBufferPointer { colonBehindToken($0, 0..<bytes.count) }
            #expect(colon == (byte == UInt8(ascii: ":") ? 2 : ByteSet.token.contains(byte) ? 4 : nil))
        }
        let cut = Array("Name".utf8)
        #expect(cut.withUnsafeBufferPointer { colonBehindToken($0, 0..<cut.count) } == nil)
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
            #expect(text.allSatisfy { "0123456789abcdef-".contains($0) })
        }
    }

    @Test func `identifiers begin with the time in milliseconds`() throws {
        var random = RandomWords()
        let before = UInt64(Date().timeIntervalSince1970 * 1000)
        let text = ExchangeIdentifier(&random).text
        let after = UInt64(Date().timeIntervalSince1970 * 1000) + 1
        let time = try #require(UInt64(text.prefix(13).filter { $0 != "-" }, radix: 16))
        #expect(time + 1 >= before && time <= after)
    }
}
