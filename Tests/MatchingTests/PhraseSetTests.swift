// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Matching
import Testing

@Suite struct PhraseSetTests {
    private func match(_ set: PhraseSet, _ text: String) -> String? {
        Array(text.utf8).withUnsafeBufferPointer { text in
            set.firstMatch(in: text).map { "\(String(decoding: set.phrase($0.phrase), as: UTF8.self))@\($0.end)" }
        }
    }

    private func set(_ phrases: String...) -> PhraseSet {
        PhraseSet(phrases.map { Array($0.utf8) })
    }

    @Test func `finds phrases in any case`() {
        let set = set("Union", "SELECT", "/*")
        #expect(match(set, "1 uNiOn all") == "Union@7")
        #expect(match(set, "a/*b") == "/*@3")
        #expect(match(set, "selec t unio") == nil)
        #expect(match(set, "") == nil)
    }

    @Test func `reports the match that ends first and of those the longest`() {
        let set = set("she", "he", "hers", "usher", "e")
        #expect(match(set, "ushers") == "she@4")
        #expect(match(set, "hhers") == "he@3")
        #expect(match(set, "e") == "e@1")
        #expect(match(self.set("abcd", "bc"), "xabcd") == "bc@4")
    }

    @Test func `reports the first of equal phrases`() {
        let set = set("a", "", "A")
        #expect(set.count == 3)
        #expect(Array("xa".utf8).withUnsafeBufferPointer { set.firstMatch(in: $0)?.phrase } == 0)
    }

    @Test func `never matches without phrases`() {
        #expect(match(set(), "anything") == nil)
        #expect(match(set(""), "anything") == nil)
    }

    @Test func `handles every byte`() {
        let set = PhraseSet((UInt8.min...UInt8.max).map { [$0, 0x00, $0] })
        for byte in UInt8.min...UInt8.max where byte != 0 {
            let text: [UInt8] = [0x01, byte, 0x00, byte]
            let found = text.withUnsafeBufferPointer { set.firstMatch(in: $0) }
            #expect(found?.end == 4)
            // A letter's cases are the same phrase, and the upper one comes first.
            let isLower = (0x61...0x7A).contains(byte)
            #expect(found?.phrase == Int(isLower ? byte - 0x20 : byte), "\(byte)")
        }
    }

    @Test func `agrees with a naive search`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let phrases = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                (0..<Int.random(in: 1...5, using: &generator)).map { _ in UInt8.random(in: 97...99, using: &generator) }
            }
            let text = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                UInt8.random(in: 97...100, using: &generator)
            }
            let found = text.withUnsafeBufferPointer { PhraseSet(phrases).firstMatch(in: $0) }
            let expected = naiveMatch(phrases, text)
            #expect(found?.end == expected?.end && found?.phrase == expected?.phrase, "\(phrases) in \(text)")
        }
    }

    private func naiveMatch(_ phrases: [[UInt8]], _ text: [UInt8]) -> (end: Int, phrase: Int)? {
        for end in text.indices.map({ $0 + 1 }) {
            let ending = phrases.indices.filter { text[..<end].reversed().starts(with: phrases[$0].reversed()) }
            if let length = ending.map({ phrases[$0].count }).max(),
                let phrase = ending.first(where: { phrases[$0].count == length })
            {
                return (end, phrase)
            }
        }
        return nil
    }

    @Test func `is lean and quick to build with thousands of phrases`() {
        let phrases = (0..<8_000).map { Array("phrase-\($0 &* 7919 % 99_991)-of-\($0 % 13)".utf8) }
        var set = PhraseSet([])
        let time = ContinuousClock().measure { set = PhraseSet(phrases) }
        #expect(time < .seconds(10))
        #expect(set.memorySize < 2_000_000, "\(set.memorySize)")
        #expect(match(set, "xx phrase-7919-of-1") == "phrase-7919-of-1@19")
    }

    @Test func `takes linear time on text that keeps falling back`() {
        let set = PhraseSet([[UInt8](repeating: 97, count: 2_000) + [98]])
        let text = [UInt8](repeating: 97, count: 200_000)
        let time = ContinuousClock().measure {
            #expect(text.withUnsafeBufferPointer { set.firstMatch(in: $0) == nil })
        }
        #expect(time < .seconds(5))
    }
}
