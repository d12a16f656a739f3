// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import SecLang

@Suite struct PersistentCollectionsTests {
    private static let second: UInt64 = 1_000_000_000
    private let start: UInt64 = 1_700_000_000_000_000_000

    private func key(_ number: Int) -> [UInt8] { Array("client-\(number)".utf8) }

    private func set(
        _ collections: PersistentCollections,
        _ key: [UInt8],
        _ name: String,
        length: Int,
        at time: UInt64
    ) {
        collections.set("IP", key: key, name: Array(name.utf8), now: time, timeout: 3_600) { _ in
            Array(repeating: 0x61, count: length)
        }
    }

    private func isKept(_ collections: PersistentCollections, _ key: [UInt8], at time: UInt64) -> Bool {
        !collections.values(of: "IP", key: key, now: time).isEmpty
    }

    @Test func `weighs values and lets the oldest go when over the budget`() {
        let budget = 256 << 10
        let collections = PersistentCollections(byteBudget: budget)
        var time = start
        for number in 0..<1_000 {
            time += Self.second
            set(collections, key(number), "x", length: 4_096, at: time)
            #expect(collections.bytes <= budget)
            // Whoever has just written is never the one to go.
            #expect(isKept(collections, key(number), at: time))
        }
        #expect(!isKept(collections, key(0), at: time))
        #expect(collections.count > 20)
        #expect(collections.count < 64)
    }

    @Test func `keeps everything below the budget`() {
        let collections = PersistentCollections(byteBudget: 64 << 20)
        for number in 0..<1_000 {
            set(collections, key(number), "x", length: 4_096, at: start)
        }
        #expect(collections.count == 1_000)
        #expect(collections.bytes > 4_096_000)
    }

    @Test func `cuts a value at four kilobytes and bounds one collection`() {
        let collections = PersistentCollections(byteBudget: 64 << 10)
        set(collections, key(1), "long", length: 100_000, at: start)
        let long = collections.values(of: "IP", key: key(1), now: start).first { $0.name == Array("long".utf8) }
        #expect(long?.value.count == 4_096)
        for number in 0..<100 {
            set(collections, key(1), "v\(number)", length: 1_000, at: start)
        }
        #expect(collections.bytes <= 16 << 10)
        #expect(isKept(collections, key(1), at: start))
    }

    @Test func `weighs nothing once all has been taken away`() {
        let collections = PersistentCollections()
        set(collections, key(1), "a", length: 10, at: start)
        let one = collections.bytes
        for _ in 0..<5 {
            set(collections, key(1), "b", length: 500, at: start)
            set(collections, key(1), "b", length: 5, at: start)
            collections.set("IP", key: key(1), name: Array("b".utf8), now: start, timeout: 3_600) { _ in nil }
        }
        #expect(collections.bytes == one)
        // A collection that has expired is begun anew, not added to.
        set(collections, key(1), "a", length: 10, at: start + 7_200 * Self.second)
        #expect(collections.bytes == one)
    }
}
