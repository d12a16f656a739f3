// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing
import VulnerabilityManagement

@testable import Correlation

@Suite struct RelatedFindingTests {
    /// What other tools tell of the weakness of the finding of a tool: the tool, and by what it is the same.
    private func related(_ world: TestWorld, of tool: String) throws -> [String: String] {
        let row = try #require(try world.findings().first { $0.tool == tool })
        let related = try RelatedFindings(world.store).related(to: row)
        return Dictionary(related.map { ($0.row.tool, $0.because) }, uniquingKeysWith: { "\($0), \($1)" })
    }

    private func sast(_ tool: String, line: Int = 12, method: String? = nil, cwe: Int = 89) -> String {
        TestReports.sast(line: line, method: method, cwe: cwe).replacing("Semgrep", with: tool)
            .replacing("\"id\":\"s\"", with: "\"id\":\"\(tool)\"")
    }

    @Test func `an address and the code to which its route leads are the same weakness of one class`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        try world.take(sast("Reader"))
        try world.take(sast("Other", line: 90, cwe: 79))
        #expect(try related(world, of: "ZAP").isEmpty)
        try world.add("GET /cart/{id}", "src/cart.py")
        let because = "the route GET /cart/{id} leads to src/cart.py"
        #expect(try related(world, of: "ZAP") == ["Reader": because])
        #expect(try related(world, of: "Reader") == ["ZAP": because])
        #expect(try related(world, of: "Other").isEmpty)
        // Triage of one says nothing of the other.
        let rows = try world.findings()
        #expect(rows.count == 3 && Set(rows.map(\.id)).count == 3)
        await world.end()
    }

    @Test func `tools that read code mean the same within some lines, or in the same function`() async throws {
        let world = try await TestWorld()
        try world.take(sast("A", line: 12))
        try world.take(sast("B", line: 12 + RelatedFindings.lines))
        try world.take(sast("C", line: 12 + 2 * RelatedFindings.lines + 1))
        #expect(try related(world, of: "A") == ["B": "the same lines"])
        #expect(try related(world, of: "C").isEmpty)
        try world.take(sast("D", line: 200, method: "Cart.add"))
        try world.take(sast("E", line: 300, method: "add(int)"))
        try world.take(sast("F", line: 201, method: "remove"))
        #expect(try related(world, of: "D") == ["E": "the same function"])
        await world.end()
    }

    @Test func `tools that ask the application mean the same at one address and parameter`() async throws {
        let world = try await TestWorld()
        func dast(_ tool: String, path: String = "/cart/17", parameter: String = "id") throws {
            try world.take(
                TestReports.dast(path: path, parameter: parameter).replacing("ZAP", with: tool)
                    .replacing("\"id\":\"zap\"", with: "\"id\":\"\(tool)\"")
            )
        }
        try dast("A")
        try dast("B", path: "/cart/99")
        try dast("C", parameter: "name")
        try dast("D", path: "/orders/17")
        #expect(try related(world, of: "A") == ["B": "the same address"])
        #expect(try related(world, of: "D").isEmpty)
        await world.end()
    }

    @Test func `one vulnerability in one component is the same, whatever tool names it`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dependency())
        let other = #"""
            {"matches":[{"vulnerability":{"id":"CVE-2021-44228","severity":"Critical","fix":{"versions":["2.15.0"],
            "state":"fixed"}},"artifact":{"name":"log4j-core","version":"2.14.1","type":"java-archive",
            "purl":"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"}},{"vulnerability":{"id":"CVE-2021-44228",
            "severity":"Critical"},"artifact":{"name":"log4j-api","version":"2.14.1","type":"java-archive"}}],
            "descriptor":{"name":"grype","version":"0.80.0"}}
            """#
        try world.take(other)
        let row = try #require(try world.findings().first { $0.tool != "grype" })
        let found = try RelatedFindings(world.store).related(to: row)
        #expect(found.map(\.row.component) == ["log4j-core"])
        #expect(found.first?.because == "CVE-2021-44228 in org.apache.logging.log4j:log4j-core")
        // Findings of the same tool are told apart by that tool.
        try world.take(TestReports.dependency(), project: "elsewhere")
        #expect(try RelatedFindings(world.store).related(to: row).count == 1)
        await world.end()
    }
}
