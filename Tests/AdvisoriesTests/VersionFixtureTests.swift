// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import TestSupport
import Testing

/// The shared lines of every ecosystem, in both directions.
@Suite(.enabled(if: TestData.available("vuln/versions", for: "orders of versions")))
struct VersionFixtureTests {
    static let files = [
        ("alpine-versions.txt", "Alpine"), ("cran-versions.txt", "CRAN"), ("debian-versions.txt", "Debian"),
        ("hackage-versions.txt", "Hackage"), ("maven-versions.txt", "Maven"), ("nuget-versions.txt", "NuGet"),
        ("packagist-versions.txt", "Packagist"), ("pub-versions.txt", "Pub"), ("pypi-versions.txt", "PyPI"),
        ("redhat-versions.txt", "Red Hat"), ("rubygems-versions.txt", "RubyGems"), ("semver-versions.txt", "npm"),
        ("semver-versions.txt", "crates.io"), ("semver-versions.txt", "Go"),
    ]

    @Test(arguments: files)
    func `orders the lines of a file as they say`(file: String, ecosystem: String) throws {
        let comparison = try VersionComparison(ecosystem: ecosystem)
        let lines = try SharedRecords.comparisons(file)
        #expect(lines.count > 5)
        for line in lines {
            let forward = comparison.answer(Array("\(line.left)\t\(line.right)".utf8).span)
            #expect(forward == .order(try order(line.symbol)), "\(line)")
            let backward = comparison.answer(Array("\(line.right)\t\(line.left)".utf8).span)
            #expect(backward == .order(try order(mirrored(line.symbol))), "\(line), backward")
        }
    }

    @Test(arguments: try SharedRecords.names("vers", ending: ".json"))
    func `sorts and equates as the suite of vers says`(file: String) throws {
        for test in try SharedRecords.suite("vers/\(file)") {
            guard let input = test["input"], let scheme = input["input_scheme"]?.text,
                let texts = input["versions"]?.elements?.compactMap(\.text)
            else {
                continue
            }
            let ecosystem = try Ecosystem(scheme)
            let versions = texts.map { Version($0, scheme: ecosystem.scheme) }
            if test["test_type"]?.text == "equality" {
                #expect((versions[0] == versions[1]) == (test["expected_output"]?.bool ?? false), "\(texts)")
            } else {
                let expected = test["expected_output"]?.elements?.compactMap(\.text) ?? []
                let sorted = versions.sorted()
                #expect(sorted == expected.map { Version($0, scheme: ecosystem.scheme) }, "\(texts)")
            }
        }
    }

    private func mirrored(_ symbol: String) -> String {
        symbol == "<" ? ">" : symbol == ">" ? "<" : symbol
    }

    private func order(_ symbol: String) throws -> VersionOrder {
        let orders: [String: VersionOrder] = ["<": .less, "=": .equal, ">": .greater]
        return try #require(orders[symbol])
    }
}
