// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import TestSupport
import Testing

/// A small generator with a fixed seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Bytes that are any, or mostly those that mean something to some transformation.
    mutating func bytes(upTo limit: Int) -> [UInt8] {
        let special =
            Array("%u+&#;x0123afFAzZ\\/.. ()*-<!>\"'^,=[]_\t\n\r".utf8) + [0x00, 0xA0, 0xC2, 0xE2, 0x80, 0xF0, 0xF5]
        let onlySpecial = Bool.random(using: &self)
        let few = special.shuffled(using: &self).prefix(Int.random(in: 1...6, using: &self))
        let onlyFew = Bool.random(using: &self)
        let count = Int.random(in: 0...limit, using: &self)
        return (0..<count).map { _ in
            if onlyFew, let byte = few.randomElement(using: &self) {
                return byte
            }
            return onlySpecial ? special.randomElement(using: &self) ?? 0 : UInt8.random(in: 0...255, using: &self)
        }
    }
}

@Suite struct TransformationPropertyTests {
    @Test(arguments: Transformation.allCases)
    func `stays in its bound, needs its triggers and repeats itself on any bytes`(transformation: Transformation) {
        var generator = SeededGenerator(seed: 0x5EC + UInt64(transformation.rawValue))
        var skipped = 0
        for _ in 0..<1_500 {
            let input = generator.bytes(upTo: 24)
            let output = transformation.result(input)
            let classes = input.withUnsafeBufferPointer { ByteClasses.classify($0) }
            if classes.isDisjoint(with: transformation.triggers) {
                skipped += 1
                #expect(
                    output == input,
                    "\(transformation) changed \(LanguageTestCase.escaped(input)) without a trigger"
                )
            }
            if output != transformation.result(input) {
                Issue.record("\(transformation) is not deterministic on \(LanguageTestCase.escaped(input))")
            }
        }
        #expect(transformation.triggers == .any || skipped > 0, "\(transformation) never was skipped")
    }

    @Test func `has triggers that every pair of bytes respects`() {
        for first in UInt8.min...UInt8.max {
            for second in Array("%u+&#;x0aZ\\/. (*-<!>\"^=[]\t\u{a0}".utf8) {
                expectTriggers(for: [first, second])
                expectTriggers(for: [second, first])
            }
        }
    }

    private func expectTriggers(for input: [UInt8]) {
        let classes = input.withUnsafeBufferPointer { ByteClasses.classify($0) }
        for transformation in Transformation.allCases
        where classes.isDisjoint(with: transformation.triggers) && transformation.result(input) != input {
            Issue.record("\(transformation) changed \(input) without a trigger")
        }
    }

    @Test func `takes linear time on input made to be slow`() {
        let size = 1 << 16
        let repeated = ["/*", "../", "a/../", "[", "[a", "&#", "&#1", "&a", "\\", "<!--", "%u00", "0x4", " ", "-", "="]
        let clock = ContinuousClock()
        for unit in repeated {
            let input = Array(repeatElement(Array(unit.utf8), count: size / unit.utf8.count).joined())
            for transformation in Transformation.allCases {
                let time = clock.measure { _ = transformation.result(input) }
                #expect(time < .seconds(2), "\(transformation) took \(time) for 64 KB of \(unit)")
            }
        }
    }

    @Test func `classifies bytes and pairs`() {
        func classes(_ text: String) -> ByteClasses {
            Array(text.utf8).withUnsafeBufferPointer { ByteClasses.classify($0) }
        }
        #expect(classes("") == .any)
        #expect(classes("abc") == [.any, .lower])
        #expect(classes("a  b").contains(.doubleSpace))
        #expect(!classes("a b c").contains(.doubleSpace))
        #expect(classes(" a").contains(.edgeSpace) && !classes("a b").contains(.edgeSpace))
        #expect(classes("a/*").contains(.commentOpen) && !classes("*/").contains(.commentOpen))
        #expect(classes("x0X1").contains(.zeroX) && !classes("x0").contains(.zeroX))
        #expect(classes(".a").contains(.leadingDotOrEquals) && !classes("a.").contains(.leadingDotOrEquals))
    }
}
