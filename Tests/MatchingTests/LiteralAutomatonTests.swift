// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Matching

@Suite struct LiteralAutomatonTests {
    private func found(_ automaton: LiteralAutomaton, _ text: [UInt8]) -> Set<Int> {
        var hits = [UInt64](repeating: 0, count: automaton.wordCount)
        text.withUnsafeBufferPointer { text in
            hits.withUnsafeMutableBufferPointer { hits in
                if let start = hits.baseAddress { automaton.scan(text, into: start) }
            }
        }
        return Set((0..<(64 * automaton.wordCount)).filter { hits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 })
    }

    @Test func `finds every set, also where literals overlap and repeat`() {
        let sets = ["he she", "SHE", "hers", "", "zzz", "e"].map { text in
            text.split(separator: " ").map { Array($0.utf8) }
        }
        let automaton = LiteralAutomaton(sets)
        #expect(found(automaton, Array("ushers".utf8)) == [0, 1, 2, 5])
        #expect(found(automaton, Array("xxHExx".utf8)) == [0, 5])
        #expect(found(automaton, Array("zz".utf8)).isEmpty)
        #expect(found(LiteralAutomaton([]), Array("zz".utf8)).isEmpty)
    }

    @Test func `agrees with a naive search`() {
        var random = SplitMix64(seed: 3)
        for round in 0..<600 {
            // More than 64 sets need more than one word.
            let sets = (0..<(round % 100)).map { _ in
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    (0..<Int.random(in: 1...4, using: &random)).map { _ in UInt8.random(in: 97...99, using: &random) }
                }
            }
            let text = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 97...100, using: &random)
            }
            let expected = sets.indices.filter { index in
                sets[index].contains { literal in text.indices.contains { text[$0...].starts(with: literal) } }
            }
            #expect(found(LiteralAutomaton(sets), text) == Set(expected), "\(sets) in \(text)")
        }
    }

    @Test func `reports states that have no row of their own`() {
        let literals = (0..<9_000).map { Array("phrase-\($0 &* 7919 % 99_991)-of-\($0 % 13)".utf8) }
        let automaton = LiteralAutomaton(literals.map { [$0] })
        for index in stride(from: 0, to: literals.count, by: 97) {
            #expect(found(automaton, Array("xx".utf8) + literals[index]).contains(index))
        }
        #expect(automaton.memorySize < 20_000_000, "\(automaton.memorySize)")
    }
}
