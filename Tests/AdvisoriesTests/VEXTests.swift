// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import TestSupport
import Testing

struct VEXTests {
    private func json(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    @Test func `reads OpenVEX with its defaults`() throws {
        let statements = try OpenVEXReader.read(
            json(
                """
                {"@context":"https://openvex.dev/ns/v0.2.0","timestamp":"2024-01-01T00:00:00Z","statements":[
                {"vulnerability":{"name":"CVE-2024-1","aliases":["GHSA-1"]},"status":"not_affected",
                "justification":"vulnerable_code_not_present",
                "products":[{"@id":"pkg:npm/a@1","subcomponents":[{"@id":"pkg:npm/b@2"}]}]},
                {"vulnerability":"CVE-2024-1","status":"fixed","timestamp":"2024-02-01T00:00:00Z",
                "products":["pkg:npm/a"],"subcomponents":["pkg:npm/c"]},
                {"vulnerability":"CVE-2024-2","status":"affected","products":["x"]}]}
                """
            )
        )
        #expect(statements.map(\.status) == [.notAffected, .fixed, .affected])
        #expect(statements[0].vulnerability == ["CVE-2024-1", "GHSA-1"])
        #expect(statements[0].timestamp == "2024-01-01T00:00:00Z")
        #expect(statements[0].justification == .vulnerableCodeNotPresent)
        #expect(statements[1].supersedes(statements[0]))
        #expect(statements[2].supersedes(statements[0]))
        #expect(statements.map { $0.violation == nil } == [true, true, false])
        let product = try PackageURL(parsing: "pkg:npm/a@1")
        let part = try PackageURL(parsing: "pkg:npm/b@2")
        #expect(statements[0].concerns(product, subcomponent: part))
        #expect(!statements[0].concerns(product))
        #expect(try !statements[0].concerns(PackageURL(parsing: "pkg:npm/a@2"), subcomponent: part))
        #expect(
            try statements[1].concerns(
                PackageURL(parsing: "pkg:npm/a@7"),
                subcomponent: PackageURL(parsing: "pkg:npm/c@1")
            )
        )
    }

    @Test func `reads the product status of CSAF with groups, flags and relationships`() throws {
        let statements = try CSAFStatusReader.read(
            json(
                """
                {"document":{"tracking":{"current_release_date":"2024-01-01T00:00:00Z"}},
                "product_tree":{"branches":[{"branches":[{"product":{"product_id":"P","name":"Host"}}]}],
                "full_product_names":[{"product_id":"C","name":"Part",
                "product_identification_helper":{"purl":"pkg:npm/a@1"}}],
                "product_groups":[{"group_id":"G","product_ids":["P","P:C"]}],
                "relationships":[{"category":"default_component_of","product_reference":"C",
                "relates_to_product_reference":"P","full_product_name":{"product_id":"P:C","name":"Part in Host"}}]},
                "vulnerabilities":[{"cve":"CVE-2024-1","ids":[{"text":"X-1"}],
                "product_status":{"known_not_affected":["P:C","C"],"known_affected":["P"]},
                "flags":[{"label":"component_not_present","group_ids":["G"]}],
                "threats":[{"category":"impact","details":"none","product_ids":["C"]}],
                "remediations":[{"category":"vendor_fix","details":"update","group_ids":["G"]}]}]}
                """
            )
        )
        #expect(statements.map(\.status) == [.affected, .notAffected, .notAffected])
        #expect(statements[0].action == "update")
        #expect(statements[1].justification == .componentNotPresent)
        #expect(statements[1].products.map(\.id) == ["P:C"])
        #expect(statements[1].products[0].subcomponents.map(\.id) == ["C"])
        #expect(statements[2].impact == "none")
        #expect(statements.allSatisfy { $0.violation == nil && $0.vulnerability == ["CVE-2024-1", "X-1"] })
    }

    @Test func `reads analyses of CycloneDX`() throws {
        let statements = try CycloneDXVEXReader.read(
            json(
                """
                {"bomFormat":"CycloneDX","components":[{"bom-ref":"r","purl":"pkg:npm/a","components":[
                {"bom-ref":"n","purl":"pkg:npm/b@1"}]}],"vulnerabilities":[
                {"id":"CVE-2024-1","analysis":{"state":"not_affected","justification":"code_not_reachable","detail":"d"},
                "affects":[{"ref":"urn:cdx:x/1#n"},{"ref":"r","versions":[{"range":"vers:npm/<2.0.0"},
                {"version":"3.0.0","status":"unaffected"}]}]},
                {"id":"CVE-2024-2"},{"id":"CVE-2024-3","analysis":{"state":"exploitable","response":["update"]}}]}
                """
            )
        )
        #expect(statements.map(\.status) == [.notAffected, .affected])
        #expect(statements[0].justification == .vulnerableCodeNotInExecutePath)
        #expect(statements[1].action == "update")
        #expect(try statements[0].concerns(PackageURL(parsing: "pkg:npm/b@1")))
        #expect(try statements[0].concerns(PackageURL(parsing: "pkg:npm/a@1.5.0")))
        #expect(try !statements[0].concerns(PackageURL(parsing: "pkg:npm/a@3.0.0")))
    }

    /// Changed documents end in statements or in an error, never in a crash.
    @Test func `the readers hold any bytes`() {
        let seeds = [
            #"{"statements":[{"vulnerability":{"name":"C"},"status":"fixed","products":[{"@id":"pkg:npm/a","hashes":{"md5":"x"}}]}]}"#,
            #"{"document":{"tracking":{}},"product_tree":{"branches":[{"product":{"product_id":"P","name":"n"}}],"relationships":[{"product_reference":"P","relates_to_product_reference":"P","full_product_name":{"product_id":"Q","name":"q"}}]},"vulnerabilities":[{"cve":"C","product_status":{"fixed":["P"]},"flags":[{"label":"x","product_ids":["P"]}]}]}"#,
            #"{"components":[{"bom-ref":"r","purl":"pkg:npm/a"}],"vulnerabilities":[{"id":"C","analysis":{"state":"resolved"},"affects":[{"ref":"r","versions":[{"range":"vers:npm/>=1"}]}]}]}"#,
            #"{"cveMetadata":{"cveId":"C","state":"PUBLISHED"},"containers":{"cna":{"affected":[{"versions":[{"version":"1","status":"affected","lessThan":"2"}]}],"metrics":[{"cvssV3_1":{"vectorString":"x","baseScore":1}}]}}}"#,
        ].map { Array($0.utf8) }
        var generator = SeededGenerator(9)
        var read = 0
        for round in 0..<4_000 {
            var text = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let byte = Array(#"[]{}",:1anP "#.utf8).randomElement(using: &generator) ?? 0
                text[Int.random(in: 0..<text.count, using: &generator)] = byte
            }
            guard let value = try? JSONReader.read(text) else {
                continue
            }
            read += 1
            _ = try? OpenVEXReader.read(value)
            _ = try? CSAFStatusReader.read(value)
            _ = try? CycloneDXVEXReader.read(value)
            _ = (try? CVERecord(value))?.affected.map { $0.status(of: "1.5") }
        }
        #expect(read > 1_000)
    }

    @Test func `says where a document is wrong`() throws {
        for (text, pointer) in [
            ("[]", "object"), ("{}", "statements"), (#"{"statements":[{"status":"x"}]}"#, "/statements/0"),
            (#"{"statements":[{"status":"fixed","vulnerability":{}}]}"#, "/statements/0/vulnerability"),
        ] {
            let error = #expect(throws: AdvisoryError.self) { try OpenVEXReader.read(json(text)) }
            #expect(error?.message.contains(pointer) == true)
        }
        #expect(throws: AdvisoryError.self) { try CSAFStatusReader.read(json("{}")) }
        let state = #"{"vulnerabilities":[{"analysis":{"state":"x"}}]}"#
        #expect(throws: AdvisoryError.self) { try CycloneDXVEXReader.read(json(state)) }
    }
}

/// The readers over the shared documents.
@Suite(.enabled(if: TestData.available("vuln/vex", for: "readers of VEX documents")))
struct VEXDataTests {
    @Test func `reads every OpenVEX example`() throws {
        var count = 0
        for file in try SharedRecords.names("vex/openvex", ending: ".json") where file.contains("vex") {
            let json = try SharedRecords.json("vex/openvex/\(file)")
            guard json["statements"] != nil else {
                continue
            }
            let statements = try OpenVEXReader.read(json)
            count += statements.count
            #expect(statements.allSatisfy { !$0.vulnerability.isEmpty && !$0.products.isEmpty }, "\(file)")
        }
        #expect(count == 12, "\(count)")
    }

    @Test func `reads every CycloneDX example`() throws {
        var statuses: [VEXStatement.Status: Int] = [:]
        var products = 0
        for file in try SharedRecords.names("vex/cyclonedx", ending: ".json") + useCases() {
            for statement in try CycloneDXVEXReader.read(SharedRecords.json("vex/cyclonedx/\(file)")) {
                statuses[statement.status, default: 0] += 1
                products += statement.products.count
            }
        }
        #expect(statuses == [.notAffected: 82, .affected: 15, .underInvestigation: 8, .fixed: 7], "\(statuses)")
        #expect(products > 100, "\(products)")
    }

    private func useCases() throws -> [String] {
        var files: [String] = []
        for folder in ["CISA-Use-Cases", "Use-Cases"] {
            for item in try SharedRecords.names("vex/cyclonedx/\(folder)", ending: "") {
                if item.hasSuffix(".json") {
                    files.append("\(folder)/\(item)")
                } else if let inner = try? SharedRecords.names("vex/cyclonedx/\(folder)/\(item)", ending: ".json") {
                    files += inner.map { "\(folder)/\(item)/\($0)" }
                }
            }
        }
        return files
    }

    @Test func `reads every CSAF example`() throws {
        var statements = 0
        for folder in ["csaf/examples/csaf", "csaf/examples/csaf/csaf_vex"] {
            for file in try SharedRecords.names(folder, ending: ".json") {
                let document = try SharedRecords.json("\(folder)/\(file)")
                let found = try CSAFStatusReader.read(document)
                #expect(found.isEmpty == (document["vulnerabilities"] == nil), "\(file)")
                statements += found.count
                if folder.hasSuffix("csaf_vex") {
                    // The VEX profile demands what the rules of VEX demand.
                    #expect(found.allSatisfy { $0.violation == nil }, "\(file)")
                }
            }
        }
        #expect(statements > 25, "\(statements)")
    }
}
