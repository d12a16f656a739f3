// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Crypto
import Foundation
import Testing

@testable import Access

@Suite struct SecretTests {
    @Test func `base64url has one text for each content`() {
        var generator = SeededGenerator(seed: 1)
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Base64URL.encode(bytes)
            let expected = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            #expect(text == expected.replacing("=", with: ""))
            #expect(Base64URL.decode(text.utf8) == bytes)
        }
        for text in ["A", "AAAAA", "AB", "AAB", "AA=", "AA==", "A+", "A/", "A ", "A\n", "AÀ", "AAA\u{0}"] {
            #expect(Base64URL.decode(text.utf8) == nil, "\(text)")
        }
    }

    @Test func `a secret reads back, and nothing else does`() throws {
        let secret = Secret(.seeded(2))
        #expect(secret.text.utf8.count == 43)
        #expect(try #require(Secret(secret.text)).bytes == secret.bytes)
        #expect(secret.hash == Array(SHA256.hash(data: secret.bytes)))
        for text in ["", "a", secret.text + "A", secret.text + "=", String(secret.text.dropLast()), " " + secret.text] {
            #expect(Secret(text) == nil)
        }
        // The last character has bits to spare, which have to be zero.
        let last = secret.text.dropLast()
        #expect("ABCDEFGHIJKLMNOPQRSTUVWXYZ".count { Secret(last + String($0)) != nil } <= 7)
    }

    @Test func `a secret is not printed`() {
        let (secret, token) = (Secret(.seeded(3)), TokenText(.seeded(3)))
        var dumped = ""
        dump(secret, to: &dumped)
        dump(token, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), "\(token)", String(reflecting: token), dumped] {
            #expect(!shown.contains(secret.text) && !shown.contains(token.text.suffix(49)))
            #expect(!shown.contains("\(secret.bytes[0]), \(secret.bytes[1])"))
        }
    }

    @Test func `what follows from a secret is for one purpose`() {
        let (secret, other) = (Secret(.seeded(4)), Secret(.seeded(5)))
        let derived = secret.derived(for: "a")
        #expect(secret.isDerived(derived, for: "a"))
        #expect(!secret.isDerived(derived, for: "b"))
        #expect(!other.isDerived(derived, for: "a"))
        for text in ["", "a", derived + "A", String(derived.dropLast()) + "!", String(derived.reversed()), secret.text]
        {
            #expect(!secret.isDerived(text, for: "a"))
        }
    }

    @Test func `the checksum is that of zlib`() {
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
        #expect(Base62.encode(0) == Array("000000".utf8))
        #expect(Base62.encode(61) == Array("00000z".utf8))
        #expect(Base62.encode(.max) == Array("4gfFC3".utf8))
    }

    @Test func `letters and digits are drawn evenly`() {
        let text = Base62.random(62_000, from: .seeded(6))
        let counts = text.reduce(into: [UInt8: Int]()) { $0[$1, default: 0] += 1 }
        #expect(counts.count == 62)
        // A thousand each; 200 is more than six standard deviations.
        #expect(counts.values.allSatisfy { (800...1200).contains($0) })
    }
}

@Suite struct TokenTextTests {
    @Test func `a token reads back`() throws {
        let random = RandomBytes.seeded(7)
        for _ in 0..<500 {
            let token = TokenText(random)
            let text = token.text
            #expect(text.wholeMatch(of: /rdt_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/) != nil)
            let read = try #require(TokenText(text))
            #expect(read.id == token.id && read.hash == token.hash && read.text == text)
        }
    }

    @Test func `the checksum can be computed without us`() {
        let text = Array(TokenText(.seeded(8)).text.utf8)
        #expect(Array(text.suffix(6)) == Base62.encode(CRC32.checksum(text.prefix(60))))
    }

    @Test func `no token differs from another in one character`() {
        let text = Array(TokenText(.seeded(9)).text.utf8)
        for place in text.indices {
            for byte in UInt8.min...UInt8.max where byte != text[place] {
                var changed = text
                changed[place] = byte
                #expect(TokenText(changed) == nil)
            }
        }
    }

    @Test func `what is no token is refused`() {
        let text = TokenText(.seeded(10)).text
        let others = [
            "", "rdt_", "rdt__", text + "0", String(text.dropLast()), " " + text, text + "\n", text.uppercased(),
            text.replacing("rdt_", with: "ghp_"), String(repeating: "rdt_", count: 1_000_000),
            text.replacing("_", with: "-"), String(text.reversed()), "Bearer " + text,
        ]
        for other in others { #expect(TokenText(other) == nil) }
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let bytes = (0..<66).map { _ in UInt8.random(in: 0x30...0x7A, using: &generator) }
            #expect(TokenText(bytes) == nil)
        }
    }
}
