// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Testing

struct PackageURLTests {
    @Test(arguments: [
        ("pkg:npm/@babel/core@7.0.0", "pkg:npm/%40babel/core@7.0.0"),
        ("PKG:NPM/foo@1", "pkg:npm/foo@1"),
        (
            "pkg:deb/debian/curl@7.50.3-1?distro=jessie&arch=i386",
            "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie"
        ),
        ("pkg:generic/a?x=&y=1", "pkg:generic/a?y=1"),
        ("pkg:generic/a#./b/../c/", "pkg:generic/a#b/c"),
        ("pkg:generic//n//a/@1", "pkg:generic/n/a@1"),
        ("pkg:generic/n%C3%A4me@1%2F2", "pkg:generic/n%C3%A4me@1%2F2"),
        ("pkg:pub/Foo-Bar@1", "pkg:pub/foo_bar@1"),
        ("pkg:cpan/gdt/URI-PackageURL", "pkg:cpan/GDT/URI-PackageURL"),
        ("pkg:golang/github.com/Masterminds/semver/v3@v3.1.0", "pkg:golang/github.com/Masterminds/semver/v3@v3.1.0"),
        ("pkg:docker/library/x@sha256:abc", "pkg:docker/library/x@sha256:abc"),
        ("pkg:unknown.type-1/a/b@c", "pkg:unknown.type-1/a/b@c"),
    ])
    func `writes what it reads in canonical form`(text: String, canonical: String) throws {
        let purl = try PackageURL(parsing: text)
        #expect(purl.description == canonical)
        #expect(try PackageURL(parsing: canonical) == purl)
    }

    @Test(arguments: [
        "", "pkg", "pkg:", "npm/foo", "pkg:npm", "pkg:npm/", "pkg:npm/@1", "pkg:1npm/foo", "pkg:n_m/foo",
        "pkg:npm/foo?1=a", "pkg:npm/foo?a=1&a=2", "pkg:npm/foo?a%62=1", "pkg:npm/foo?a", "pkg:npm/f%2", "pkg:npm/f%GG",
        "pkg:npm/f%FF", "pkg:npm/a%2Fb/c", "pkg:npm/a#b%2Fc", "pkg:maven/io@1.3.4", "pkg:cargo/a/b@1",
        "pkg:julia/AWS@1", "pkg:swid/a@1", "pkg:cocoapods/a%20b", "pkg:swift/Alamofire@5",
    ])
    func `refuses what is no purl`(text: String) {
        let error = #expect(throws: AdvisoryError.self) { try PackageURL(parsing: text) }
        #expect(error?.code == .badPackageURL)
    }

    @Test func `reads purls that break the rules of their types when asked to`() throws {
        let purl = try PackageURL(parsing: "pkg:golang/stdlib@1.21.0", rules: .lenient)
        #expect(purl.name == "stdlib")
        #expect(purl.namespace == nil)
        #expect(throws: AdvisoryError.self) { try PackageURL(parsing: "pkg:golang/stdlib@1.21.0") }
    }

    @Test func `refuses texts above the limit`() {
        let text = "pkg:npm/" + String(repeating: "a", count: PackageURL.longestText)
        #expect(throws: AdvisoryError.self) { try PackageURL(parsing: text) }
    }

    /// Any change to sound purls ends in an error or in a purl that survives being written and read.
    @Test func `holds any bytes`() {
        let seeds = [
            "pkg:npm/%40babel/core@7.0.0#sub/path", "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
            "pkg:maven/org.a/b@1.0?classifier=x&type=dll", "pkg:git/codeberg.org/a/b@c", "pkg:swid/a/b/c@1?tag_id=x",
        ].map { Array($0.utf8) }
        let alphabet = Array("aA1/@?#&=%:.-_~+ 2F\u{0}\u{FF}".utf8)
        var generator = SeededGenerator(4)
        for round in 0..<6_000 {
            var text = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<text.count, using: &generator)
                text[index] = alphabet.randomElement(using: &generator) ?? 0
            }
            if let purl = try? PackageURL(parsing: text.span) {
                let again = try? PackageURL(parsing: purl.description)
                #expect(again == purl, "\(String(decoding: text, as: UTF8.self))")
            }
        }
    }
}
