// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Evidence

@Suite struct LeafComparisonTests {
    private func changes(_ expected: String, _ actual: String) -> [LeafComparison.Change] {
        let hashes = { (text: String) in text.utf8.map { MerkleHash(leaf: [$0]) } }
        return LeafComparison(expected: hashes(expected), actual: hashes(actual)).changes
    }

    @Test func `names single changes`() {
        #expect(changes("abcdef", "abcdef") == [])
        #expect(changes("abcdef", "abcdefgh") == [])
        #expect(changes("abcdef", "abXdef") == [.edited(2..<3)])
        #expect(changes("abcdef", "abXYef") == [.edited(2..<4)])
        #expect(changes("abcdef", "abef") == [.deleted(2..<4)])
        #expect(changes("abcdef", "abcd") == [.truncated(4..<6)])
        #expect(changes("abcdef", "") == [.truncated(0..<6)])
        #expect(changes("abcdef", "abXcdef") == [.inserted(at: 2, count: 1)])
        #expect(changes("abcdef", "aecdbf") == [.swapped(1, 4)])
        #expect(changes("abcdef", "abdecf") == [.reordered(2..<5)])
    }

    @Test func `names several changes at once`() {
        #expect(changes("abcdefghij", "bcdXfghij") == [.deleted(0..<1), .edited(4..<5)])
        #expect(
            changes("abcdefghij", "XabcdeYghi")
                == [.inserted(at: 0, count: 1), .edited(5..<6), .truncated(9..<10)]
        )
        #expect(changes("abcdefghij", "abdefghi") == [.deleted(2..<3), .truncated(9..<10)])
        #expect(changes("abcdefghij", "abcXYZ") == [.edited(3..<6), .truncated(6..<10)])
        #expect(changes("abcdefghij", "acdefghijKL") == [.deleted(1..<2)])
        #expect(changes("abcdef", "abcbdef") == [.inserted(at: 3, count: 1)])
    }

    @Test func `never overlooks a difference, and never takes long`() {
        var numbers = SeededNumbers(state: 4)
        for _ in 0..<3000 {
            let letters = Array("abcdefgh")
            let make = { (numbers: inout SeededNumbers) in
                let count = Int.random(in: 0...10, using: &numbers)
                return String((0..<count).map { _ in letters.randomElement(using: &numbers) ?? "a" })
            }
            let (one, other) = (make(&numbers), make(&numbers))
            #expect(changes(one, other).isEmpty == other.hasPrefix(one), "\(one) \(other)")
        }
        let many = NaiveTree.leaves(20_000)
        #expect(LeafComparison(expected: many, actual: many.reversed()).changes.count == 1)
        #expect(LeafComparison(expected: many, actual: many.reversed().dropLast()).changes.count > 0)
    }
}
