// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FindingIdentity
import Testing

struct `Pairing of findings without lines` {
    private let digester = FindingDigester(key: .init(low: 7, high: 8))

    private func component(_ cve: String, _ name: String, _ version: String, _ manifest: String) -> FindingDigest {
        var facts = FindingFacts(kind: .dependency)
        facts.identifiers = [.init(type: "cve", value: cve), .init(type: "cwe", value: "CWE-79")]
        facts.component = name
        facts.version = version
        facts.path = manifest
        return digester.digest(facts)
    }

    private func address(_ host: String, _ path: String, _ parameter: String) -> FindingDigest {
        var facts = FindingFacts(kind: .dast)
        facts.identifiers = [.init(type: "rule", value: "xss")]
        facts.host = host
        facts.path = path
        facts.method = "get"
        facts.parameter = parameter
        return digester.digest(facts)
    }

    @Test func `a new version of a component is the same finding`() {
        let old = [component("CVE-2024-1", "pkg:npm/a", "1.0", "package-lock.json")]
        let new = [component("cve-2024-1", "pkg:npm/a", "1.1", "package-lock.json")]
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairing.matches.map(\.rung) == [.versionBump])
    }

    @Test func `a manifest that moved takes its findings along, one that is there twice does not`() {
        let old = [component("CVE-2024-1", "pkg:npm/a", "1.0", "package-lock.json")]
        let moved = FindingMatcher.pair(
            old: old,
            new: [component("CVE-2024-1", "pkg:npm/a", "1.0", "web/package-lock.json")]
        )
        #expect(moved.matches.map(\.rung) == [.manifestMove])
        let twice = FindingMatcher.pair(
            old: old,
            new: [
                component("CVE-2024-1", "pkg:npm/a", "1.0", "web/yarn.lock"),
                component("CVE-2024-1", "pkg:npm/a", "1.0", "api/yarn.lock"),
            ]
        )
        #expect(twice.matches.isEmpty)
    }

    @Test func `two versions in one manifest keep apart`() {
        let old = [
            component("CVE-2024-1", "pkg:npm/a", "1.0", "package-lock.json"),
            component("CVE-2024-1", "pkg:npm/a", "2.0", "package-lock.json"),
        ]
        let pairing = FindingMatcher.pair(old: old, new: [old[1], old[0]])
        #expect(pairing.matches.map { [$0.old, $0.new] } == [[1, 0], [0, 1]])
    }

    @Test func `another host or prefix is the same address when its end is`() {
        let old = [address("https://a.test:8443", "/api/v1/users/17/name", "q")]
        let host = FindingMatcher.pair(old: old, new: [address("https://b.test", "/api/v1/users/4/name", "q")])
        #expect(host.matches.map(\.rung) == [.addressDrift])
        let prefix = FindingMatcher.pair(old: old, new: [address("https://a.test:8443", "/api/v2/users/4/name", "q")])
        #expect(prefix.matches.map(\.rung) == [.addressDrift])
        let other = FindingMatcher.pair(old: old, new: [address("https://a.test:8443", "/api/v1/users/4/mail", "q")])
        #expect(other.matches.isEmpty)
        let parameter = FindingMatcher.pair(
            old: old,
            new: [address("https://a.test:8443", "/api/v1/users/4/name", "p")]
        )
        #expect(parameter.matches.isEmpty)
    }

    @Test func `a secret is known by its value wherever it goes`() {
        func secret(_ path: String, _ line: Int, _ value: UInt64) -> FindingDigest {
            var facts = FindingFacts(kind: .secret)
            facts.identifiers = [.init(type: "gitleaks_rule_id", value: "aws")]
            facts.path = path
            facts.line = line
            facts.secret = value
            return digester.digest(facts)
        }
        let pairing = FindingMatcher.pair(
            old: [secret("a.env", 1, 11), secret("a.env", 2, 12)],
            new: [secret("b.env", 5, 12), secret("c.env", 9, 11)]
        )
        #expect(pairing.matches.map { [$0.old, $0.new] } == [[1, 0], [0, 1]])
    }
}
