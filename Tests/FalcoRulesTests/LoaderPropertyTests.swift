// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport
import Testing

@testable import FalcoRules

@Suite
struct ConditionPropertyTests {
    private static let pieces = [
        "proc.name", "fd.name", " and ", " or ", "not ", "(", ")", "=", "!=", " in ", "(a,b)", "\"x", "'", "\\x41",
        "evt.type",
        "open", " pmatch ", " startswith ", "val(", "tolower(", ",", "[", "]", "0x1", "-5", " exists", " ", "\u{0}",
        "<NA>",
        " contains ", "oneof ", "fd.ip", "10.0.0.0/8", "proc.aname[2]", "len(", ">=", "macro1", "\u{FF}",
    ]

    @Test(arguments: 0..<20)
    func `any text gives a condition or an error within it`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) &+ 1000)
        for _ in 0..<300 {
            let text = (0..<Int(random.next() % 12)).map { _ in
                Self.pieces[Int(random.next() % UInt64(Self.pieces.count))]
            }.joined()
            let bytes = Array(text.utf8)
            do throws(ConditionError) {
                let node = try ConditionParser.parse(bytes)
                var compiler = ConditionCompiler(catalogue: .system(eventTypes: EventTypeFixture.table))
                _ = try compiler.compile(node)
            } catch {
                #expect(error.position.offset <= bytes.count)
                #expect(!error.message.isEmpty)
            }
        }
    }
}

@Suite(.enabled(if: TestData.available("threat/falco-rules", for: "LoaderPropertyTests")))
struct LoaderPropertyTests {
    @Test(arguments: 0..<40)
    func `mutated and truncated rules load or give one error with its place`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) &+ 5000)
        var bytes = Array(try Data(contentsOf: TestData.url("threat/falco-rules/falco_rules.yaml"))).suffix(16_000)[...]
        for _ in 0..<(1 + random.next() % 6) {
            guard !bytes.isEmpty else { break }
            let place = bytes.startIndex + Int(random.next() % UInt64(bytes.count))
            switch random.next() % 4 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.removeSubrange(place..<min(place + Int(random.next() % 40), bytes.endIndex))
            case 2: bytes = bytes[...place]
            default: bytes.insert(contentsOf: Array("[{&a *b: - ".utf8), at: place)
            }
        }
        var loader = RuleLoader(sources: TestSources.all)
        let result = loader.load(name: "mutated.yaml", content: Array(bytes))
        #expect(result.errors.count <= 1)
        for issue in result.errors {
            #expect(!issue.message.isEmpty)
            #expect(issue.locations.first?.type == .content)
        }
        _ = LoadResult.json([result])
    }
}
