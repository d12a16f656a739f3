// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import ReportFormats

struct MappingTests {
    private func mapping(_ text: String) throws -> ReportMapping {
        try ReportMapping(try JSONReader.read(Array(text.utf8)))
    }

    private func read(_ text: String, with mapping: String) throws -> Reading {
        try Reading(text, reader: ReportReader(mappings: [try self.mapping(mapping)]))
    }

    @Test func `a JSON format is described in a few lines`() throws {
        let reading = try read(
            """
            {"acmeVersion":2,"modules":[{"issues":[
             {"message":"m","level":"P1","where":{"file":"a.c","line":"7"},"check":{"id":"A1"},"weaknesses":["CWE-79",89]},
             {"message":"n","level":"?","where":{},"check":{}}]},{"issues":null}]}
            """,
            with: """
                {"name":"acme","match":{"has":["acmeVersion","modules"]},"findings":"$.modules[*].issues[*]","kind":"sast",
                 "fields":{"title":"message","severity":{"path":"level","values":{"p1":"critical","?":"low"}},
                 "file":"where.file","line":"where.line",
                 "identifiers":[{"type":"rule","path":"check['id']"},{"type":"cwe","path":"weaknesses[*]"}]}}
                """
        )
        #expect(reading.format == "acme-json")
        #expect(reading.findings.map(\.title) == ["m", "n"])
        #expect(reading.findings.map(\.severity) == [.critical, .low])
        #expect(reading.findings[0].identifiers.map(\.value) == ["A1", "CWE-79", "CWE-89"])
        #expect(reading.findings[0].location.file == "a.c" && reading.findings[0].location.startLine == 7)
        #expect(reading.findings[0].origin.pointer == "/modules/0/issues/0")
    }

    @Test func `an XML format is described by elements and attributes`() throws {
        let reading = try read(
            """
            <acme><host name="h"><issue id="1" sev="8.1"><text>one</text><cwe>79</cwe></issue></host>
            <host><issue id="2" sev="high"><text>two</text></issue><other><issue2/></other></host></acme>
            """,
            with: """
                {"name":"acme","encoding":"xml","match":{"root":"acme"},"findings":"host/issue","kind":"infrastructure",
                 "fields":{"title":"text","severity":"@sev","identifiers":[{"type":"acme","path":"@id"},{"type":"cwe","path":"cwe"}]}}
                """
        )
        #expect(reading.format == "acme-xml")
        #expect(reading.findings.map(\.title) == ["one", "two"])
        #expect(reading.findings.map(\.severity) == [.high, .high])
        #expect(reading.findings[0].identifiers.map(\.value) == ["1", "CWE-79"])
    }

    @Test func `a CSV format is described by its columns`() throws {
        let reading = try read(
            "Package,Bad Version,CVE\nlodash,4.17.0,CVE-2021-23337\n",
            with: """
                {"name":"acme","encoding":"csv","match":{"has":["Package","CVE"]},"kind":"dependency",
                 "fields":{"title":"CVE","component":"Package","version":"bad version",
                 "identifiers":[{"type":"cve","path":"CVE"}]}}
                """
        )
        #expect(reading.format == "acme-csv")
        #expect(reading.findings.first?.component?.name == "lodash")
        #expect(reading.findings.first?.component?.version == "4.17.0")
    }

    @Test func `a report that does not fit is read as before`() throws {
        let reading = try read(
            #"{"results":[],"errors":[],"version":"1"}"#,
            with: #"{"name":"a","match":{"has":["acme"]},"findings":"$.x","fields":{"title":"t"}}"#
        )
        #expect(reading.format == "semgrep-json")
    }

    @Test(arguments: [
        (#"{"name":"a"}"#, "/match"), (#"{"nme":"a"}"#, "name"),
        (#"{"match":{"has":["x"]},"findings":"x","fields":{}}"#, "name"),
        (#"{"name":"a","match":{"has":["x"]},"findings":"x[","fields":{"title":"t"}}"#, "/findings"),
        (#"{"name":"a","match":{"has":["x"]},"findings":"x","fields":{"titel":"t"}}"#, "did you mean title"),
        (#"{"name":"a","match":{"has":["x"]},"findings":"x","fields":{}}"#, "title or an identifier"),
        (#"{"name":"a","kind":"odd","match":{"has":["x"]},"findings":"x","fields":{"title":"t"}}"#, "/kind"),
        ("[]", "an array"),
    ])
    func `what is wrong in a mapping is told with its place`(text: String, part: String) {
        let error = #expect(throws: ReportError.self) { _ = try mapping(text) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
}
