// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import TestSupport
import Testing

/// The shared half of the purl suite.
@Suite(.enabled(if: TestData.available("vuln/purl", for: "the suite of purl")))
struct PackageURLSuiteTests {
    @Test(arguments: try SharedRecords.names("purl/tests", ending: ".json"))
    func `does what a file of the suite says`(file: String) throws {
        let tests = try SharedRecords.suite("purl/tests/\(file)")
        #expect(!tests.isEmpty)
        for test in tests {
            let result = Result { try run(test) }
            if test["expected_failure"]?.bool == true {
                #expect(throws: AdvisoryError.self, "\(test)") { try result.get() }
            } else {
                #expect(try result.get(), "\(test)")
            }
        }
    }

    private func run(_ test: JSONValue) throws -> Bool {
        let input = try #require(test["input"])
        let expected = test["expected_output"] ?? .null
        switch test["test_type"]?.text {
        case "parse":
            let purl = try PackageURL(parsing: input.text ?? "")
            return purl == (try build(expected)) && matches(purl, expected)
        case "build":
            return try build(input).description == expected.text
        default:
            return try PackageURL(parsing: input.text ?? "").description == expected.text
        }
    }

    private func build(_ parts: JSONValue) throws -> PackageURL {
        try PackageURL(
            type: parts["type"]?.text ?? "",
            namespace: parts["namespace"]?.text,
            name: parts["name"]?.text ?? "",
            version: parts["version"]?.text,
            qualifiers: (parts["qualifiers"]?.members ?? []).map {
                PackageURL.Qualifier(key: String(decoding: $0.name, as: UTF8.self), value: $0.value.text ?? "")
            },
            subpath: parts["subpath"]?.text
        )
    }

    private func matches(_ purl: PackageURL, _ parts: JSONValue) -> Bool {
        purl.type == parts["type"]?.text && purl.namespace == parts["namespace"]?.text
            && purl.name == parts["name"]?.text && purl.version == parts["version"]?.text
            && purl.subpath == parts["subpath"]?.text
            && purl.qualifiers.count == (parts["qualifiers"]?.members ?? []).count
    }

    /// Every example of a type's definition is a sound purl, but for those that name no namespace where one is asked.
    @Test func `reads the examples of the definitions of types`() throws {
        var read = 0
        for file in try SharedRecords.names("purl/types", ending: ".json") {
            let definition = try SharedRecords.json("purl/types/\(file)")
            for example in definition["examples"]?.elements?.compactMap(\.text) ?? [] {
                let purl = try? PackageURL(parsing: example)
                #expect(purl != nil, "\(example)")
                if let purl {
                    #expect(try PackageURL(parsing: purl.description) == purl)
                    #expect(purl.type == definition["type"]?.text)
                    read += 1
                }
            }
        }
        #expect(read > 100)
    }

    /// What the table of types says is what the definitions say.
    @Test func `asks what the definitions ask`() throws {
        for file in try SharedRecords.names("purl/types", ending: ".json") {
            let definition = try SharedRecords.json("purl/types/\(file)")
            let type = try #require(definition["type"]?.text)
            let required = (definition["qualifiers_definition"]?.elements ?? [])
                .filter { $0["requirement"]?.text == "required" }
                .compactMap { $0["key"]?.text }
            let name = type == "chrome-extension" ? String(repeating: "a", count: 32) : "Name"
            func purl(_ namespace: String?, _ keys: [String]) throws -> PackageURL {
                try PackageURL(
                    type: type,
                    namespace: namespace,
                    name: name,
                    qualifiers: keys.map { .init(key: $0, value: "x") }
                )
            }
            let requirement = definition["namespace_definition"]?["requirement"]?.text
            #expect(((try? purl(nil, required)) == nil) == (requirement == "required"), "\(type)")
            #expect(((try? purl("Scope", required)) == nil) == (requirement == "prohibited"), "\(type)")
            for key in required {
                #expect(throws: AdvisoryError.self) { try purl(nil, required.filter { $0 != key }) }
            }
            let sound = try purl(requirement == "prohibited" ? nil : "Scope", required)
            let folds = definition["name_definition"]?["case_sensitive"]?.bool == false
            #expect((sound.name == name.lowercased()) == (folds || name == name.lowercased()), "\(type)")
        }
    }
}
