// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import Scoring
import TestSupport
import Testing

@Suite(.enabled(if: TestData.available("vuln/cve", for: "Scores of published CVE records")))
struct `Scores of published CVE records` {
    /// All objects of a document that have a vector and a base score.
    private func claims(in value: JSONValue) -> [(vector: String, score: Double)] {
        // Some records write the number as a text.
        let score = value["baseScore"].flatMap { $0.double ?? $0.text.flatMap(Double.init) }
        if let vector = value["vectorString"]?.text, let score { return [(vector, score)] }
        let children = (value.members ?? []).map(\.value) + (value.elements ?? [])
        return children.flatMap { claims(in: $0) }
    }

    @Test func `nearly all are what their vectors give, and the others are told apart`() throws {
        let folder = TestData.url("vuln/cve")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        var counts: [CVSSLint: Int] = [:]
        for name in names {
            let document = try JSONReader.read(Array(try Data(contentsOf: folder.appendingPathComponent(name))))
            for (text, number) in claims(in: document) {
                let vector = try CVSSVector(parsing: text, order: .any)
                let claimed = try #require(CVSSScore(number))
                counts[CVSSLint(claimed: claimed, for: vector), default: 0] += 1
            }
        }
        let all = counts.values.reduce(0, +)
        #expect(all == 779)
        #expect(counts[.threatScore] == 3)
        #expect(counts[.right] == 776)
    }
}
