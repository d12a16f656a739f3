// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import ReportFormats

/// Reports that are small and ask for much: templates, bases and defaults that multiply.
struct HostileSizeTests {
    private func log(_ run: String, results: String) -> String {
        #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},\#(run)"results":[\#(results)]}]}"#
    }

    // MARK: Templates of messages

    @Test func `a message that names a long argument many times ends at the longest text that is kept`() throws {
        let argument = String(repeating: "x", count: 64 << 10)
        let template = String(repeating: "{0}", count: 100_000)
        let result = #"{"ruleId":"r","message":{"text":"\#(template)","arguments":["\#(argument)"]}}"#
        let reading = try Reading(log("", results: result))
        let finding = try #require(reading.findings.first)
        #expect(finding.description.utf8.count == 1 << 20)
        #expect(finding.isTruncated)
        #expect(finding.title.utf8.count <= 1 << 10)
    }

    @Test func `placeholders, braces and what is neither are filled as the specification says`() throws {
        let message = #"{"text":"{0} {{0}} {1} {7} { }","arguments":["a","{0}"]}"#
        let reading = try Reading(log("", results: #"{"ruleId":"r","message":\#(message)}"#))
        #expect(reading.findings.first?.description == "a {0} {0} {7} { }")
    }

    // MARK: Bases of paths

    private func file(_ bases: String, _ uri: String, _ base: String) throws -> String? {
        let place = #"{"physicalLocation":{"artifactLocation":{"uri":"\#(uri)","uriBaseId":"\#(base)"}}}"#
        let result = #"{"ruleId":"r","message":{"text":"m"},"locations":[\#(place)]}"#
        let reading = try Reading(log(#""originalUriBaseIds":{\#(bases)},"#, results: result))
        return try #require(reading.findings.first).location.file
    }

    @Test func `bases that stand on each other are put together`() throws {
        let bases = #""A":{"uri":"src/","uriBaseId":"B"},"B":{"uri":"shop/"}"#
        #expect(try file(bases, "cart.py", "A") == "shop/src/cart.py")
    }

    @Test(arguments: [
        #""A":{"uri":"a/","uriBaseId":"A"}"#, #""A":{"uri":"a/","uriBaseId":"B"},"B":{"uri":"b/","uriBaseId":"A"}"#,
    ])
    func `a base that stands on itself ends after a few steps`(bases: String) throws {
        let file = try #require(try file(bases, "x.py", "A"))
        #expect(file.hasSuffix("a/x.py"))
        #expect(file.utf8.count == "x.py".utf8.count + 16 * "a/".utf8.count)
    }

    @Test func `a long base that stands on itself makes no path that grows without end`() throws {
        let part = String(repeating: "d", count: 60 << 10) + "/"
        let file = try #require(try file(#""A":{"uri":"\#(part)","uriBaseId":"A"}"#, "x.py", "A"))
        #expect(file.utf8.count <= 2 * (64 << 10))
    }

    // MARK: Lists

    @Test(arguments: ["artifacts", "logicalLocations"])
    func `lists of which results refer to elements have an end`(list: String) {
        let elements = [String](repeating: "{}", count: 1_000_001).joined(separator: ",")
        let failure = Reading.failure(log(#""\#(list)":[\#(elements)],"#, results: ""))
        #expect(failure?.code == .tooLarge)
        #expect(failure?.message.contains("1000000") == true)
        #expect(failure?.place?.pointer == "/runs/0/\(list)/1000000")
    }

    @Test func `the lists of one result are cut`() throws {
        let steps = [String](repeating: #"{"location":{"message":{"text":"s"}}}"#, count: 2000).joined(separator: ",")
        let thread = #"{"locations":[\#(steps)]}"#
        let threads = [String](repeating: thread, count: 30).joined(separator: ",")
        let fingerprints = (0..<500).map { #""f\#($0)":"v""# }.joined(separator: ",")
        let flows = #""codeFlows":[{"threadFlows":[\#(threads)]}],"fingerprints":{\#(fingerprints)}"#
        let reading = try Reading(log("", results: #"{"ruleId":"r","message":{"text":"m"},\#(flows)}"#))
        let finding = try #require(reading.findings.first)
        #expect(finding.codeFlows.count == 10)
        #expect(finding.codeFlows.allSatisfy { $0.count == 256 })
        #expect(finding.signatures.count == 16)
    }

    // MARK: Document types

    @Test func `attributes that a document type adds are left out`() throws {
        let long = String(repeating: "v", count: 60_000)
        let type = #"<!DOCTYPE OWASPZAPReport [<!ATTLIST alertitem a CDATA "\#(long)" b CDATA "\#(long)">]>"#
        let alerts = String(repeating: "<alertitem><name>n</name><riskcode>1</riskcode></alertitem>", count: 2000)
        let head = #"<site name="https://example.com" host="example.com" port="443" ssl="true">"#
        let site = "\(head)<alerts>\(alerts)</alerts></site>"
        let reading = try Reading(#"\#(type)<OWASPZAPReport version="2">\#(site)</OWASPZAPReport>"#)
        #expect(reading.findings.count == 2000)
        #expect(reading.findings.first?.title == "n")
    }

    @Test func `a default value does not stand for one that is not written`() throws {
        let type = #"<!DOCTYPE OWASPZAPReport [<!ATTLIST OWASPZAPReport version CDATA "9.9">]>"#
        let site = #"<site name="https://example.com" host="example.com" port="443" ssl="true"></site>"#
        #expect(try Reading(#"\#(type)<OWASPZAPReport>\#(site)</OWASPZAPReport>"#).scan.version == nil)
        #expect(try Reading(#"\#(type)<OWASPZAPReport version="2">\#(site)</OWASPZAPReport>"#).scan.version == "2")
    }
}
