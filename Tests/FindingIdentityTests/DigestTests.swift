// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import FindingIdentity

struct `Digests of findings` {
    @Test func `the keyed hash is SipHash-2-4`() {
        // The last vector of the paper's appendix: key 00 to 0f, message 00 to 0e.
        var hash = KeyedHash(.init(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908))
        hash.add((0..<15).map { UInt8($0) })
        #expect(hash.value() == 0xA129_CA61_49BE_45E5)
        var parts = KeyedHash(.init(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908))
        parts.add(UInt8(0))
        parts.add((1..<11).map { UInt8($0) })
        parts.add((11..<15).lazy.map { UInt8($0) })
        #expect(parts.value() == 0xA129_CA61_49BE_45E5)
        var numbers = KeyedHash(.init(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908))
        numbers.add((0..<3).map { UInt8($0) })
        numbers.add(0x0A09_0807_0605_0403 as UInt64)
        numbers.add((11..<15).map { UInt8($0) })
        #expect(numbers.value() == 0xA129_CA61_49BE_45E5)
    }

    @Test(arguments: [
        ("./src/a.c", "src/a.c"), ("src\\win\\a.c", "src/win/a.c"), ("src/../lib/a.c", "lib/a.c"),
        ("file:///github/workspace/src/a.c", "src/a.c"), ("/" + "builds/group/project/src/a.c", "src/a.c"),
        ("/src/main.py", "main.py"), ("C:\\work\\a.c", "work/a.c"), ("a//b", "a/b"), ("..", ".."),
    ])
    func `paths are brought to the root of the repository`(path: String, expected: String) {
        #expect(String(decoding: TextForms.path(path), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("SQL built from 'userId' at line 12", "sql built from ? at line ?"),
        ("Variable `a` and \"b c\" in src/a.c", "variable ? and ? in ?"),
        ("Don't do this", "don't do this"),
        ("  two   blanks  ", "two blanks"),
        ("unclosed 'quote", "unclosed 'quote"),
    ])
    func `a message loses what changes from place to place`(message: String, expected: String) {
        #expect(String(decoding: TextForms.skeleton(message), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("/users/17/posts/3?x=1", "/users/{n}/posts/{n}"), ("/a/", "/a"), ("", "/"),
        ("/o/3F2504E0-4F89-11D3-9A0C-0305E82C3301", "/o/{n}"), ("/beef/cafe", "/beef/cafe"),
    ])
    func `addresses become templates`(path: String, expected: String) {
        #expect(String(decoding: TextForms.pathTemplate(path), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("registry.test:5000/team/app:1.2", "registry.test:5000/team/app"), ("app@sha256:00", "app"), ("app", "app"),
        ("registry.test:5000/app", "registry.test:5000/app"),
    ])
    func `images lose tag and digest`(image: String, expected: String) {
        #expect(String(decoding: TextForms.imageRepository(image), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("web-6d4cf56db6-x7k2p", "web"), ("db-primary", "db-primary"), ("api", "api"), ("job-2a4b5", "job"),
    ])
    func `resources lose the suffixes of pods`(name: String, expected: String) {
        #expect(String(decoding: TextForms.resource(name), as: UTF8.self) == expected)
    }

    @Test func `the rule is the first identifier that is no class`() {
        var facts = FindingFacts(kind: .sast)
        facts.message = "Weak '17'"
        #expect(FindingDigester.ruleKey(facts) == Array("message:weak ?".utf8))
        facts.identifiers = [.init(type: "cwe", value: "cwe-79")]
        #expect(FindingDigester.ruleKey(facts) == Array("cwe:CWE-79".utf8))
        facts.identifiers.append(.init(type: "Semgrep_ID", value: "go.xss"))
        #expect(FindingDigester.ruleKey(facts) == Array("semgrep_id:go.xss".utf8))
    }

    @Test func `the stable key does not see lines and versions and keeps its parts apart`() {
        var facts = FindingFacts(kind: .dependency)
        facts.identifiers = [.init(type: "cve", value: "CVE-2024-1")]
        facts.component = "pkg:npm/ab"
        facts.path = "c"
        let key = StableKey(facts, project: "p")
        facts.version = "2"
        facts.line = 3
        #expect(StableKey(facts, project: "p") == key)
        #expect(StableKey(facts, project: "q") != key)
        facts.component = "pkg:npm/a"
        facts.path = "bc"
        #expect(StableKey(facts, project: "p") != key)
        #expect(key.bytes.count == 32)
    }

    @Test(arguments: [
        ("", ["c129715d7a2bc9a3:1"]),
        (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
        (
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            [
                "e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1",
                "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1",
            ]
        ),
        (
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            [
                "e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1",
                "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1",
            ]
        ),
    ])
    func `rolling hashes are those of CodeQL`(source: String, hashes: [String]) {
        #expect(RollingHash.lines(Array(source.utf8)) == hashes)
    }

    @Test func `a digest survives its bytes, and other bytes are refused`() throws {
        var facts = FindingFacts(kind: .sast)
        facts.identifiers = [.init(type: "rule", value: "r")]
        facts.path = "src/a.c"
        facts.line = 70_000
        facts.column = 3
        facts.snippet = "x = y"
        facts.fingerprints = [(.rollingHash, "a:1"), (.partialFingerprint("custom/v1"), "b")]
        let digest = FindingDigester(key: .init(low: 1, high: 2)).digest(facts)
        let bytes = digest.encoded
        let again = try #require(FindingDigest(encoded: bytes))
        #expect(again.encoded == bytes)
        #expect(again.location == digest.location)
        #expect(again.evidence.count == 3)
        #expect(again.evidence[.snippet] == digest.evidence[.snippet])
        #expect(FindingDigest(encoded: Array(bytes.dropLast())) == nil)
        #expect(FindingDigest(encoded: [2] + bytes.dropFirst()) == nil)
        #expect(FindingDigest(encoded: []) == nil)
        var random = SeededRandom(seed: 30)
        for _ in 0..<2000 {
            var mutated = bytes
            for _ in 0..<4 { mutated[random.below(mutated.count)] = UInt8(random.below(256)) }
            if let read = FindingDigest(encoded: mutated) { #expect(read.encoded == mutated) }
        }
    }

    @Test func `random texts have forms that are no longer than they are, and stay as they are`() {
        var random = SeededRandom(seed: 31)
        let letters = Array("ab/\\.:'\"`0 1-?#@{}()\n".utf8)
        for _ in 0..<5000 {
            let text = String(
                decoding: (0..<random.below(40)).map { _ in letters[random.below(letters.count)] },
                as: UTF8.self
            )
            #expect(TextForms.skeleton(text).count <= text.utf8.count)
            let path = TextForms.path(text)
            #expect(path.count <= text.utf8.count)
            #expect(!path.contains(UInt8(ascii: "\\")))
            #expect(TextForms.imageRepository(text).count <= text.utf8.count)
            #expect(TextForms.resource(text).count <= text.utf8.count)
            #expect(TextForms.pathTemplate(text).first == UInt8(ascii: "/"))
        }
    }
}
