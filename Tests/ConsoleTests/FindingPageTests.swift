// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import HTTPTypes
import Testing
import VulnerabilityManagement

@testable import Console

/// A finding's page: what others tell of it, and how bad people say it is.
@Suite struct FindingPageTests {
    private static let time: Int64 = 1_800_000_000_000_000_000

    /// The same weaknesses by two tools, and one that only the first one knows.
    private func withVisitor(_ body: (Visitor) async throws -> Void) async throws {
        let world = try await ConsoleWorld(hasRealActs: true, now: { Self.time })
        do {
            try await world.addUsers()
            for (tool, count) in [("semgrep", 3), ("bandit", 2)] {
                let report = FindingSamples.sarif(Array(FindingSamples.weaknesses.prefix(count)), tool: tool)
                let request = ImportRequest(project: "shop")
                _ = try world.findings.importReport(
                    ArraySource(report),
                    request,
                    now: Int(Self.time / 1_000_000_000)
                )
            }
            try await body(try await Visitor.signedIn(.triager, world))
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    private func rows(_ visitor: Visitor, _ filter: String) throws -> [FindingRow] {
        let filter = try FindingFilter(parsing: filter)
        let now = Int(visitor.world.now() / 1_000_000_000)
        return try visitor.world.findings.findings(matching: filter, now: now).rows
    }

    @Test func `what another tool tells of the same weakness stands on the page and in the API`() async throws {
        try await withVisitor { visitor in
            let one = try #require(try rows(visitor, "rule=sql-injection tool=semgrep").first)
            let other = try #require(try rows(visitor, "rule=sql-injection tool=bandit").first)
            let page = try await visitor.ask(.get, "/vulnerabilities/findings/\(one.identifier)").text
            #expect(page.contains("Other tools on the same weakness") && page.contains("the same lines"))
            #expect(page.contains("href=\"/vulnerabilities/findings/\(other.identifier)\""))
            let answer = try await visitor.ask(.get, "/api/v1/findings/\(one.identifier)").text
            let same = try JSONReader.read(Array(answer.utf8))["same_weakness"]?.elements ?? []
            #expect(same.map { $0["finding"]?["id"]?.text } == ["\(other.identifier)"])
            #expect(same.first?["because"]?.text == "the same lines")
            let alone = try #require(try rows(visitor, "rule=reflected-xss").first)
            let bare = try await visitor.ask(.get, "/vulnerabilities/findings/\(alone.identifier)").text
            #expect(!bare.contains("Other tools on the same weakness"))
        }
    }

    @Test func `a finding is rated on its page, till a day or for good`() async throws {
        try await withVisitor { visitor in
            let row = try #require(try rows(visitor, "rule=reflected-xss").first)
            let path = "/vulnerabilities/findings/\(row.identifier)"
            func send(_ form: String) async throws -> (status: Int, text: String) {
                let answer = try await visitor.ask(.post, path + "/acts", body: form, type: MediaTypes.form)
                return (answer.status, answer.text)
            }
            #expect(try await visitor.ask(.get, path).text.contains("name=\"severity\""))
            for (form, status) in [
                ("act=rate&reason=x", 422), ("act=rate&severity=worst&reason=x", 422), ("act=rate&severity=low", 422),
                ("act=rate&severity=low&reason=x&until=2001-01-01", 422),
            ] {
                #expect(try await send(form).status == status, "\(form)")
            }
            #expect(try rows(visitor, "rule=reflected-xss").first?.severity == row.severity)
            #expect(try await send("act=rate&severity=critical&reason=no%20login&until=90d").status == 303)
            let rated = try #require(try rows(visitor, "rule=reflected-xss").first)
            #expect(rated.severity == "critical" && rated.reportedSeverity == row.severity)
            #expect(rated.ratedUntil == Int(Self.time / 1_000_000_000) + 90 * 86_400)
            let page = try await visitor.ask(.get, path).text
            #expect(page.contains("Its scanner says") && page.contains("Rated until"))
            #expect(try await send("act=rate&severity=low&reason=seen").status == 303)
            let forGood = try #require(try rows(visitor, "rule=reflected-xss").first)
            #expect(forGood.severity == "low" && forGood.ratedUntil == nil)
        }
    }

    @Test func `many are rated after a preview that says as what`() async throws {
        try await withVisitor { visitor in
            let form = "scope=all&filter=tool%3Dsemgrep&act=rate&severity=info&reason=ours&until=30d"
            let list = "/vulnerabilities/findings"
            let preview = try await visitor.ask(.post, list + "/preview", body: form, type: MediaTypes.form)
            #expect(preview.status == 200 && preview.text.contains("Rated as"), "\(preview.text.prefix(300))")
            #expect(preview.text.contains("name=\"severity\" value=\"info\""))
            #expect(try await visitor.ask(.post, list + "/acts", body: form, type: MediaTypes.form).status == 303)
            #expect(try rows(visitor, "severity=info").map(\.tool) == ["semgrep", "semgrep", "semgrep"])
        }
    }
}
