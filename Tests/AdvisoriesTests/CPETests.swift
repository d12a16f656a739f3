// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Testing

struct CPETests {
    private func cpe(_ text: String) throws -> CPEName { try CPEName(parsing: text) }

    @Test(arguments: [
        ("cpe:2.3:a:Apache:HTTP_Server:2.4.1:*:*:*:*:*:*:*", "cpe:2.3:a:apache:http_server:2.4.1:*:*:*:*:*:*:*"),
        (
            #"cpe:2.3:a:foo\\bar:big\$money:2010:*:*:*:special:ipod_touch:80gb:*"#,
            #"cpe:2.3:a:foo\\bar:big\$money:2010:*:*:*:special:ipod_touch:80gb:*"#
        ),
        (#"cpe:2.3:a:a\:b:c:-:*:*:*:*:*:*:*"#, #"cpe:2.3:a:a\:b:c:-:*:*:*:*:*:*:*"#),
        ("cpe:2.3:a:a:b:8.*:sp?:*:*:*:*:*:*", "cpe:2.3:a:a:b:8.*:sp?:*:*:*:*:*:*"),
        (
            "cpe:/a:microsoft:internet_explorer:8.0.6001:beta",
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*"
        ),
        ("cpe:/a:foo~bar:big%7emoney", #"cpe:2.3:a:foo\~bar:big\~money:*:*:*:*:*:*:*:*"#),
        (
            "cpe:/a:hp:insight:7.4.0.1570::~~online~win2003~x64~",
            "cpe:2.3:a:hp:insight:7.4.0.1570:*:*:*:online:win2003:x64:*"
        ),
        ("cpe:/a:a:b:8.%02", "cpe:2.3:a:a:b:8.*:*:*:*:*:*:*:*"), ("cpe:/o:linux", "cpe:2.3:o:linux:*:*:*:*:*:*:*:*:*"),
    ])
    func `reads both bindings and writes formatted strings`(text: String, formatted: String) throws {
        #expect(try cpe(text).description == formatted)
        #expect(try cpe(formatted) == cpe(text))
    }

    @Test(arguments: [
        "", "cpe:2.3:a:b", "cpe:2.3:x:a:b:1:*:*:*:*:*:*:*", "cpe:2.3:a::b:1:*:*:*:*:*:*:*", "cpe:2.2:a:b:c",
        "cpe:2.3:a:a*b:c:1:*:*:*:*:*:*:*", #"cpe:2.3:a:a:b:c:1:*:*:*:*:*:\"#, "cpe:/a:b:c:d:e:f:g:h", "cpe:/a:%zz",
        "cpe:2.3:a:a:b:1:*:*:*:*:*:*:*:*", "cpe:2.3:a:a b:c:1:*:*:*:*:*:*:*",
    ])
    func `refuses what is no name`(text: String) {
        let error = #expect(throws: AdvisoryError.self) { try CPEName(parsing: text) }
        #expect(error?.code == .badCPE)
    }

    /// NISTIR 7696, table 6-2, by the version of otherwise equal names.
    @Test(arguments: [
        ("*", "*", CPERelation.equal), ("*", "-", .superset), ("*", "1", .superset), ("*", "1.*", .undefined),
        ("-", "*", .subset), ("-", "-", .equal), ("-", "1", .disjoint), ("-", "1.*", .undefined),
        ("1", "*", .subset), ("1", "-", .disjoint), ("1", "1", .equal), ("1", "2", .disjoint), ("1", "1.*", .undefined),
        ("1.*", "*", .subset), ("1.*", "-", .disjoint), ("1.*", "1.5", .superset), ("1.*", "2.5", .disjoint),
        ("1.*", "1.?", .undefined), ("1.?", "1.5", .superset), ("1.?", "1.55", .disjoint), ("1.??", "1.5", .superset),
        ("*5", "1.5", .superset), ("?5", "1.5", .disjoint), ("*.*", "1.5", .superset),
    ])
    func `relates values as the standard does`(source: String, target: String, relation: CPERelation) throws {
        let left = try cpe("cpe:2.3:a:v:p:\(source):*:*:*:*:*:*:*")
        let right = try cpe("cpe:2.3:a:v:p:\(target):*:*:*:*:*:*:*")
        #expect(left.relation(to: right) == relation)
    }

    @Test func `relates names by all attributes together`() throws {
        let open = try cpe("cpe:2.3:a:v:*:1:*:*:*:*:*:*:*")
        let other = try cpe("cpe:2.3:a:*:p:1:*:*:*:*:*:*:*")
        #expect(open.relation(to: other) == .undefined)
        #expect(!open.matches(other))
        #expect(try cpe("cpe:2.3:a:v:p:*:*:*:*:*:*:*:*").matches(cpe("cpe:2.3:a:v:p:1:*:*:*:*:linux:*:*")))
        #expect(try cpe("cpe:2.3:a:v:p:*:*:*:*:*:linux:*:*").matches(cpe("cpe:2.3:a:v:p:1:*:*:*:*:*:*:*")))
        #expect(try !cpe("cpe:2.3:a:v:p:-:*:*:*:*:*:*:*").matches(cpe("cpe:2.3:a:v:p:1:*:*:*:*:*:*:*")))
        #expect(try !cpe("cpe:2.3:o:v:p:*:*:*:*:*:*:*:*").matches(cpe("cpe:2.3:a:v:p:1:*:*:*:*:*:*:*")))
    }

    @Test(arguments: [("1.0", true), ("1.9.9", true), ("2.0", false), ("0.9", false), ("-", false), ("*", false)])
    func `bounds decide over the version`(version: String, expected: Bool) throws {
        let criterion = CPECriterion(
            name: try cpe("cpe:2.3:a:v:p:*:*:*:*:*:*:*:*"),
            startIncluding: "1.0",
            endExcluding: "2.0"
        )
        #expect(try criterion.matches(cpe("cpe:2.3:a:v:p:\(version):*:*:*:*:*:*:*")) == expected)
    }

    @Test func `joins criteria`() throws {
        let application = CPEApplicability.criterion(CPECriterion(name: try cpe("cpe:2.3:a:v:p:1:*:*:*:*:*:*:*")))
        let system = CPEApplicability.criterion(CPECriterion(name: try cpe("cpe:2.3:o:v:s:*:*:*:*:*:*:*:*")))
        let components = [try cpe("cpe:2.3:a:v:p:1:*:*:*:*:*:*:*")]
        #expect(CPEApplicability.any([application, system]).matches(components))
        #expect(!CPEApplicability.all([application, system]).matches(components))
        #expect(CPEApplicability.all([application, .none(system)]).matches(components))
        #expect(!CPEApplicability.all([]).matches(components))
    }

    @Test func `holds any bytes`() {
        let seeds = [#"cpe:2.3:a:a\:b:c:1.*:sp?:*:*:*:*:*:*"#, "cpe:/a:hp:insight:7.4%01::~~online~win2003~x64~"]
        let alphabet = Array(#"a1:*?-\%~/.02"#.utf8)
        var generator = SeededGenerator(8)
        for round in 0..<4_000 {
            var text = Array(seeds[round % 2].utf8)
            for _ in 0..<3 {
                let byte = alphabet.randomElement(using: &generator) ?? 0
                text[Int.random(in: 0..<text.count, using: &generator)] = byte
            }
            if let name = try? CPEName(parsing: String(decoding: text, as: UTF8.self)) {
                #expect(name.matches(name) || name.description.contains(where: { $0 == "*" || $0 == "?" }))
                #expect((try? CPEName(parsing: name.description)) == name, "\(name)")
            }
        }
    }
}
