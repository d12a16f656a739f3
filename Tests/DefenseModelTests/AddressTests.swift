// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import DefenseModel

#if canImport(Glibc)
import Glibc
#endif

@Suite struct AddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:0201", "192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
    func `an address has one spelling`(text: String, canonical: String) throws {
        #expect(try IPAddress(parsing: text).description == canonical)
        #expect(try IPAddress(parsing: canonical) == IPAddress(parsing: text))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1..2.3", "1.2.3.", ".1.2.3", "1.2.3.4 ",
        "1.2.3.4/8", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1:", ":1", "fe80::1%eth0", "[::1]", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5",
        "999999999999999999999.1.1.1",
    ])
    func `what is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
        #expect(throws: ModelError.self) { try IPAddress(parsing: text) }
    }

    #if canImport(Glibc)
    /// Random texts near the forms of addresses, against the system's reader and writer.
    @Test func `reads and writes as the system does`() {
        var numbers = SeededNumbers(state: 1)
        let seeds = ["192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8", "::", "fe80::1:0:0:1"]
        var accepted = 0
        for round in 0..<10_000 {
            var text = mutated(seeds[round % seeds.count], &numbers)
            text.removeAll { $0 == "\0" }
            let own = IPAddress(text)
            #expect(own == systemAddress(text), "\(text)")
            if let own {
                accepted += 1
                #expect(IPAddress(own.description) == own)
            }
        }
        #expect(accepted > 500)
    }

    private func systemAddress(_ text: String) -> IPAddress? {
        var v4: UInt32 = 0
        if inet_pton(AF_INET, text, &v4) == 1 { return IPAddress(v4: UInt32(bigEndian: v4)) }
        var v6: UInt128 = 0
        return inet_pton(AF_INET6, text, &v6) == 1 ? IPAddress(bits: UInt128(bigEndian: v6)) : nil
    }
    #endif

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:db8:1::/32", "2001:db8::/32"), ("::1", "::1/128"), ("::ffff:10.0.0.0/8", "10.0.0.0/8"),
    ])
    func `a network has no bits behind its prefix`(text: String, canonical: String) throws {
        #expect(try IPNetwork(parsing: text).description == canonical)
    }

    @Test(arguments: [
        "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10/8", "/8", "10.0.0.0/0x8",
    ])
    func `what is no network is refused`(text: String) {
        #expect(throws: ModelError.self) { try IPNetwork(parsing: text) }
    }

    @Test func `a network holds its own family only`() throws {
        let all = try IPNetwork(parsing: "::/0")
        #expect(all.contains(try IPAddress(parsing: "2001:db8::1")))
        #expect(!all.contains(try IPAddress(parsing: "192.0.2.1")))
        let small = try IPNetwork(parsing: "10.0.0.0/31")
        #expect(small.contains(try IPAddress(parsing: "::ffff:10.0.0.1")))
        #expect(!small.contains(try IPAddress(parsing: "10.0.0.2")))
        #expect(small.last.description == "10.0.0.1")
    }
}
