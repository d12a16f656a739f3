// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import FindingIdentity

struct `Evidence from source` {
    @Test(arguments: [
        (
            "a.swift",
            "struct Shop {\n    func pay(_ x: Int) {\n        log(\"}\")\n        // }\n        run(x)\n    }\n}\n", 5,
            "Shop.pay"
        ),
        (
            "A.java", "public class Shop {\n  private int pay(int x) throws E {\n    if (x > 0) {\n      run(x);\n", 4,
            "Shop.pay"
        ),
        ("a.kt", "class Shop {\n  fun pay(x: Int) {\n    run(x)\n", 3, "Shop.pay"),
        ("a.cs", "namespace N\n{\n class Shop\n {\n  int Pay(int x) {\n   Run(x);\n", 6, "Shop.Pay"),
        ("a.ts", "class Shop {\n  pay(x) {\n    run(x)\n  }\n}\nfunction other() {\n  run()\n", 7, "other"),
        ("a.go", "func (s *Shop) Pay(x int) error {\n\tif x {\n\t\trun(x)\n", 3, "Pay"),
        ("a.c", "static int pay(int x)\n{\n}\nint main(void) {\n  run(x);\n", 5, "main"),
        ("a.rs", "impl Shop {\n  pub fn pay(&self) {\n    run()\n", 3, "Shop.pay"),
        ("a.php", "<?php\nclass Shop {\n function pay($x) {\n  run($x);\n", 4, "Shop.pay"),
        ("a.scala", "object Shop {\n  def pay(x: Int) = {\n    run(x)\n", 3, "Shop.pay"),
        ("a.py", "class Shop:\n    def pay(self):\n        # note\n\n        run()\n    x = 1\n", 5, "Shop.pay"),
        ("a.rb", "module Shop\n  def pay(x)\n    run(x)\n  end\nend\n", 3, "Shop.pay"),
    ])
    func `finds the scope of a line`(path: String, source: String, line: Int, scope: String) throws {
        let language = try #require(SourceLanguage(path: path))
        #expect(EnclosingScopes(Array(source.utf8), language: language).scope(ofLine: line) == scope)
    }

    @Test func `a scope ends where its block does`() {
        let swift = EnclosingScopes(Array("func a() {\n  x\n}\ny\n/* { */ z\n".utf8), language: .swift)
        #expect(swift.names.prefix(5) == ["a", "a", "a", "", ""])
        let python = EnclosingScopes(Array("def a():\n  x\ny\n".utf8), language: .python)
        #expect(python.names.prefix(3) == ["a", "a", ""])
    }

    @Test func `equal lines are told by their number`() {
        let keys = SourceEvidence.lineKeys(Array("a = 1\n  a=1\nb\n".utf8))
        #expect(keys == ["a=1:1", "a=1:2", "b:1", ":1"])
    }

    @Test func `adds line, surroundings and scope to a finding`() {
        let source = Array("func a() {\n  x()\n  y()\n}\n".utf8)
        var facts = FindingFacts(kind: .sast)
        facts.line = 3
        SourceEvidence(source, path: "src/a.swift").add(to: &facts)
        #expect(facts.scope == "a")
        #expect(facts.fingerprints.map(\.algorithm) == [.lineHash, .rollingHash])
        #expect(facts.fingerprints.first?.value == "y():1")
        var beyond = FindingFacts(kind: .sast)
        beyond.line = 99
        SourceEvidence(source, path: "src/a.swift").add(to: &beyond)
        #expect(beyond.fingerprints.isEmpty)
    }

    @Test func `random bytes give a scope for every line and no more`() {
        var random = SeededRandom(seed: 12)
        let letters = Array("{}()\"'`/*\\\n\t #;=.abcfundefclass{\n".utf8)
        for round in 0..<600 {
            let source = (0..<random.below(400)).map { _ in
                random.below(30) == 0 ? UInt8(random.below(256)) : letters[random.below(letters.count)]
            }
            let language = SourceLanguage.allCases[round % SourceLanguage.allCases.count]
            let scopes = EnclosingScopes(source, language: language)
            #expect(scopes.names.count == source.count { $0 == 0x0A } + 1)
            _ = RollingHash.lines(source)
        }
    }

    @Test func `a thousand open braces are followed to a bound`() {
        let source = Array(String(repeating: "func a() {\n", count: 1000).utf8)
        let scopes = EnclosingScopes(source, language: .swift)
        #expect(scopes.names.allSatisfy { $0.utf8.count <= 128 })
    }
}
