// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import ReportFormats
import TestSupport
import Testing

@Suite struct SBOMReaderTests {
    private func read(_ text: String) throws -> SBOMDocument {
        try SBOMReader().read(ArraySource(Array(text.utf8), pieceLength: 7))
    }

    private func depths(_ document: SBOMDocument) -> [String: DependencyDepth] {
        Dictionary(document.components.map { ($0.component.purl ?? $0.component.name ?? "", $0.depth) }) { $1 }
    }

    private static let expected: [String: DependencyDepth] = [
        "pkg:npm/a@1": .direct, "pkg:npm/b@2": .transitive, "pkg:npm/c@3": .transitive, "pkg:npm/d@4": .unknown,
    ]

    @Test func `CycloneDX in JSON tells direct from transitive dependencies`() throws {
        let document = try read(
            """
            {"bomFormat":"CycloneDX","specVersion":"1.4","metadata":{"component":{"bom-ref":"root","name":"shop"}},
            "dependencies":[{"ref":"root","dependsOn":["a"]},{"ref":"a","dependsOn":["b","c"]},{"ref":"b","dependsOn":[]}],
            "components":[{"bom-ref":"a","name":"a","purl":"pkg:npm/a@1","licenses":[{"license":{"id":"MIT"}}]},
            {"bom-ref":"b","name":"b","purl":"pkg:npm/b@2"},{"bom-ref":"c","name":"c","purl":"pkg:npm/c@3"},
            {"bom-ref":"d","name":"d","purl":"pkg:npm/d@4"}]}
            """
        )
        #expect(depths(document) == Self.expected && document.scan.artifact == "shop")
        #expect(document.components[0].component.licenses == ["MIT"])
    }

    @Test func `CycloneDX in XML does too`() throws {
        let document = try read(
            """
            <?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
            <metadata><component type="application" bom-ref="root"><name>shop</name></component></metadata>
            <components>
            <component type="library" bom-ref="a"><name>a</name><purl>pkg:npm/a@1</purl></component>
            <component type="library" bom-ref="b"><name>b</name><purl>pkg:npm/b@2</purl></component>
            <component type="library" bom-ref="c"><name>c</name><purl>pkg:npm/c@3</purl></component>
            <component type="library" bom-ref="d"><name>d</name><purl>pkg:npm/d@4</purl></component></components>
            <dependencies><dependency ref="root"><dependency ref="a"/></dependency>
            <dependency ref="a"><dependency ref="b"/><dependency ref="c"/></dependency></dependencies></bom>
            """
        )
        #expect(depths(document) == Self.expected)
    }

    @Test func `SPDX in JSON and as lines does too`() throws {
        let packages = ["a@1", "b@2", "c@3", "d@4"].map { name in
            """
            {"SPDXID":"SPDXRef-\(name.prefix(1))","name":"\(name.prefix(1))","externalRefs":[{"referenceCategory":
            "PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/\(name)"}]}
            """
        }
        let document = try read(
            """
            {"spdxVersion":"SPDX-2.3","name":"shop","documentDescribes":["SPDXRef-root"],"packages":[\(packages.joined(separator: ","))],
            "relationships":[{"spdxElementId":"SPDXRef-root","relationshipType":"DEPENDS_ON","relatedSpdxElement":"SPDXRef-a"},
            {"spdxElementId":"SPDXRef-b","relationshipType":"DEPENDENCY_OF","relatedSpdxElement":"SPDXRef-a"},
            {"spdxElementId":"SPDXRef-a","relationshipType":"DEPENDS_ON","relatedSpdxElement":"SPDXRef-c"}]}
            """
        )
        #expect(depths(document) == Self.expected)
        var lines = "SPDXVersion: SPDX-2.3\nDocumentName: shop\n"
        for name in ["a@1", "b@2", "c@3", "d@4"] {
            lines += "PackageName: \(name.prefix(1))\nSPDXID: SPDXRef-\(name.prefix(1))\n"
            lines += "ExternalRef: PACKAGE-MANAGER purl pkg:npm/\(name)\n"
        }
        lines += "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-root\n"
        lines += "Relationship: SPDXRef-root DEPENDS_ON SPDXRef-a\nRelationship: SPDXRef-b DEPENDENCY_OF SPDXRef-a\n"
        lines += "Relationship: SPDXRef-a DEPENDS_ON SPDXRef-c\n"
        #expect(depths(try read(lines)) == Self.expected)
    }

    @Test func `a report of a scanner is no bill of materials`() throws {
        let error = #expect(throws: ReportError.self) {
            try read(#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#)
        }
        #expect(error?.message.contains("sarif-json") == true)
    }

    @Test(
        .enabled(if: TestData.available("vuln/reports/index.json", for: "reading of our own report line")),
        arguments: ["trivy", "grype", "sarif", "gitlab", "cyclonedx", "npm"]
    )
    func `our own line of a report reads as what it was written from`(tool: String) throws {
        let index = try JSONReader.read(Array(try Data(contentsOf: TestData.url("vuln/reports/index.json"))))
        var count = 0
        for entry in index.elements ?? [] where entry["file"]?.text?.contains(tool) == true {
            let file = TestData.url("vuln/reports/\(entry["file"]?.text ?? "")")
            let bytes = Array(try Data(contentsOf: file))
            var line: [UInt8] = []
            let summary = try ReportLine().write(ArraySource(bytes)) { line += $0 }
            var again: [UInt8] = []
            let second = try ReportLine().write(ArraySource(line)) { again += $0 }
            #expect(second.format?.name == "redoubt-json" && second.findingCount == summary.findingCount)
            #expect(second.scan.tool == summary.scan.tool && second.scan.isComplete == summary.scan.isComplete)
            // The third is written from the second, so nothing but places may differ.
            var third: [UInt8] = []
            try ReportLine().write(ArraySource(again)) { third += $0 }
            #expect(third == again)
            let (first, last) = (try JSONReader.read(line), try JSONReader.read(again))
            for (one, two) in zip(first["findings"]?.elements ?? [], last["findings"]?.elements ?? []) {
                for member in ["kind", "title", "severity", "identifiers", "location", "component", "cvss", "fix"] {
                    #expect(one[member] == two[member], "\(file.lastPathComponent) \(member)")
                }
            }
            count += 1
        }
        #expect(count > 0)
    }
}
