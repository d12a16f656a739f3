// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import TestSupport
import Testing

/// The shared half of the vers suite, but for comparisons, which ``VersionFixtureTests`` holds.
@Suite(.enabled(if: TestData.available("vuln/vers", for: "the suite of vers")))
struct VersionRangeSuiteTests {
    @Test(arguments: try SharedRecords.names("vers", ending: ".json"))
    func `does what a file of the suite says`(file: String) throws {
        let tests = try SharedRecords.suite("vers/\(file)")
        #expect(!tests.isEmpty)
        for test in tests {
            let result = Result { try run(test) }
            if test["expected_failure"]?.bool == true {
                #expect(throws: AdvisoryError.self, "\(test)") { try result.get() }
            } else {
                #expect(try result.get() == test["expected_output"], "\(test)")
            }
        }
    }

    private func run(_ test: JSONValue) throws -> JSONValue? {
        let input = try #require(test["input"])
        switch test["test_type"]?.text {
        case "from_native":
            let native = try VersionRangeSpecifier(
                native: input["native_range"]?.text ?? "",
                type: input["scheme"]?.text ?? ""
            )
            return .string(Array(native.description.utf8))
        case "validate":
            let range = try VersionRangeSpecifier(parsing: input.text ?? "", rules: .lenient)
            return .string(Array(range.description.utf8))
        case "containment":
            let range = try VersionRangeSpecifier(parsing: input["vers"]?.text ?? "", rules: .lenient)
            return .bool(try range.contains(input["version"]?.text ?? ""))
        case "parse":
            let range = try VersionRangeSpecifier(parsing: input.text ?? "")
            let constraints = range.constraints.map {
                JSONValue.array([
                    .string(Array($0.comparator.rawValue.utf8)), .string(Array($0.version.utf8)),
                ])
            }
            return .object([
                JSONMember(name: Array("scheme".utf8), value: .string(Array(range.type.utf8))),
                JSONMember(name: Array("version_constraints".utf8), value: .array(constraints)),
            ])
        default:
            return test["expected_output"]
        }
    }
}
