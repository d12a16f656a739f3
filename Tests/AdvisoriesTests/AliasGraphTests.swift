// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Testing

struct AliasGraphTests {
    @Test func `joins what sources assert and names the group by its CVE`() {
        var graph = AliasGraph()
        graph.assert("GHSA-1", "cve-2024-1", by: "github")
        graph.assert("PYSEC-1", "GHSA-1", by: "pypa")
        let group = graph.group(of: "PYSEC-1")
        #expect(group.identifiers == ["CVE-2024-1", "GHSA-1", "PYSEC-1"])
        #expect(group.representative == "CVE-2024-1")
        #expect(graph.group(of: "GO-1").identifiers == ["GO-1"])
        #expect(graph.sources("CVE-2024-1", "GHSA-1") == ["github"])
    }

    @Test func `an assertion holds as long as one source stands by it`() {
        var graph = AliasGraph()
        graph.assert("A", "B", by: "one")
        graph.assert("A", "B", by: "two")
        graph.revoke("B", "A", by: "one")
        #expect(graph.group(of: "A").identifiers == ["A", "B"])
        graph.revoke("A", "B", by: "two")
        #expect(graph.group(of: "A").identifiers == ["A"])
        graph.assert("A", "B", by: "one")
        graph.assert("A", "C", by: "one")
        graph.assert("A", "C", by: "two")
        graph.revokeAll(of: "A", by: "one")
        #expect(graph.group(of: "A").identifiers == ["A", "C"])
    }

    @Test func `a group that is too large to be true is none`() {
        var graph = AliasGraph()
        for index in 1..<AliasGraph.largestGroup {
            graph.assert("A", "B\(index)", by: "x")
        }
        #expect(graph.group(of: "B3").identifiers.count == AliasGraph.largestGroup)
        #expect(!graph.group(of: "B3").isOverMerged)
        graph.assert("A", "C", by: "x")
        #expect(graph.group(of: "B3") == .init(identifiers: ["B3"], isOverMerged: true))
    }
}
