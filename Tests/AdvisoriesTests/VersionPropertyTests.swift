// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Testing

/// What must hold for any texts whatsoever, tried on generated ones.
struct VersionPropertyTests {
    /// Pieces of which versions are put together, nasty ones among them.
    private static let pieces = [
        "0", "1", "2", "9", "10", "01", "00", "007", "20231201", "99999999999999999999", ".", ".", ".", ".", "-", "_",
        "+", "~", "^", ":", "!", "a", "b", "rc", "RC", "alpha", "beta", "dev", "pre", "post", "p", "r", "-r1", "_p1",
        "_alpha2", "SNAPSHOT", "final", "x", "v", "-1", "el7",
    ]

    /// The characters of texts that no one would call a version.
    private static let noise = Array("0190aZz.-_+~^:!#%/ \u{7F}\u{E9}\u{0}".utf8)

    private static func version(_ generator: inout SeededGenerator) -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            text += Array((pieces.randomElement(using: &generator) ?? "").utf8)
        }
        return text
    }

    private static func bytes(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...10, using: &generator)).map { _ in noise.randomElement(using: &generator) ?? 0 }
    }

    @Test(arguments: VersionScheme.allCases)
    func `is equal to itself and the opposite of the exchanged order`(scheme: VersionScheme) {
        var generator = SeededGenerator(1)
        for round in 0..<4_000 {
            let left = round % 3 == 0 ? Self.bytes(&generator) : Self.version(&generator)
            let right = round % 3 == 0 ? Self.bytes(&generator) : Self.version(&generator)
            #expect(scheme.compare(left, left) == .equal, "\(left)")
            #expect(
                scheme.compare(left, right).rawValue == -scheme.compare(right, left).rawValue,
                "\(String(decoding: left, as: UTF8.self)) and \(String(decoding: right, as: UTF8.self))"
            )
        }
    }

    /// Orders that are total on every text. Alpine's and Packagist's are only on sound versions, as their tools' are.
    private static let totalSchemes = VersionScheme.allCases.filter {
        ![.alpine, .packagist, .arch, .conan, .maven, .rpm, .gentoo, .rubygems].contains($0)
    }

    @Test(arguments: totalSchemes)
    func `is transitive on any texts`(scheme: VersionScheme) {
        var generator = SeededGenerator(2)
        for _ in 0..<3_000 {
            expectTransitive((0..<3).map { _ in Self.version(&generator) }, scheme)
        }
    }

    /// Grammars of sound versions for the schemes that are not total on anything else.
    private static let sound: [(VersionScheme, [[String]])] = [
        (
            .alpine,
            [
                ["0", "1", "2", "10"], ["", ".0", ".1", ".01", ".10", ".0.1"], ["", "a", "b"],
                ["", "_alpha", "_alpha1", "_rc2", "_p", "_p1", "_git20200101"], ["", "_p2"], ["", "~abc12"],
                ["", "-r0", "-r1", "-r10"],
            ]
        ),
        (
            .packagist,
            [
                ["", "v"], ["0", "1", "2", "10"], ["", ".0", ".1", ".10"], ["", ".0", ".1"],
                ["", "-dev", "-alpha1", "-beta", "-beta2", "-RC1", "-p1", "-patch2"],
            ]
        ),
        (
            .arch,
            [["", "1:"], ["1", "2", "10"], [".0", ".1", ".1.1"], ["", "a", "b", "rc1"], ["-1", "-2", "-1.1"]]
        ),
        (
            .conan,
            [
                ["0", "1", "10"], ["", ".0", ".1", ".2"], ["", ".0", ".3"], ["", "-alpha", "-alpha.1", "-b"],
                ["", "+b1"],
            ]
        ),
        (
            .maven,
            [
                ["0", "1", "2", "10"], ["", ".0", ".1", ".10"], ["", ".0", ".2"],
                ["", "-alpha-1", "-beta2", "-rc", "-SNAPSHOT", "-sp", "-1", "-jre", "-final"],
            ]
        ),
        (
            .rpm,
            [
                ["", "1:"], ["1", "2", "10"], ["", ".0", ".1", ".a"], ["", "~rc1", "^git1", "a"], ["", "-1", "-2.el8"],
            ]
        ),
        (
            .gentoo,
            [["1", "2"], ["", ".0", ".01", ".1", ".10"], ["", "a"], ["", "_p", "_p1", "_rc1"], ["", "-r1"]]
        ),
        (
            .rubygems,
            [["0", "1", "10"], ["", ".0", ".1"], ["", ".0", ".2"], ["", ".a", ".b1", ".rc.1", "-1", ".pre"]]
        ),
    ]

    @Test(arguments: sound)
    func `is transitive on sound versions`(scheme: VersionScheme, grammar: [[String]]) {
        var generator = SeededGenerator(3)
        for _ in 0..<6_000 {
            let versions = (0..<3).map { _ in
                Array(grammar.map { $0.randomElement(using: &generator) ?? "" }.joined().utf8)
            }
            expectTransitive(versions, scheme)
        }
    }

    private func expectTransitive(_ versions: [[UInt8]], _ scheme: VersionScheme) {
        let (a, b, c) = (versions[0], versions[1], versions[2])
        let ab = scheme.compare(a, b).rawValue
        let bc = scheme.compare(b, c).rawValue
        let ac = scheme.compare(a, c).rawValue
        if ab <= 0, bc <= 0 {
            #expect(ac == (ab == 0 && bc == 0 ? 0 : -1), "\(versions.map { String(decoding: $0, as: UTF8.self) })")
        }
    }

    /// Pairs of one more and one less of everything, and texts without any order at all.
    @Test(arguments: VersionScheme.allCases)
    func `coarse keys never contradict the order`(scheme: VersionScheme) {
        var generator = SeededGenerator(7)
        var keys = 0
        for round in 0..<20_000 {
            let left = Self.version(&generator)
            var right = round % 2 == 0 ? Self.version(&generator) : left
            if round % 2 == 1, !right.isEmpty {
                let index = Int.random(in: 0..<right.count, using: &generator)
                right[index] = Array("0129.-~ap".utf8).randomElement(using: &generator) ?? 0
            }
            guard let low = scheme.coarseKey(left.span), let high = scheme.coarseKey(right.span) else {
                continue
            }
            keys += 1
            let isSound: Bool =
                switch scheme.compare(left, right) {
                case .less: low <= high
                case .equal: low == high
                case .greater: low >= high
                }
            let texts = [left, right].map { String(decoding: $0, as: UTF8.self) }
            #expect(isSound, "\(texts) \(low) \(high)")
        }
        let without: Set<VersionScheme> = [.arch, .gentoo, .conan, .datetime, .lexicographic, .generic]
        #expect(without.contains(scheme) ? keys == 0 : keys > 100, "\(keys)")
    }

    @Test(arguments: [
        ("npm", "v1.22.333-rc1", "00:00000001.00000022.00000333"),
        ("Debian", "2:1.2-3", "02:00000001.00000002.00000000"),
        ("PyPI", "100!1", "99:99999999.99999999.99999999"), ("RPM", "1.123456789.3", "00:00000001.99999999.99999999"),
        ("Alpine", "1.0.5-r1", "00:00000001.00000000.00000005"),
        ("Maven", "1.2-alpha", "00:00000001.00000002.00000000"),
    ])
    func `coarse keys are texts that sort`(ecosystem: String, version: String, key: String) throws {
        let scheme = try Ecosystem(ecosystem).scheme
        #expect(scheme.coarseKey(version.utf8.span)?.description == key)
    }

    @Test func `compares texts above the limit as bytes, in bounded time`() {
        let long = [UInt8](repeating: UInt8(ascii: "1"), count: 100_000)
        for scheme in VersionScheme.allCases {
            #expect(scheme.compare(long, long) == .equal)
            #expect(scheme.compare(long, long + [0x31]) == .less)
            #expect(scheme.rejection(of: long.span) != nil)
            #expect(scheme.rejection(of: [UInt8]().span) != nil)
        }
    }
}
