// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import Testing

@Suite struct OperatorKernelStringTests {
    private func bytes<Result>(
        _ value: String,
        _ argument: String,
        _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        Array(value.utf8).withUnsafeBufferPointer { value in
            Array(argument.utf8).withUnsafeBufferPointer { body(value, $0) }
        }
    }

    @Test func `says where a string was found`() {
        #expect(bytes("say hello", "hello", StringKernels.contains) == 4..<9)
        #expect(bytes("hell hello", "hello", StringKernels.contains) == 5..<10)
        #expect(bytes("Hello", "hello", StringKernels.contains) == nil)
        #expect(bytes("abc", "", StringKernels.contains) == 0..<0)
        #expect(bytes("", "", StringKernels.contains) == 0..<0)
        #expect(bytes("a\0b", "\0b", StringKernels.contains) == 1..<3)
    }

    @Test func `finds a word only between other characters`() {
        #expect(bytes("cats cat", "cat", StringKernels.containsWord) == 5..<8)
        #expect(bytes("bcat cats", "cat", StringKernels.containsWord) == nil)
        #expect(bytes("a-a-a-b", "a-b", StringKernels.containsWord) == 4..<7)
        #expect(bytes("_cat9", "cat", StringKernels.containsWord) == 1..<4)
        #expect(bytes("\u{e9}cat", "cat", StringKernels.containsWord) == 2..<5)
    }

    @Test func `compares the ends of values`() {
        #expect(bytes("abc", "abcd", StringKernels.beginsWith) == false)
        #expect(bytes("abc", "abcd", StringKernels.endsWith) == false)
        #expect(bytes("abc", "abd", StringKernels.equals) == false)
        #expect(bytes("GET", "HEAD GET", StringKernels.within))
        #expect(!bytes("HEAD GET", "GET", StringKernels.within))
    }

    @Test func `agrees with a naive search on strings of few letters`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<5_000 {
            let value = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: 97...98, using: &generator)
            }
            let argument = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
                UInt8.random(in: 97...98, using: &generator)
            }
            let expected = value.indices.first { value[$0...].starts(with: argument) }
            let found = value.withUnsafeBufferPointer { value in
                argument.withUnsafeBufferPointer { StringKernels.contains(value, $0)?.lowerBound }
            }
            #expect(found == expected)
        }
    }

    @Test func `takes linear time when both sides repeat themselves`() {
        let half = 50_000
        let value = [UInt8](repeating: 97, count: 2 * half)
        let cases: [([UInt8], Range<Int>?)] = [
            ([UInt8](repeating: 97, count: half) + [98], nil),
            ([98] + [UInt8](repeating: 97, count: half), nil),
            ([UInt8](repeating: 97, count: half), 0..<half),
        ]
        for (argument, expected) in cases {
            let time = ContinuousClock().measure {
                value.withUnsafeBufferPointer { value in
                    argument.withUnsafeBufferPointer { argument in
                        #expect(StringKernels.contains(value, argument) == expected)
                        #expect(StringKernels.containsWord(value, argument) == nil)
                    }
                }
            }
            #expect(time < .seconds(5))
        }
        let needle = Array(repeatElement(Array("a-".utf8), count: 10_000).joined())
        let hay = Array(repeatElement(Array("a-".utf8), count: 20_000).joined()) + [97]
        let time = ContinuousClock().measure {
            hay.withUnsafeBufferPointer { hay in
                needle.withUnsafeBufferPointer { #expect(StringKernels.containsWord(hay, $0) == nil) }
            }
        }
        #expect(time < .seconds(5))
    }
}
