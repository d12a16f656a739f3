// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct BlockTests {
    /// Networks that often lie within each other, with an end each.
    private func blocks(_ count: Int, _ numbers: inout SeededNumbers) -> [EntityBlock] {
        (0..<count).map { index in
            let isIPv4 = Bool.random(using: &numbers)
            let bits = UInt128(numbers.next() & 0x0303_0003) | UInt128(numbers.next() & 3) << 96
            let start = isIPv4 ? IPAddress(v4: UInt32(truncatingIfNeeded: bits)) : IPAddress(bits: bits | 0x2001 << 112)
            let length = isIPv4 ? Int.random(in: 104...128, using: &numbers) : Int.random(in: 19...128, using: &numbers)
            let author = Authorship("m\(index % 3)", because: "r\(index % 5)", at: 0)
            let expires = Bool.random(using: &numbers) ? nil : Int64.random(in: 1...100, using: &numbers)
            return EntityBlock(Entity(IPNetwork(start, length: length)), by: author, expires: expires)
        }
    }

    private typealias Naive = [(network: IPNetwork, block: EntityBlock)]

    private func naive(_ blocks: [Entity: EntityBlock]) -> Naive {
        blocks.values.compactMap { block in block.entity.network.map { ($0, block) } }
            .sorted { ($0.network.first, $0.network.length) < ($1.network.first, $1.network.length) }
    }

    private func find(_ blocks: Naive, _ address: IPAddress, _ time: Int64) -> EntityBlock? {
        blocks.filter { $0.network.contains(address) && ($0.block.expires ?? .max) > time }
            .max { $0.network.length < $1.network.length }?.block
    }

    private func probe(_ blocks: Naive, _ numbers: inout SeededNumbers) -> IPAddress {
        guard let network = blocks.randomElement(using: &numbers)?.network, numbers.next() % 8 != 0 else {
            return IPAddress(v4: UInt32(truncatingIfNeeded: numbers.next()))
        }
        let size = network.last.bits - network.first.bits
        return switch numbers.next() % 5 {
        case 0: network.first
        case 1: network.last
        case 2: IPAddress(bits: network.last.bits &+ 1)
        case 3: IPAddress(bits: network.first.bits &- 1)
        default: IPAddress(bits: network.first.bits + UInt128(numbers.next()) % (size == .max ? size : size + 1))
        }
    }

    @Test func `the narrowest block that has not ended is found`() throws {
        var numbers = SeededNumbers(state: 5)
        for count in [0, 1, 2, 10, 40, 400] {
            let all = Dictionary(blocks(count, &numbers).map { ($0.entity, $0) }) { $1 }
            let list = naive(all)
            let index = BlockIndex(all)
            for _ in 0..<300 {
                let address = probe(list, &numbers)
                let time = Int64.random(in: 0...110, using: &numbers)
                let expected = find(list, address, time)
                let hit = index.hit(ActivityFacts(address: address), at: time)
                #expect(hit?.entity == expected?.entity)
                #expect(hit?.reason == expected?.by.reason && hit?.maker == expected?.by.maker)
                #expect(hit?.expires == expected.map { $0.expires ?? .max })
            }
        }
    }

    @Test func `changes after the large table count at once, and when it is made anew`() throws {
        var numbers = SeededNumbers(state: 6)
        var document = PolicyDocument()
        for block in blocks(150, &numbers) {
            _ = try document.apply(.block(block), by: alice)
        }
        var snapshot = PolicySnapshot(document, key: key)
        var list = naive(document.blocks)
        for round in 0..<120 {
            let change: PolicyChange
            if round % 3 == 0, let entity = list.randomElement(using: &numbers)?.block.entity {
                change = .unblock(entity)
            } else if round == 50 {
                // More than the small table takes.
                change = .several(blocks(1400, &numbers).map(PolicyChange.block))
            } else {
                change = .several(blocks(3, &numbers).map(PolicyChange.block))
            }
            _ = try document.apply(change, by: alice)
            snapshot = snapshot.updated(to: document, after: change)
            list = naive(document.blocks)
            #expect(snapshot.revision == document.revision)
            for _ in 0..<8 {
                let address = probe(list, &numbers)
                let hit = snapshot.tables.blocks.hit(ActivityFacts(address: address), at: 50)
                #expect(hit?.entity == find(list, address, 50)?.entity)
            }
        }
    }

    @Test func `blocks of users, sessions and devices are found, set anew and lifted`() throws {
        var document = try document([
            .blocking("user:eve", expires: 50), .blocking("session:1"), .blocking("10.0.0.0/8"),
        ])
        var snapshot = PolicySnapshot(document, key: key)
        func hit(_ entities: String..., time: Int64 = 5) throws -> String? {
            let facts = ActivityFacts(entities: try entities.map(entity))
            return snapshot.tables.blocks.hit(facts, at: time)?.entity.description
        }
        func apply(_ change: PolicyChange) throws {
            _ = try document.apply(change, by: alice)
            snapshot = snapshot.updated(to: document, after: change)
        }
        #expect(try hit("user:bob", "session:1") == "session:1")
        #expect(try hit("user:eve") == "user:eve" && hit("user:eve", time: 50) == nil)
        try apply(.blocking("user:eve", expires: 90))
        #expect(try hit("user:eve", time: 50) == "user:eve")
        try apply(.unblock(try entity("session:1")))
        #expect(try hit("session:1") == nil)
        try apply(.blocking("device:7"))
        #expect(try hit("device:7") == "device:7")
        try apply(.mode("waf", .enforce))
        #expect(try hit("device:7") == "device:7" && hit("session:1") == nil)
    }

    @Test func `the ends of the range of addresses are handled`() throws {
        let snapshot = try snapshot(
            .blocking("255.255.255.255"),
            .blocking("255.0.0.0/8"),
            .blocking("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            .blocking("0.0.0.0/8"),
            .blocking("::/64")
        )
        func hit(_ text: String) throws -> String? {
            snapshot.refusal(of: ActivityFacts(address: try address(text)), at: 5)?.block?.entity.key
        }
        #expect(try hit("255.255.255.255") == "255.255.255.255")
        #expect(try hit("255.255.255.254") == "255.0.0.0/8")
        #expect(try hit("254.255.255.255") == nil)
        #expect(try hit("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
        #expect(try hit("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe") == nil)
        #expect(try hit("0.0.0.0") == "0.0.0.0/8" && hit("::2") == "::/64")
    }
}
