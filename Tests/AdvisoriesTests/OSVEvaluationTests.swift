// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import Testing

/// The corners of the evaluation, each in a record of its own.
struct OSVEvaluationTests {
    /// Asks through the line that the command takes.
    private func answer(_ affected: String, _ package: (String, String), _ version: String, more: String = "") -> String
    {
        let line = """
            {"osv":{"id":"T-1","modified":"2024-01-01T00:00:00Z"\(more),"affected":[\(affected)]},\
            "package":{"ecosystem":"\(package.0)","name":"\(package.1)"},"version":"\(version)"}
            """
        return OSVQuestion.answer(Array(line.utf8))
    }

    private func entry(_ ecosystem: String, _ name: String, _ events: String, type: String = "ECOSYSTEM") -> String {
        """
        {"package":{"ecosystem":"\(ecosystem)","name":"\(name)"},"ranges":[{"type":"\(type)","events":[\(events)]}]}
        """
    }

    @Test(arguments: [
        ("0.0.0-alpha", "true"), ("1.9.9", "true"), ("2.0.0-rc1", "true"), ("2.0.0", "false"), ("2.5.0", "false"),
        ("3.0.0", "true"), ("3.0.9", "true"), ("3.1.0", "true"), ("3.1.1", "false"),
    ])
    func `folds unsorted events`(version: String, expected: String) {
        let events = """
            {"last_affected":"3.1.0"},{"introduced":"3.0.0"},{"fixed":"2.0.0"},{"introduced":"0"}
            """
        #expect(answer(entry("npm", "a", events, type: "SEMVER"), ("npm", "a"), version) == expected)
    }

    @Test func `a version that fixes and introduces is affected`() {
        let events = #"{"introduced":"0"},{"introduced":"2.0"},{"fixed":"2.0"},{"fixed":"3.0"}"#
        #expect(answer(entry("PyPI", "a", events), ("PyPI", "a"), "2.0") == "true")
        #expect(answer(entry("PyPI", "a", events), ("PyPI", "a"), "3.0") == "false")
    }

    @Test func `an introduction that is the last affected version affects itself alone`() {
        let events = #"{"last_affected":"1.0"},{"introduced":"1.0"}"#
        let results = ["0.9", "1.0", "1.1"].map { answer(entry("PyPI", "a", events), ("PyPI", "a"), $0) }
        #expect(results == ["false", "true", "false"])
    }

    @Test func `nothing is said behind a limit`() {
        let events = #"{"introduced":"1.0"},{"limit":"1.5"}"#
        let results = ["1.0", "1.4", "1.5", "2.0"].map { answer(entry("PyPI", "a", events), ("PyPI", "a"), $0) }
        #expect(results == ["true", "true", "false", "false"])
        let unlimited = #"{"introduced":"1.0"},{"limit":"*"}"#
        #expect(answer(entry("PyPI", "a", unlimited), ("PyPI", "a"), "9") == "true")
    }

    @Test func `several entries of one package add up`() {
        let both =
            entry("npm", "a", #"{"introduced":"1.0.0"},{"fixed":"1.1.0"}"#) + ","
            + entry("npm", "a", #"{"introduced":"2.0.0"},{"fixed":"2.1.0"}"#)
        let results = ["1.0.5", "1.5.0", "2.0.5"].map { answer(both, ("npm", "a"), $0) }
        #expect(results == ["true", "false", "true"])
    }

    @Test func `a withdrawn record affects nothing`() {
        let all = entry("npm", "a", #"{"introduced":"0"}"#)
        #expect(answer(all, ("npm", "a"), "1.0.0") == "true")
        #expect(answer(all, ("npm", "a"), "1.0.0", more: #","withdrawn":"2024-02-01T00:00:00Z""#) == "false")
        #expect(answer(all, ("npm", "a"), "1.0.0", more: #","withdrawn":null"#) == "true")
    }

    @Test func `listed versions are compared as text, those of PyPI by PEP 440`() {
        func listed(_ ecosystem: String) -> String {
            #"{"package":{"ecosystem":"\#(ecosystem)","name":"a"},"versions":["1.0","2.0-weird"]}"#
        }
        #expect(answer(listed("PyPI"), ("PyPI", "a"), "1.0.0") == "true")
        #expect(answer(listed("PyPI"), ("PyPI", "a"), "2.0-weird") == "true")
        #expect(answer(listed("PyPI"), ("PyPI", "a"), "1.0.1") == "false")
        #expect(answer(listed("npm"), ("npm", "a"), "1.0") == "true")
        #expect(answer(listed("npm"), ("npm", "a"), "1.0.0") == "false")
    }

    @Test(arguments: [
        ("PyPI", "Foo.Bar_baz", "foo-bar--BAZ", "true"), ("npm", "@Scope/a", "@scope/a", "false"),
        ("NuGet", "Newtonsoft.Json", "newtonsoft.json", "true"), ("Packagist", "Vendor/Name", "vendor/name", "true"),
        ("Maven", "org.A:b", "org.a:b", "false"), ("Go", "github.com/A/b", "github.com/a/b", "false"),
        ("SwiftURL", "https://github.com/A/b.git", "github.com/a/b", "true"), ("crates.io", "a", "A", "false"),
    ])
    func `compares names by the rule of the ecosystem`(ecosystem: String, name: String, asked: String, expected: String)
    {
        #expect(answer(entry(ecosystem, name, #"{"introduced":"0"}"#), (ecosystem, asked), "1.0.0") == expected)
    }

    @Test(arguments: [
        ("Debian:12", "Debian:12", "true"), ("Debian:12", "Debian:11", "false"), ("Debian:12", "Debian", "true"),
        ("Debian", "Debian:12", "true"), ("Ubuntu:22.04:LTS", "Ubuntu:22.04", "true"),
        ("Debian:12", "Ubuntu:12", "false"),
        ("Alpine:v3.18", "alpine:3.18", "true"), ("Red Hat:rhel_aus:8.4::appstream", "Red Hat", "true"),
    ])
    func `matches releases of distributions`(listed: String, asked: String, expected: String) {
        #expect(answer(entry(listed, "curl", #"{"introduced":"0"}"#), (asked, "curl"), "1.0-1") == expected)
    }

    @Test func `Git ranges match the commits that they name`() {
        let bad = String(repeating: "a", count: 40)
        let good = String(repeating: "b", count: 40)
        let other = String(repeating: "c", count: 40)
        let events = #"{"introduced":"\#(bad)"},{"fixed":"\#(good)"}"#
        let results = [bad, bad.uppercased(), good, other, "1.0"].map {
            answer(entry("npm", "a", events, type: "GIT"), ("npm", "a"), $0)
        }
        #expect(results == ["true", "true", "false", "false", "false"])
    }

    @Test(arguments: [
        ("", "JSON"), ("{", "JSON"), ("[]", "object"), (#"{"osv":{}}"#, "package"),
        (#"{"osv":{},"package":{"ecosystem":"npm","name":"a"},"version":"1"}"#, "id"),
        (#"{"osv":{"id":1},"package":{"ecosystem":"npm","name":"a"},"version":"1"}"#, "/id"),
        (#"{"osv":{"id":"a"},"package":{"ecosystem":"npm","name":"a"},"version":""}"#, "empty"),
        (#"{"osv":{"id":"a"},"package":{"ecosystem":"npn","name":"a"},"version":"1"}"#, "npm"),
        (
            #"{"osv":{"id":"a","affected":[{"ranges":[{"type":"X"}]}]},"package":{"ecosystem":"npm","name":"a"},"version":"1"}"#,
            "/affected/0/ranges/0"
        ),
    ])
    func `says what is wrong with a line`(line: String, part: String) {
        let answer = OSVQuestion.answer(Array(line.utf8))
        #expect(answer.hasPrefix("error: "))
        #expect(answer.contains(part), "\(answer)")
        #expect(!answer.contains("\n"))
    }

    @Test func `an unknown ecosystem is undecidable where only its order could tell`() {
        let ranged = entry("Mystery", "a", #"{"introduced":"0"}"#)
        #expect(answer(ranged, ("Mystery", "a"), "1").hasPrefix("error: "))
        let listed = #"{"package":{"ecosystem":"Mystery","name":"a"},"versions":["1"]}"#
        #expect(answer(listed, ("Mystery", "a"), "1") == "true")
    }

    @Test func `tells why`() throws {
        let line = """
            {"osv":{"id":"T-1","affected":[\(entry("npm", "b", "")),\
            \(entry("npm", "a", #"{"introduced":"1.0.0"},{"fixed":"1.2.0"},{"fixed":"1.1.0"}"#))]},\
            "package":{"ecosystem":"npm","name":"a"},"version":"1.0.5"}
            """
        let verdict = try OSVQuestion.verdict(on: Array(line.utf8))
        let opened = OSVEvent(kind: .introduced, version: "1.0.0")
        let closes = OSVEvent(kind: .fixed, version: "1.1.0")
        #expect(verdict == .affected(.init(entry: 1, cause: .range(index: 0, opened: opened, closes: closes))))
        #expect(verdict.description.contains("introduced 1.0.0"))
        #expect(verdict.description.contains("fixed 1.1.0"))
    }

    @Test func `refuses records with too many events`() {
        let events = (0..<10_001).map { #"{"introduced":"\#($0)"}"# }.joined(separator: ",")
        #expect(answer(entry("npm", "a", events), ("npm", "a"), "1").contains("too many"))
    }

    @Test(arguments: [
        ("pkg:maven/org.a/b@1", "Maven", "org.a:b"), ("pkg:golang/github.com/A/b@v1", "Go", "github.com/A/b"),
        ("pkg:npm/%40a/b@1", "npm", "@a/b"), ("pkg:deb/debian/curl@1?distro=debian-12", "Debian:12", "curl"),
        ("pkg:deb/ubuntu/libssl3@1?distro=ubuntu-22.04&upstream=openssl%401.1", "Ubuntu:22.04", "openssl"),
        ("pkg:apk/alpine/curl@1?distro=3.18.4", "Alpine:3.18", "curl"), ("pkg:apk/wolfi/curl@1", "Wolfi", "curl"),
        ("pkg:composer/a/b@1", "Packagist", "a/b"), ("pkg:cargo/serde@1", "crates.io", "serde"),
    ])
    func `names the package of a purl`(purl: String, ecosystem: String, name: String) throws {
        let package = try #require(AdvisoryPackage(PackageURL(parsing: purl)))
        #expect(package.ecosystem == ecosystem)
        #expect(package.name == name)
    }

    @Test func `lists fixes above the present version, the lowest first`() throws {
        let events =
            #"{"introduced":"0"},{"fixed":"2.0.10"},{"introduced":"3.0.0"},{"fixed":"3.0.2"},{"fixed":"2.0.9"}"#
        let json = try JSONReader.read(Array(#"{"id":"a","affected":[\#(entry("npm", "a", events))]}"#.utf8))
        let record = try OSVRecord(json)
        #expect(record.fixes(for: AdvisoryPackage(ecosystem: "npm", name: "a"), above: "2.0.9") == ["2.0.10", "3.0.2"])
    }

    /// Cut and changed records end in an answer, never in a crash.
    @Test func `holds any bytes`() {
        let seed = Array(
            #"{"osv":{"id":"a","affected":[{"package":{"ecosystem":"PyPI","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0"}]}],"versions":["0.1"]}]},"package":{"ecosystem":"PyPI","name":"a"},"version":"0.5"}"#
                .utf8
        )
        #expect(OSVQuestion.answer(seed) == "true")
        var generator = SeededGenerator(5)
        for round in 0..<3_000 {
            var line = seed
            if round % 4 == 0 {
                line = Array(line.prefix(Int.random(in: 0..<line.count, using: &generator)))
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) where !line.isEmpty {
                line[Int.random(in: 0..<line.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let answer = OSVQuestion.answer(line)
            #expect(answer == "true" || answer == "false" || answer.hasPrefix("error: "))
        }
    }
}
