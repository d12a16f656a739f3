// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Testing

struct EcosystemTests {
    @Test(arguments: [
        ("Debian:12", "Debian", "12", VersionScheme.debian), ("ubuntu:22.04:LTS", "Ubuntu", "22.04:LTS", .debian),
        ("Red Hat:rhel_aus:8.4::appstream", "Red Hat", "rhel_aus:8.4::appstream", .rpm),
        ("ALPINE:v3.18", "Alpine", "v3.18", .alpine), ("Echo:PyPI", "Echo", "PyPI", .pypi),
        ("Echo:npm", "Echo", "npm", .pub), ("Echo:1", "Echo", "1", .debian),
    ])
    func `knows an ecosystem with its release`(
        text: String,
        name: String,
        release: String,
        scheme: VersionScheme
    ) throws {
        let ecosystem = try Ecosystem(text)
        #expect(ecosystem.name == name)
        #expect(ecosystem.release == release)
        #expect(ecosystem.scheme == scheme)
    }

    @Test(arguments: [
        ("npm", VersionScheme.semver), ("crates.io", .semver), ("Go", .semver), ("golang", .semver), ("Hex", .semver),
        ("SwiftURL", .semver), ("Bitnami", .semver), ("ConanCenter", .semver), ("GHC", .semver), ("Julia", .semver),
        ("Bioconductor", .semver), ("Pub", .pub), ("deb", .debian), ("Echo", .debian), ("AlmaLinux", .rpm),
        ("Rocky Linux", .rpm), ("SUSE", .rpm), ("openSUSE", .rpm), ("Mageia", .rpm), ("openEuler", .rpm),
        ("Azure Linux", .rpm), ("rpm", .rpm), ("Wolfi", .alpine), ("Chainguard", .alpine), ("Alpaquita", .alpine),
        ("BellSoft Hardened Containers", .alpine), ("MinimOS", .alpine), ("apk", .alpine), ("PyPI", .pypi),
        ("Maven", .maven), ("NuGet", .nuget), ("Packagist", .packagist), ("composer", .packagist),
        ("RubyGems", .rubygems), ("gem", .rubygems), ("CRAN", .cran), ("Hackage", .hackage), ("opam", .opam),
        ("alpm", .arch), ("gentoo", .gentoo), ("conan", .conan), ("openssl", .openssl), ("intdot", .intdot),
        ("datetime", .datetime), ("lexicographic", .lexicographic), ("generic", .generic), ("cargo", .semver),
    ])
    func `gives each ecosystem its scheme`(name: String, scheme: VersionScheme) throws {
        #expect(try Ecosystem(name).scheme == scheme)
        #expect(try Ecosystem(name).release == nil)
    }

    @Test func `names the nearest ecosystem for an unknown one`() {
        let error = #expect(throws: AdvisoryError.self) { try Ecosystem("PyPy:3") }
        #expect(error?.code == .unknownEcosystem)
        #expect(error?.message.contains("PyPI") == true)
        #expect(throws: AdvisoryError.self) { try Ecosystem("") }
    }

    @Test(arguments: [
        ("Debian", "a:1.0\t1.0"), ("Debian", "1.0-\t1.0"), ("Debian", "1 0\t1.0"), ("Debian", ":1\t1"),
        ("Hackage", "1.0-beta\t1.0"), ("CRAN", "1.a\t1.0"), ("npm", "\t1.0.0"), ("npm", "1.0.0"), ("npm", "1\t2\t3"),
        ("datetime", "2024-02-30T00:00:00Z\t2024-01-01T00:00:00Z"),
    ])
    func `calls a line an error where the ecosystem refuses a version`(ecosystem: String, line: String) throws {
        let answer = try VersionComparison(ecosystem: ecosystem).answer(Array(line.utf8).span)
        guard case .error(let reason) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(!reason.isEmpty)
    }

    /// Rules of which the shared lines have no example.
    @Test(arguments: [
        ("npm", "1.2.3-5 < 1.2.3--5"), ("Go", "1.2.3+incompatible = 1.2.3"), ("Go", "go1.21.3 > 1.21.2"),
        ("Go", "v0.0.0-20200101000000-aaaaaaaaaaaa < v0.0.0-20210101000000-aaaaaaaaaaaa"),
        ("Pub", "1.0.0+9 < 1.0.0+10"),
        ("opam", "1.0~beta < 1.0"), ("opam", "1.0-test < 1.0.1"), ("opam", "1:0 > 1.0"), ("intdot", "1.02.0 = 1.2"),
        ("intdot", "1.2foo = 1.2"), ("intdot", "1.10 > 1.9"), ("Alpine", "1.0 > 1"), ("Alpine", "1.0.0-r1 > 1.0-r5"),
        ("Alpine", "1.2~0a1b = 1.2"), ("Alpine", "1.06 < 1.6"), ("Alpine", "1.0_p > 1.0"), ("Alpine", "1.0_p1 < 1.0.1"),
        ("openssl", "1.0.2z < 1.0.2za"), ("openssl", "1.1.0-pre2 < 1.1.0"), ("openssl", "3.0.0-alpha2 < 3.0.0-alpha10"),
        ("generic", "1.0a > 1.0"), ("generic", "1.0alpha1 < 1.0"), ("generic", "1.0 = 1.0.0"),
        ("generic", "1.0-patch1 > 1.0"),
        ("alpm", "1.0rc1 < 1.0"), ("gentoo", "1.0_p0 > 1.0"), ("gentoo", "1.10 > 1.9"), ("gentoo", "1.1 > 1.09"),
        ("datetime", "2024-01-01T00:00:00.1Z < 2024-01-01T00:00:00.11Z"), ("RubyGems", "1.0-1 < 1.0"),
        ("Packagist", "1.0-patch1 > 1.0"), ("Packagist", "dev-main < 0.1"), ("Maven", "0-1 < 1"),
        ("Maven", "1-ga-1 = 1-1"),
        ("PyPI", "1.0.post.dev1 < 1.0.post"), ("PyPI", "1.0a.dev1 < 1.0a"), ("PyPI", "1.0+a.b = 1.0+a-b"),
        ("PyPI", "2004d < 0.1"), ("PyPI", "1.x_a < 1.xa"), ("NuGet", "1.0.0-A < 1.0.0-b"), ("NuGet", "1.0.0.0 = 1.0"),
        ("CRAN", "1.0 < 1.0.0"),
    ])
    func `keeps rules without a shared example`(ecosystem: String, line: String) throws {
        let fields = line.split(separator: " ").map { Array($0.utf8) }
        let scheme = try Ecosystem(ecosystem).scheme
        #expect(String(scheme.compare(fields[0], fields[2]).symbol) == String(decoding: fields[1], as: UTF8.self))
    }
}
