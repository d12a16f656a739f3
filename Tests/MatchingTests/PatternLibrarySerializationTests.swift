// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Matching

@Suite struct PatternLibrarySerializationTests {
    private static let groups = [
        [regex("(?i)union.+select"), regex("^a$"), regex("x*"), literals(["foo", "bar"], caseless: true)],
        [regex("(?<!x)needle")],
    ]

    @Test(arguments: [ScanBackend.Choice.automatic, .portable])
    func `a restored library scans and reports as before`(choice: ScanBackend.Choice) throws {
        let library = PatternLibrary.compile(Self.groups, backend: choice)
        let bytes = try library.serialized()
        let restored = try PatternLibrary.restored(
            from: bytes,
            key: PatternLibrary.key(of: Self.groups, backend: choice)
        )
        #expect(restored.backend == library.backend)
        #expect(restored.selfTest == library.selfTest)
        #expect(restored.fallbackReason == library.fallbackReason)
        #expect(restored.groups.map(\.verdicts) == library.groups.map(\.verdicts))
        #expect(try restored.serialized() == bytes)
        let (scratch, otherScratch) = (library.makeScratch(), restored.makeScratch())
        for value in ["union all select", "a", "FOO", "a needle", "xneedle bar", ""] {
            for (group, other) in zip(library.groups, restored.groups) {
                let expected = group.found(in: Array(value.utf8), scratch)
                #expect(expected != nil)
                #expect(other.found(in: Array(value.utf8), otherScratch) == expected)
            }
        }
    }

    @Test(arguments: [ScanBackend.Choice.automatic, .portable])
    func `refuses every changed, cut or lengthened copy`(choice: ScanBackend.Choice) throws {
        let library = PatternLibrary.compile(Self.groups, backend: choice)
        let bytes = try library.serialized()
        var random = SplitMix64(seed: 5)
        let positions = Array(0..<96) + (0..<60).map { _ in Int.random(in: 0..<bytes.count, using: &random) }
        for position in positions {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(throws: ScanCacheError.self) { try PatternLibrary.restored(from: damaged, key: library.key) }
            let cut = Array(bytes[..<position])
            #expect(throws: ScanCacheError.self) { try PatternLibrary.restored(from: cut, key: library.key) }
        }
        #expect(throws: ScanCacheError.self) { try PatternLibrary.restored(from: bytes + [0], key: library.key) }
    }

    @Test func `says what does not fit`() throws {
        let library = PatternLibrary.compile(Self.groups, backend: .portable)
        let bytes = try library.serialized()
        func code(_ bytes: [UInt8], _ key: [UInt8]) -> ScanCacheError.Code? {
            do throws(ScanCacheError) {
                _ = try PatternLibrary.restored(from: bytes, key: key)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code(bytes, library.key) == nil)
        #expect(code(bytes, [UInt8](repeating: 0, count: 32)) == .otherKey)
        #expect(code(bytes, []) == .otherKey)
        #expect(code([], library.key) == .damaged)
        #expect(code(Array("something else entirely".utf8) + bytes, library.key) == .damaged)
        var otherFormat = bytes
        otherFormat[8] += 1
        #expect(code(otherFormat, library.key) == .otherFormat)
        #expect(code(Array(bytes.dropLast()), library.key) == .damaged)
    }

    @Test func `a payload that is well sealed but makes no sense is refused`() throws {
        let library = PatternLibrary.compile(Self.groups, backend: .automatic)
        let whole = try library.serialized()
        let payload = Array(whole[80...])
        var random = SplitMix64(seed: 9)
        for round in 0..<300 {
            var damaged = payload
            let position = round < 100 ? round : Int.random(in: 0..<payload.count, using: &random)
            damaged[position] = UInt8.random(in: 0...255, using: &random)
            if round % 3 == 0 { damaged.removeSubrange(position...) }
            // Sealed anew it passes the hash; then reading must fail or succeed, never trap.
            let sealed = PatternLibrary.sealed(damaged, key: library.key)
            _ = try? PatternLibrary.restored(from: sealed, key: library.key)
        }
        #expect(throws: ScanCacheError.self) {
            try PatternLibrary.restored(from: PatternLibrary.sealed([], key: library.key), key: library.key)
        }
    }

    @Test func `the key tells patterns, options, order, grouping and backends apart`() {
        let variants: [[[ScanPattern]]] = [
            [[regex("a"), regex("b")]], [[regex("b"), regex("a")]], [[regex("a")], [regex("b")]], [[regex("ab")]],
            [[regex("a", []), regex("b")]], [[literals(["a"])]], [[literals(["a"], caseless: true)]],
            [[literals(["a"], .start)]], [[literals(["a", "b"])]], [[literals(["a"]), literals(["b"])]], [[]], [],
        ]
        let keys = variants.map { PatternLibrary.key(of: $0, backend: .portable) }
        #expect(Set(keys).count == variants.count)
        #expect(keys.allSatisfy { $0.count == 32 })
        #expect(PatternLibrary.key(of: variants[0], backend: .portable) == keys[0])
        if case .available = Hyperscan.availability {
            #expect(PatternLibrary.key(of: variants[0], backend: .hyperscan) != keys[0])
        }
    }
}
