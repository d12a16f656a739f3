// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Access

@Suite struct PasswordTests {
    private static let name = UserName(ifValid: "kimberley.lee")

    @Test func `a hash tells the password and no other`() throws {
        let hash = try PasswordHash("passphrase of mine", cost: Fixture.cheap, salt: [UInt8](repeating: 7, count: 16))
        #expect(try hash.matches("passphrase of mine"))
        for other in ["", "passphrase of min", "passphrase of mine ", "Passphrase of mine"] {
            #expect(try !hash.matches(other))
        }
        #expect("\(hash)".hasPrefix("$scrypt$ln=2,r=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$"))
        #expect(try #require(PasswordHash("\(hash)")) == hash)
    }

    @Test func `the hash is scrypt of RFC 7914`() throws {
        // Computed by Python's hashlib.scrypt, n = 1024, r = 8, p = 2.
        let cost = try #require(PasswordCost(logarithm: 10, blockSize: 8, repetitions: 2))
        let hash = try PasswordHash("pleaseletmein", cost: cost, salt: Array("SodiumChloride!!".utf8))
        #expect(hash.hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == Self.vector)
    }

    private static let vector = "7521a029282daa43c89fed3f2946ae4363385f1c8d5ebcc8c50930edc6e37ebe"

    @Test func `the same characters are the same password however they were typed`() throws {
        let hash = try PasswordHash(
            "Rene\u{301} Rene\u{301}",
            cost: Fixture.cheap,
            salt: [UInt8](repeating: 1, count: 16)
        )
        #expect(try hash.matches("Ren\u{E9} Ren\u{E9}"))
    }

    @Test(arguments: [
        "", "$", "$scrypt$ln=2,r=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$", "$scrypt$ln=2,r=1$BwcHBwcHBwcHBwcHBwcHBw$AAAA",
        "$scrypt$ln=30,r=8,p=1$BwcHBwcHBwcHBwcHBwcHBw$\(String(repeating: "A", count: 43))",
        "$scrypt$ln=15,r=64,p=1$BwcHBwcHBwcHBwcHBwcHBw$\(String(repeating: "A", count: 43))extra",
        "$scrypt$ln=20,r=8,p=1$BwcHBwcHBwcHBwcHBwcHBw$\(String(repeating: "A", count: 43))",
        "$scrypt$ln=2,r=1,p=17$BwcHBwcHBwcHBwcHBwcHBw$\(String(repeating: "A", count: 43))",
        "$scrypt$ln=2,r=1,p=-1$BwcHBwcHBwcHBwcHBwcHBw$\(String(repeating: "A", count: 43))",
        "$scrypt$ln=0,r=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$\(String(repeating: "A", count: 43))",
        "$argon2$ln=2,r=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$\(String(repeating: "A", count: 43))",
        "$scrypt$ln=2,r=1,p=1$BwcHBwcHBwcHBwcHBwcHBw==$\(String(repeating: "A", count: 43))",
        "$scrypt$ln=2,r=1,p=1$Bwc$\(String(repeating: "A", count: 43))", String(repeating: "$", count: 1_000_000),
    ])
    func `a hash that was changed is none`(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test func `a cost is bounded, and weaker where less memory or work is asked`() throws {
        let standard = PasswordCost.standard
        #expect(standard.memory == 32 << 20 && standard.repetitions == 3)
        let half = try #require(PasswordCost(logarithm: 14, blockSize: 8, repetitions: 16))
        let once = try #require(PasswordCost(logarithm: 15, blockSize: 8, repetitions: 1))
        let more = try #require(PasswordCost(logarithm: 17, blockSize: 8, repetitions: 1))
        #expect(half.isWeaker(than: standard) && once.isWeaker(than: standard))
        #expect(!standard.isWeaker(than: standard) && !more.isWeaker(than: standard))
        #expect(PasswordCost(logarithm: 24, blockSize: 8, repetitions: 1) == nil)
        #expect(PasswordCost(logarithm: .max, blockSize: 1, repetitions: 1) == nil)
        #expect(PasswordCost(logarithm: 2, blockSize: 1, repetitions: 0) == nil)
    }

    @Test func `a password has 12 to 256 characters and is not the name`() throws {
        let name = try #require(Self.name)
        for fine in [
            "aaaaaaaaaaaa", "12 spaces   ", String(repeating: "é", count: 256), String(repeating: "😀", count: 12),
        ] {
            try PasswordPolicy.check(fine, for: name)
        }
        for bad in [
            "", "elevenchars", String(repeating: "a", count: 257), String(repeating: "a", count: 10_000_000),
            "kimberley.lee", "Kimberley.LEE", String(repeating: "e\u{301}", count: 11),
        ] {
            #expect(throws: AccessError.self) { try PasswordPolicy.check(bad, for: name) }
        }
    }

    @Test func `no user is as much work as one`() async throws {
        let work = PasswordWork(Fixture.cheap, .system)
        let hash = try await work.hash("some password")
        #expect(work.derivations == 1)
        #expect(try await work.matches("some password", hash))
        #expect(try await !work.matches("some password", nil))
        #expect(try await !work.matches(String(repeating: "a", count: 10_000_000), hash))
        #expect(work.derivations == 4)
    }
}
