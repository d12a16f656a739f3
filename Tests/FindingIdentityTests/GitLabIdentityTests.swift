// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import FindingIdentity

struct `GitLab's identity` {
    @Test func `fingerprints are SHA-1 of the parts`() {
        #expect(
            GitLabIdentity.identifierFingerprint(type: "cwe", value: "79") == "2bb2cb8d3139e0fb435181e6fedc72d6d0b64512"
        )
    }

    @Test(arguments: [
        ("registry.test/app:12.3", "registry.test/app:12.3"), ("app:latest", "app"),
        ("app:1.2.3-alpine", "app:1.2.3-alpine"),
        ("app:0123456789abcdef0123456789abcdef", "app"), ("app", "app"), ("host:5000/app:v1", "host:5000/app"),
    ])
    func `an image keeps a tag that is a version`(image: String, name: String) {
        #expect(GitLabIdentity.imageName(image) == name)
    }

    @Test func `python packages have one name`() {
        #expect(GitLabIdentity.normalizedPythonName("Foo.Bar__baz-") == "foo-bar-baz-")
        let left = GitLabIdentity.locationFingerprint(.dependency(file: "r.txt", package: "A_b", isPython: true))
        let right = GitLabIdentity.locationFingerprint(.dependency(file: "r.txt", package: "a.B", isPython: true))
        #expect(left == right)
    }

    @Test func `name-based UUIDs are those of the RFC`() {
        // RFC 9562, appendix A.4: the DNS namespace and "www.example.com".
        let namespace: [UInt8] = [
            0x6B, 0xA7, 0xB8, 0x10, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
        ]
        #expect(
            GitLabIdentity.uuid5(namespace: namespace, name: "www.example.com")
                == "2ed6657d-e927-568b-95e1-2665a8aea6a2"
        )
    }

    @Test func `a tracked branch has UUIDs of its own`() {
        func uuid(_ context: Int?) -> String {
            GitLabIdentity.uuid(reportType: .sast, identifier: "a", location: "b", project: 7, context: context)
        }
        #expect(uuid(nil) != uuid(3))
        #expect(uuid(nil) == GitLabIdentity.uuid5(namespace: GitLabIdentity.productionNamespace, name: "sast-a-b-7"))
    }

    @Test func `the signature of the highest priority counts`() {
        let best = GitLabIdentity.best([(.hash, "h"), (.scopeOffset, "s"), (.location, "l")])
        #expect(best?.signature == "s")
        let hash = GitLabIdentity.signatureHash(["a.c|main()[0]:8", "b.c|f()[0]:1"])
        #expect(hash == GitLabIdentity.signatureHash(["a.c|main()[0]:8|b.c|f()[0]:1"]))
        #expect(
            GitLabIdentity.signatureFingerprint(hash)
                != GitLabIdentity.signatureFingerprint(hash, qualifiedBy: .scopeOffset)
        )
    }
}
