// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import ReportFormats

struct ComponentCatalogTests {
    private func component(_ reference: String?, purl: String?, name: String) -> ReportedComponent {
        var component = ReportedComponent(purl: purl, name: name)
        component.reference = reference
        return component
    }

    @Test func `components are found by reference and package URL, the last of each`() {
        var catalog = ComponentCatalog()
        catalog.take(component("a", purl: "pkg:npm/x@1", name: "first"), alsoAs: "pkg:npm/x@1")
        catalog.take(component("b", purl: "pkg:npm/x@1", name: "second"), alsoAs: "pkg:npm/x@1")
        catalog.take(component("c", purl: "pkg:npm/y@1", name: "product"), alsoAs: nil)
        #expect(catalog["a"]?.name == "first")
        #expect(catalog["b"]?.name == "second")
        #expect(catalog["pkg:npm/x@1"]?.name == "second")
        #expect(catalog["pkg:npm/y@1"] == nil)
        #expect(catalog["d"] == nil)
    }

    @Test func `beyond its bounds a catalog takes what is wanted alone`() {
        var catalog = ComponentCatalog(mostBytes: 2000)
        for number in 0..<100 { catalog.take(component("\(number)", purl: nil, name: "n\(number)"), alsoAs: nil) }
        #expect(catalog.isOverfull)
        #expect(catalog["3"] == nil)
        catalog.restart(wanting: ["3", "97"])
        for number in 0..<100 { catalog.take(component("\(number)", purl: nil, name: "n\(number)"), alsoAs: nil) }
        #expect(!catalog.isOverfull)
        #expect(catalog["3"]?.name == "n3")
        #expect(catalog["97"]?.name == "n97")
        #expect(catalog["4"] == nil)
    }

    // MARK: Documents

    private let vulnerabilities = #"""
        "vulnerabilities":[{"id":"CVE-2026-1","affects":[{"ref":"r7"},{"ref":"pkg:npm/p9@1.9"},{"ref":"root"},
        {"ref":"pkg:npm/product@1"},{"ref":"urn:cdx:1b2c/1#r5"},{"ref":"pkg:npm/unknown@3"}]}]
        """#

    private func document(_ components: Int, isBehind: Bool) -> String {
        let parts = (0..<components).map { number in
            #"{"type":"library","bom-ref":"r\#(number)","group":"g","name":"p\#(number)","version":"1.\#(number)","#
                + #""purl":"pkg:npm/p\#(number)@1.\#(number)","licenses":[{"license":{"id":"MIT"}}]}"#
        }
        let list = #""components":[\#(parts.joined(separator: ","))]"#
        let product = #"{"bom-ref":"root","purl":"pkg:npm/product@1","name":"product","version":"1"}"#
        let head = #""bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":\#(product)}"#
        return "{\(head),\(isBehind ? list + "," + vulnerabilities : vulnerabilities + "," + list)}"
    }

    @Test(arguments: [(10, true), (10, false), (120_000, true), (120_000, false)])
    func `vulnerabilities find their components in documents of any size and order`(
        count: Int,
        isBehind: Bool
    ) throws {
        var found: [ReportedComponent?] = []
        var components = 0
        let source = ArraySource(Array(document(count, isBehind: isBehind).utf8))
        let summary = try ReportReader().read(source) { _ in
            components += 1
        } finding: {
            found.append($0.component)
        }
        #expect(components == count)
        #expect(summary.scan.componentCount == count)
        #expect(found.map { $0?.name } == ["g/p7", "g/p9", "product", "product", "g/p5", "unknown"])
        #expect(found.map { $0?.version } == ["1.7", "1.9", "1", "1", "1.5", "3"])
        // The product is known by its reference alone.
        #expect(found.map { $0?.reference } == ["r7", "r9", "root", "pkg:npm/product@1", "r5", "pkg:npm/unknown@3"])
        #expect(found.map { $0?.licenses.first } == ["MIT", "MIT", nil, nil, "MIT", nil])
    }
}
