// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct CanaryTests {
    /// The vectors of the reference implementation: bytes 0, 1, 2, ... as input, 00 to 0f as key.
    @Test(
        arguments: [
            (0, 0x726F_DB47_DD0E_0E31), (1, 0x74F8_39C5_93DC_67FD), (7, 0xAB02_00F5_8B01_D137),
            (8, 0x93F5_F579_9A93_2462),
            (15, 0xA129_CA61_49BE_45E5), (63, 0x958A_324C_EB06_4572),
        ] as [(Int, UInt64)]
    )
    func `hashes as the reference does`(length: Int, expected: UInt64) {
        var hash = SipHash(key)
        #expect(hash.finish((0..<length).map { UInt8($0) }) == expected)
    }

    @Test func `words and bytes give the same hash`() {
        var words = SipHash(key)
        words.combine(0x0706_0504_0302_0100 as UInt64)
        #expect(
            words.finish([8, 9])
                == {
                    var hash = SipHash(key)
                    return hash.finish((0..<10).map { UInt8($0) })
                }()
        )
    }

    private func share(_ snapshot: PolicySnapshot, _ clients: [ActivityFacts]) -> Double {
        let inside = clients.count { snapshot.mode(of: .webFirewall, for: $0, at: 5).mode == .enforce }
        return Double(inside) / Double(clients.count)
    }

    @Test(arguments: [1, 5, 25, 50, 99]) func `a canary is the share of clients that it says`(percent: Int) throws {
        let snapshot = try snapshot(.mode("waf", .enforce, canary: percent))
        let count = 40_000
        let clients = (0..<count).map { ActivityFacts(address: IPAddress(v4: UInt32($0))) }
        let p = Double(percent) / 100
        // Five standard deviations.
        #expect(abs(share(snapshot, clients) - p) < 5 * (p * (1 - p) / Double(count)).squareRoot())
    }

    @Test func `a client stays where it is, and in a canary that grows`() throws {
        let clients = (0..<4000).map { ActivityFacts(address: IPAddress(v4: UInt32($0) &* 2_654_435_761)) }
        var inside: Set<Int> = []
        for percent in [1, 5, 20, 60, 99] {
            let snapshot = try snapshot(.mode("waf/app:x", .off), .mode("waf", .enforce, canary: percent))
            let now = clients.indices.filter {
                snapshot.mode(of: .webFirewall, for: clients[$0], at: 5).mode == .enforce
            }
            #expect(inside.isSubset(of: now))
            inside = Set(now)
        }
    }

    @Test func `canaries of different scopes and keys are independent`() throws {
        let clients = (0..<20_000).map {
            ActivityFacts(application: "shop", address: IPAddress(v4: UInt32($0)))
        }
        func inside(_ text: String, _ key: HashKey) throws -> Set<Int> {
            let snapshot = PolicySnapshot(try document([.mode(text, .enforce, canary: 20)]), key: key)
            return Set(
                clients.indices.filter { snapshot.mode(of: .webFirewall, for: clients[$0], at: 5).mode == .enforce }
            )
        }
        let first = try inside("waf", key)
        for other in [try inside("waf/app:shop", key), try inside("waf", HashKey(1, 2))] {
            let both = Double(first.intersection(other).count) / Double(clients.count)
            #expect(abs(both - 0.04) < 0.01)
        }
    }

    @Test func `addresses of one IPv6 network are one client, and users count where there is no address`() throws {
        let snapshot = try snapshot(.mode("waf", .enforce, canary: 50))
        for network in 0..<50 as Range<UInt128> {
            let modes = (0..<20 as Range<UInt128>).map { host in
                let bits = (0x2001_0DB8 << 96 | network << 64) | host * 7919
                return snapshot.mode(of: .webFirewall, for: ActivityFacts(address: IPAddress(bits: bits)), at: 5).mode
            }
            #expect(Set(modes).count == 1)
        }
        let users = try (0..<2000).map { ActivityFacts(entities: [try entity("user:u\($0)")]) }
        #expect(abs(share(snapshot, users) - 0.5) < 0.06)
    }

    @Test func `who is outside of a canary is observed, and told so`() throws {
        let snapshot = try snapshot(.mode("waf", .enforce, canary: 1))
        let outside = snapshot.mode(of: .webFirewall, for: ActivityFacts(), at: 5)
        #expect(outside.mode == .observe && outside.cap == .outsideCanary)
        let ruling = snapshot.decide(.webFirewall, [detection()], for: ActivityFacts(), at: 5)
        #expect(ruling.disposition == .wouldBlock && ruling.reason == .outsideCanary)
        #expect(
            ruling.message
                == "rule 942100: an attack; waf is set to enforce for 1% of clients, and this client is not among them"
        )
    }
}
