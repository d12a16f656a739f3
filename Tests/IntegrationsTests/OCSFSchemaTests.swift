// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import OCSFValidation
import Testing

/// The check by which events are judged has to find what is wrong, and say where.
@Suite struct OCSFSchemaTests {
    private static let sound = """
        {"activity_id":1,"category_uid":2,"class_uid":2004,"type_uid":200401,"time":1795300000000,"severity_id":4,\
        "metadata":{"product":{"name":"Redoubt","vendor_name":"Redoubt"},"version":"1.6.0",\
        "profiles":["security_control"]},"action_id":3,"disposition_id":15,\
        "finding_info":{"uid":"1","title":"t","analytic":{"type_id":1,"type":"Rule","uid":"942100"}},\
        "evidences":[{"src_endpoint":{"ip":"2001:db8::1"}}],"unmapped":{"anything":[1]}}
        """

    private func problems(_ line: String) throws -> [String] {
        try OCSFSchema().problems(in: Array(line.utf8))
    }

    @Test func `a sound event has no problems`() throws {
        #expect(try problems(Self.sound) == [])
    }

    @Test(arguments: [
        ("\"uid\":\"1\",\"title\"", "\"title\"", "finding_info.uid: is missing"),
        ("\"severity_id\":4", "\"severity_id\":7", "severity_id: 7 is none of its values"),
        ("\"severity_id\":4", "\"severity_id\":\"4\"", "severity_id: is a string, not an integer"),
        ("\"type_uid\":200401", "\"type_uid\":200402", "type_uid: is not 200401"),
        ("\"category_uid\":2", "\"category_uid\":4", "category_uid: is not 2"),
        ("\"version\":\"1.6.0\"", "\"version\":\"1.3.0\"", "metadata.version: is not 1.6.0"),
        (
            "\"version\"", "\"transaction_uid\":\"x\",\"version\"",
            "metadata.transaction_uid: metadata has no such attribute"
        ),
        (
            "\"ip\":\"2001:db8::1\"", "\"ip\":\"nowhere\"",
            "evidences[0].src_endpoint.ip: \"nowhere\" does not have the form of its type"
        ),
        ("{\"src_endpoint\":{\"ip\":\"2001:db8::1\"}}", "{}", "evidences[0]: needs one of actor"),
        ("[{\"src_endpoint\":{\"ip\":\"2001:db8::1\"}}]", "{}", "evidences: is an object, not an array"),
        ("\"type\":\"Rule\"", "\"type\":\"Guess\"", "finding_info.analytic.type_id: is 1, Rule, and type says Guess"),
        (
            "\"profiles\":[\"security_control\"]", "\"profiles\":[]",
            "action_id: detection_finding has no such attribute"
        ),
        ("\"time\":1795300000000,", "", "time: is missing"),
        ("\"time\":1795300000000", "\"time\":1.5", "time: is a number, not an integer"),
    ])
    func `what is wrong is named with its path`(part: String, other: String, problem: String) throws {
        let line = Self.sound.replacing(part, with: other)
        #expect(line != Self.sound)
        let found = try problems(line)
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }
}
