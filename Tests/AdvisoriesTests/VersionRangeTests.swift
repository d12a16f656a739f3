// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Testing

struct VersionRangeTests {
    @Test(arguments: [
        "vers:npm/1.2.3|>=2.0.0|<5.0.0", "vers:gem/>=2.2.0|!=2.2.1|<2.3.0", "vers:deb/*", "vers:all/*", "vers:none/*",
        "vers:pypi/!=1|2|!=3|>=4|!=5|<6|>7", "vers:generic/1%20a|2%21", "vers:example/2|1", "vers:unknown-type/>=1",
        "vers:datetime/>=2024-01-01T00:00:00Z|<2025-01-01T00:00:00Z",
    ])
    func `reads canonical ranges and writes them again`(text: String) throws {
        #expect(try VersionRangeSpecifier(parsing: text).description == text)
    }

    @Test(arguments: [
        "", "vers", "vers:", "vers:npm", "vers:npm/", "VERS:npm/1", "vers:NPM/1", "pkg:npm/1", "vers:npm/=1.0.0",
        "vers:npm/>=", "vers:npm/1|", "vers:npm/|1", "vers:npm/1||2", "vers:npm/*|1", "vers:npm/*1", "vers:npm/2|1",
        "vers:npm/1|>=1", "vers:npm/1|1.0.0", "vers:npm/>=1|>=2", "vers:npm/<1|<=2", "vers:npm/1|<2", "vers:npm/1 |2",
        "vers:npm/1%2", "vers:npm/1%zz", "vers:npm/1%3a", "vers:npm/1%3A", "vers:npm/1%09", "vers:npm/1>2",
        "vers:npm/\u{E9}", "vers:invalid/1", "vers:1npm/1", "vers:all/1", "vers:none/1", "vers:npm/==1", "vers:npm/<<1",
        "vers:datetime/yesterday", "vers:datetime/2024-01-01t00:00:00z",
    ])
    func `refuses what is not canonical`(text: String) {
        let error = #expect(throws: AdvisoryError.self) { try VersionRangeSpecifier(parsing: text) }
        #expect(error?.code == .badRange)
    }

    @Test func `sorts what it reads leniently`() throws {
        let range = try VersionRangeSpecifier(parsing: "Vers:PyPI/ 3 | =1.0 || >= 2 |", rules: .lenient)
        #expect(range.description == "vers:pypi/1.0|>=2|3")
    }

    @Test(arguments: [
        ("vers:npm/>=1.0.0|<2.0.0", "1.0.0", true), ("vers:npm/>=1.0.0|<2.0.0", "2.0.0", false),
        ("vers:npm/>1.0.0|<=2.0.0", "1.0.0", false), ("vers:npm/>1.0.0|<=2.0.0", "2.0.0", true),
        ("vers:npm/<1.0.0|>=2.0.0|<3.0.0|>4.0.0", "0.1.0", true),
        ("vers:npm/<1.0.0|>=2.0.0|<3.0.0|>4.0.0", "1.5.0", false),
        ("vers:npm/<1.0.0|>=2.0.0|<3.0.0|>4.0.0", "2.5.0", true),
        ("vers:npm/<1.0.0|>=2.0.0|<3.0.0|>4.0.0", "3.5.0", false),
        ("vers:npm/<1.0.0|>=2.0.0|<3.0.0|>4.0.0", "5.0.0", true), ("vers:npm/>=1.0.0", "9.0.0", true),
        ("vers:npm/<1.0.0", "0.9.0", true), ("vers:npm/<1.0.0", "1.0.0", false),
        ("vers:npm/1.0.0|3.0.0", "2.0.0", false),
        ("vers:npm/>=1.0.0|!=1.5.0|<2.0.0", "1.5.0", false), ("vers:npm/>=1.0.0|!=1.5.0|<2.0.0", "1.5.1", true),
        ("vers:npm/!=1.5.0", "1.5.1", true), ("vers:npm/!=1.5.0", "1.5.0", false), ("vers:pypi/1.0", "1.0.0", true),
        ("vers:all/*", "x", true), ("vers:none/*", "x", false), ("vers:maven/>=1.0|<1.0.1", "1.0-sp", true),
        ("vers:deb/>=1.0~rc1|<1.0-1", "1.0", true),
    ])
    func `tells which versions it holds`(text: String, version: String, expected: Bool) throws {
        #expect(try VersionRangeSpecifier(parsing: text).contains(version) == expected)
    }

    @Test func `a type without order cannot tell`() throws {
        let range = try VersionRangeSpecifier(parsing: "vers:example/>=1")
        #expect(throws: AdvisoryError.self) { try range.contains("2") }
    }

    @Test(arguments: [
        ("npm", "^0.2.3", ">=0.2.3|<0.3.0"), ("npm", "^0.0.3", ">=0.0.3|<0.0.4"), ("npm", "^1", ">=1.0.0|<2.0.0"),
        ("npm", "~1", ">=1.0.0|<2.0.0"), ("npm", "~1.2", ">=1.2.0|<1.3.0"), ("npm", "1.x", ">=1.0.0|<2.0.0"),
        ("npm", ">= 2.2.x", ">=2.2.0|<2.3.0"), ("npm", "1.2 - 2.3", ">=1.2.0|<2.4.0"), ("npm", "", "*"),
        ("npm", "*", "*"), ("npm", ">=1.0.0, <2.0.0", ">=1.0.0|<2.0.0"), ("npm", "=1.2.3+b", "1.2.3+b"),
        ("maven", "[1.0,2.0)", ">=1.0|<2.0"), ("maven", "(,1.0],[1.2,)", "<=1.0|>=1.2"), ("maven", "[1.5]", "1.5"),
        ("maven", "(,1.1),(1.1,)", "<1.1|>1.1"), ("maven", ">= 1.0.0, < 1.0.1", ">=1.0.0|<1.0.1"),
        ("nuget", "1.0", ">=1.0.0"), ("nuget", "(1.0,2.0-RC]", ">1.0.0|<=2.0.0-rc"),
        ("nuget", "[3.10.1,4)", ">=3.10.1|<4.0.0"),
        ("gem", "~> 2.0", ">=2.0|<3"), ("gem", "~>1.6.5, >=1.7.2", ">=1.6.5|<1.7|>=1.7.2"), ("gem", "2.1.4", "2.1.4"),
        ("gem", ">=2.0.0 <=4.0.4", ">=2.0.0|<=4.0.4"), ("gem", "", "*"), ("gem", "!= 2.2.1", "!=2.2.1"),
        ("pypi", "==2.3.0||==3.0.0", "2.3.0|3.0.0"),
        ("pypi", ">=1.0a1,<1.0.5||>=1.1b1,<1.1.1", ">=1.0a1|<1.0.5|>=1.1b1|<1.1.1"),
        ("pypi", "!=5", "!=5"), ("pypi", "~=1.4.2", ">=1.4.2|<1.5"), ("conan", "^0.1", ">=0.1|<0.2-"),
        ("conan", "~2", ">=2|<3-"), ("nginx", "0.6.18-1.20.0", ">=0.6.18|<=1.20.0"), ("nginx", "all", "*"),
        ("nginx", "1.21.0+, 1.20.1+", ">=1.20.1|<1.21.0|>=1.21.0"), ("deb", "(>> 2.23), (<< 2.24)", ">2.23|<2.24"),
        ("rpm", ">= 1:1.1.4, <= 2.8", "<=2.8|>=1:1.1.4"),
        ("golang", ">=9.6.0-rc1 <9.8.1-rc1", ">=9.6.0-rc1|<9.8.1-rc1"),
        ("composer", ">=4.0.0, <4.0.10||=5.0", ">=4.0.0|<4.0.10|5.0"), ("cargo", "< 1.0", "<1.0"),
    ])
    func `translates the notation of an ecosystem`(type: String, native: String, expected: String) throws {
        #expect(try VersionRangeSpecifier(native: native, type: type).description == "vers:\(type)/\(expected)")
    }

    @Test(arguments: [
        ("npm", "abc"), ("npm", ">="), ("npm", "1.2.3.4"), ("maven", "[1.0,2.0"), ("maven", "(1.0)"), ("nginx", "none"),
        ("pypi", "1.0; python_version < '3'"), ("gem", "~> x"), ("conan", "^x"), ("openssl", ""), ("deb", ">>"),
    ])
    func `refuses what is no range of the ecosystem`(type: String, native: String) {
        #expect(throws: AdvisoryError.self) { try VersionRangeSpecifier(native: native, type: type) }
    }

    @Test func `an inverted range holds what the range does not`() throws {
        let range = try VersionRangeSpecifier(parsing: "vers:npm/>=1.0.0|!=1.5.0|<2.0.0|3.0.0")
        let inverse = try #require(range.inverted)
        for version in ["0.1.0", "1.0.0", "1.4.0", "2.0.0", "2.5.0"] {
            #expect(try range.contains(version) != inverse.contains(version), "\(version)")
        }
        #expect(try VersionRangeSpecifier(parsing: "vers:npm/*").inverted == nil)
    }

    /// Changed ranges end in an error or in a range that survives being written and read.
    @Test func `holds any bytes`() {
        let seeds = ["vers:npm/>=1.0.0|<2.0.0|3.0.0", "vers:pypi/!=1|>=2", "vers:deb/>=1%21|*"].map { Array($0.utf8) }
        let natives = ["^1.2.3 || ~0.8.0-pre", "[1.0,2.0),(3,]", "~> 1.2.a", "~=1.2,==2.*", "1.5.0+, 1.0-2.0"]
        let alphabet = Array("v:/|<>=!*%1.-~^x[](), +a".utf8)
        var generator = SeededGenerator(6)
        for round in 0..<4_000 {
            var text = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let byte = alphabet.randomElement(using: &generator) ?? 0
                text[Int.random(in: 0..<text.count, using: &generator)] = byte
            }
            if let range = try? VersionRangeSpecifier(parsing: String(decoding: text, as: UTF8.self), rules: .lenient) {
                let again = try? VersionRangeSpecifier(parsing: range.description, rules: .lenient)
                #expect(again == range, "\(range)")
            }
            var native = Array(natives[round % natives.count].utf8)
            let byte = alphabet.randomElement(using: &generator) ?? 0
            native[Int.random(in: 0..<native.count, using: &generator)] = byte
            for type in ["npm", "maven", "nuget", "gem", "pypi", "conan", "nginx", "openssl", "deb"] {
                _ = try? VersionRangeSpecifier(native: String(decoding: native, as: UTF8.self), type: type)
            }
        }
    }
}
