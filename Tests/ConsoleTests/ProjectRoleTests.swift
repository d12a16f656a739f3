// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import DefenseModel
import HTTPTypes
import Testing
import VulnerabilityManagement

@testable import Console

/// What somebody sees and does who has a role in a part of the project tree alone.
@Suite struct ProjectRoleTests {
    private static let time: Int64 = 1_800_000_000_000_000_000
    /// Stands in all that is not of the projects under `pay`.
    private static let mark = "zzhidden"

    private static let hiddenWeaknesses = (0..<9).map { number in
        FindingSamples.Weakness(
            "\(mark)-rule\(number)",
            cwe: 89,
            "error",
            "src/\(mark)/\(number).py",
            number + 1,
            "\(mark) text \(number)"
        )
    }

    /// A world with projects under `pay`, unless told otherwise with others of names like it, and with `kim`, who is signed in.
    private func withWorld(
        hasOthers: Bool = true,
        _ grants: [(Role, String)] = [(.triager, "pay")],
        _ body: (ConsoleWorld, Visitor) async throws -> Void
    ) async throws {
        let world = try await ConsoleWorld(hasRealActs: true, now: { Self.time })
        do {
            try await world.addUsers()
            try Self.take(FindingSamples.trivy(Array(FindingSamples.packages.prefix(3))), "pay/api", world)
            try Self.take(FindingSamples.sarif(FindingSamples.weaknesses), "pay/web/front", world)
            if hasOthers { try Self.addOthers(to: world) }
            try await world.addUser("kim", grants: grants)
            try await body(world, try await Visitor.signedIn(as: "kim", world))
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    private static func take(_ report: [UInt8], _ project: String, _ world: ConsoleWorld) throws {
        var request = ImportRequest(project: project)
        request.maker = "ci"
        _ = try world.findings.importReport(ArraySource(report), request, now: Int(time / 1_000_000_000))
    }

    private static func addOthers(to world: ConsoleWorld) throws {
        let reports = [
            FindingSamples.sarif(hiddenWeaknesses, tool: "\(mark)-tool"),
            FindingSamples.trivy(FindingSamples.packages, image: "\(mark):1"),
        ]
        for project in ["payments", "payments/\(mark)", "pa", "Pay/api", "pay-\(mark)", "api/pay", "\(mark)"] {
            for report in reports { try take(report, project, world) }
        }
    }

    private func json(_ visitor: Visitor, _ path: String) async throws -> JSONValue {
        let answer = try await visitor.ask(.get, "/api/v1" + path)
        #expect(answer.status == 200, "\(path): \(answer.text.prefix(200))")
        return try JSONReader.read(Array(answer.text.utf8))
    }

    private func send(
        _ visitor: Visitor,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "{}"
    ) async throws -> (status: Int, json: JSONValue, text: String) {
        let answer = try await visitor.ask(method, "/api/v1" + path, body: body, type: MediaTypes.json)
        return (answer.status, (try? JSONReader.read(Array(answer.text.utf8))) ?? .null, answer.text)
    }

    private func all(_ world: ConsoleWorld) throws -> [FindingRow] {
        try world.findings.findings(matching: .everything, limit: 500, now: Int(Self.time / 1_000_000_000)).rows
    }

    private func isOwn(_ row: FindingRow) -> Bool { row.project.hasPrefix("pay/") }

    // MARK: Reading

    /// All that can be asked for with GET of what is told apart by projects.
    private func targets(_ rows: [FindingRow], scans: [Int64]) -> [String] {
        let filters = [
            "", "open", "priority>=0", "kind=sast", "project=payments", "project:pa*", "project:pay/**",
            "not project=pay", "\"\(Self.mark)\"", "cve=CVE-2021-44228", "rule:\(Self.mark)*", "tool=\(Self.mark)-tool",
            "open or not open", "severity>=high project!=x", "branch=main",
        ]
        let encoded = filters.map { Address.encode($0) }
        var targets = encoded.flatMap { filter in
            ["/vulnerabilities/findings?filter=\(filter)"]
                + FindingOrder.allCases.map { "/api/v1/findings?filter=\(filter)&limit=7&sort=\($0.rawValue)" }
        }
        for path in [
            "", "pay", "pay/api", "pay/web", "payments", "pa", "Pay/api", "api", "api/pay", Self.mark, "/", "pay/",
        ] {
            let path = Address.encode(path)
            targets += [
                "/vulnerabilities?path=\(path)", "/api/v1/dashboards/vulnerabilities?path=\(path)",
                "/vulnerabilities/scans?project=\(path)", "/api/v1/scans?project=\(path)",
                "/vulnerabilities/components?project=\(path)", "/api/v1/components?project=\(path)",
                "/api/v1/projects?after=\(path)",
            ]
        }
        for row in rows {
            let id = row.identifier
            targets += [
                "/vulnerabilities/findings/\(id)", "/api/v1/findings/\(id)", "/api/v1/findings/\(id)/events",
            ]
        }
        for scan in scans { targets += ["/vulnerabilities/scans/\(scan)", "/api/v1/scans/\(scan)"] }
        for package in ["CVE-2021-44228", "CVE-2023-26115", "CVE-2024-4068"] {
            targets += ["/vulnerabilities/known/\(package)", "/api/v1/vulnerabilities/\(package)"]
        }
        return targets + ["/", "/vulnerabilities", "/vulnerabilities/findings", "/api/v1/findings", "/api/v1/projects"]
    }

    /// Without what differs from one answer to the next: secrets of sessions, seals of cursors, how long a page took.
    private func scrubbed(_ text: String) -> String {
        text.replacing(/name="_token" value="[^"]*"/, with: "")
            .replacing(/c1\.[A-Za-z0-9_-]+/, with: "CURSOR")
            .replacing(/made in [0-9.]+ ms/, with: "")
    }

    @Test func `the answers are the same whether there are other projects or not`() async throws {
        var seen: [String: String] = [:]
        var asked: [String] = []
        var statuses: [String: Int] = [:]
        try await withWorld { world, kim in
            let scans = try world.findings.scans(limit: 100) ?? []
            asked = targets(try all(world), scans: scans.map(\.id))
            #expect(scans.contains { $0.project == "payments" })
            for target in asked {
                let (status, text, _) = try await kim.ask(.get, target)
                // A filter is shown as it was typed.
                let isMarked = target.contains(Self.mark)
                #expect(isMarked || !text.contains(Self.mark), "\(target)")
                seen[target] = "\(status) \(scrubbed(text))"
                statuses[target] = status
            }
        }
        try await withWorld(hasOthers: false) { world, kim in
            for target in asked {
                let (status, text, _) = try await kim.ask(.get, target)
                #expect(seen[target] == "\(status) \(scrubbed(text))", "\(target)")
            }
        }
        #expect(statuses["/vulnerabilities?path=pay"] == 200 && statuses["/vulnerabilities?path=payments"] == 404)
        #expect(statuses["/"] == 303 && statuses["/vulnerabilities/known/CVE-2023-26115"] == 404)
        #expect(Set(statuses.values).isSubset(of: [200, 303, 404]), "\(statuses.filter { $0.value == 422 })")
    }

    @Test(arguments: Grant.roles)
    func `every route refuses who is bound to a project, or is told apart by projects`(role: Role) async throws {
        try await withWorld([(role, "pay")]) { world, kim in
            for route in world.console.routes {
                guard let permission = route.access.permission, !route.path.hasSuffix("/stream"),
                    route.path != "/live/rows"
                else { continue }
                let path = route.path.replacing("{id}", with: "0190163d-8694-739b-aea5-966c26f8ad91")
                    .replacing("{vulnerability}", with: "CVE-2021-44228").replacing("{scan}", with: "3")
                    .replacing("{act}", with: "1")
                let isForm = if case .form = route.kind { true } else { false }
                let (status, text, _) = try await kim.ask(
                    route.method,
                    path,
                    body: isForm ? "" : "{}",
                    type: isForm ? MediaTypes.form : MediaTypes.json
                )
                let isForProjects = if case .grantedInProjects = route.access { true } else { false }
                let isAllowed = isForProjects && role.permissions.contains(permission)
                #expect((status == 403) == !isAllowed, "\(route.name): \(status) \(text.prefix(80))")
                #expect(!text.contains(Self.mark) && !text.contains("payments"), "\(route.name)")
            }
        }
    }

    @Test func `counts, facets and pages are those of the own projects`() async throws {
        try await withWorld { world, kim in
            let own = try all(world).filter(isOwn)
            #expect(own.count == 20)
            var cursor: String?
            var found: [String] = []
            repeat {
                let page = try await json(kim, "/findings?limit=7" + (cursor.map { "&cursor=\($0)" } ?? ""))
                let ids = page["items"]?.elements?.compactMap { $0["id"]?.text } ?? []
                #expect(ids.count == (found.count < 14 ? 7 : 6))
                found += ids
                cursor = page["next"]?.text
            } while cursor != nil
            #expect(found.count == 20 && Set(found) == Set(own.map { "\($0.identifier)" }))
            let board = try await json(kim, "/dashboards/vulnerabilities")
            #expect(board["path"]?.text == "pay")
            #expect(board["open"]?.members?.reduce(0) { $0 + ($1.value.integer ?? 0) } == 20)
            let projects = try await json(kim, "/projects").elements?.compactMap { $0["path"]?.text }
            #expect(projects == ["pay/api", "pay/web/front"])
            let scans = try await json(kim, "/scans")["items"]?.elements ?? []
            #expect(scans.count == 2 && scans.allSatisfy { $0["project"]?.text?.hasPrefix("pay/") == true })
            let page = try await kim.ask(.get, "/vulnerabilities/findings").text.lowercased()
            #expect(page.contains(">semgrep<") && page.contains(">trivy<") && !page.contains("simulator"))
        }
    }

    @Test func `the cursor of somebody else is none`() async throws {
        try await withWorld { world, kim in
            let viewer = try await Visitor.signedIn(.viewer, world)
            try await world.addUser("lee", grants: [(.viewer, "pay/web"), (.viewer, "payments")])
            let lee = try await Visitor.signedIn(as: "lee", world)
            for path in ["/findings?limit=1", "/scans?limit=1"] {
                for other in [viewer, lee] {
                    let cursor = try #require(try await json(other, path)["next"]?.text)
                    #expect(try await kim.ask(.get, "/api/v1\(path)&cursor=\(cursor)").status == 400, "\(path)")
                }
            }
        }
    }

    @Test func `who is bound sees the way to findings and settings only`() async throws {
        try await withWorld([(.viewer, "pay"), (.triager, "docs")]) { _, kim in
            let start = try await kim.ask(.get, "/")
            #expect(start.status == 303 && start.headers[.location] == "/vulnerabilities")
            // Of the two parts the first has no report yet.
            let page = try await kim.ask(.get, "/vulnerabilities").text
            let links = page.matches(of: /<li><a href="([^"]*)"/).map { String($0.output.1) }
            #expect(links.filter { !$0.hasPrefix("/vulnerabilities/") } == ["/vulnerabilities", "/settings"])
            #expect(!page.contains("Search detections") && !page.contains("policy revision"))
            #expect(page.contains("Your projects") && page.contains("path=docs") && page.contains("<h1>pay</h1>"))
            let settings = try await kim.ask(.get, "/settings").text
            #expect(settings.contains("triager in docs, viewer in pay") && !settings.contains("Invite"))
            #expect(try await kim.ask(.get, "/vulnerabilities?path=docs").status == 404)
        }
        try await withWorld([(.viewer, "soon")]) { _, kim in
            let page = try await kim.ask(.get, "/vulnerabilities")
            #expect(page.status == 200 && page.text.contains("No report was taken in yet"))
        }
    }

    // MARK: Acts

    @Test func `an act by a filter reaches the own projects only, and is undone by who did it`() async throws {
        try await withWorld { world, kim in
            let order = #"{"filter":"priority>=0","act":"confirm","reason":"all"}"#
            let tried = try await send(kim, .post, "/triage/acts", String(order.dropLast()) + #","dry_run":true}"#)
            #expect(tried.status == 200 && tried.json["findings"]?.integer == 20, "\(tried.text)")
            #expect(!tried.text.contains(Self.mark) && !tried.text.contains("payments"))
            let done = try await send(kim, .post, "/triage/acts", order)
            #expect(done.json["changed"]?.integer == 20)
            #expect(try all(world).allSatisfy { ($0.stateName == "confirmed") == isOwn($0) })
            let act = try #require(done.json["act"]?.integer)
            try await world.addUser("lee", grants: [(.triager, "pay")])
            let lee = try await Visitor.signedIn(as: "lee", world)
            let other = try await send(lee, .post, "/triage/acts/\(act)/undo")
            let none = try await send(lee, .post, "/triage/acts/999/undo")
            #expect(other.status == 404 && other.text == none.text)
            let undone = try await send(kim, .post, "/triage/acts/\(act)/undo")
            #expect(undone.status == 200 && undone.json["restored"]?.integer == 20)
            #expect(try all(world).allSatisfy { $0.stateName == "needs_triage" })
        }
    }

    @Test func `a finding of another project cannot be acted on, as if it did not exist`() async throws {
        try await withWorld { world, kim in
            let hidden = try #require(try all(world).first { !isOwn($0) }).identifier
            let none = "0190163d-8694-739b-aea5-966c26f8ad91"
            let own = try #require(try all(world).first(where: isOwn)).identifier
            for (ids, status) in [("\(own)", 200), ("\(hidden)", 404), (none, 404), ("\(own)\",\"\(hidden)", 404)] {
                let body = #"{"findings":["\#(ids)"],"act":"comment","reason":"x"}"#
                #expect(try await send(kim, .post, "/triage/acts", body).status == status, "\(ids)")
            }
            let form = "act=comment&reason=x"
            for (id, status) in [("\(own)", 303), ("\(hidden)", 404), (none, 404)] {
                let path = "/vulnerabilities/findings/\(id)/acts"
                #expect(try await kim.ask(.post, path, body: form, type: MediaTypes.form).status == status)
            }
            let bulk = try await kim.ask(
                .post,
                "/vulnerabilities/findings/preview",
                body: "scope=these&finding=\(hidden)&act=confirm",
                type: MediaTypes.form
            )
            #expect(bulk.status == 422 || bulk.status == 404)
            #expect(!bulk.text.contains(Self.mark) && !bulk.text.contains("payments"))
            let events = try world.findings.history(of: FindingRow.id(of: hidden)).events
            #expect(events.isEmpty)
        }
    }

    @Test func `the pages' act by a filter reaches the own projects only`() async throws {
        try await withWorld { world, kim in
            let body = "scope=all&filter=priority%3E%3D0&act=confirm"
            let preview = try await kim.ask(
                .post,
                "/vulnerabilities/findings/preview",
                body: body,
                type: MediaTypes.form
            )
            #expect(preview.status == 200 && preview.text.contains("20 findings of 20 would change"))
            #expect(!preview.text.contains(Self.mark) && !preview.text.contains("payments"))
            let done = try await kim.ask(.post, "/vulnerabilities/findings/acts", body: body, type: MediaTypes.form)
            #expect(done.status == 303)
            #expect(try all(world).allSatisfy { ($0.stateName == "confirmed") == isOwn($0) })
            let batch = try #require(done.headers[.location]?.split(separator: "batch=").last)
            let undo = { (visitor: Visitor) in
                try await visitor.ask(
                    .post,
                    BulkActPages.undoPath,
                    body: "batch=\(batch)",
                    type: MediaTypes.form
                ).status
            }
            try await world.addUser("lee", grants: [(.triager, "pay")])
            #expect(try await undo(try await Visitor.signedIn(as: "lee", world)) == 404)
            #expect(try await undo(kim) == 303)
            #expect(try all(world).allSatisfy { $0.stateName == "needs_triage" })
        }
    }

    @Test func `what was done in projects that are not the own any more is not undone`() async throws {
        try await withWorld { world, kim in
            let order = #"{"filter":"priority>=0","act":"confirm"}"#
            let act = try #require(try await send(kim, .post, "/triage/acts", order).json["act"]?.integer)
            try await change(world, "pay", nil)
            try await change(world, "pay/api", .triager)
            #expect(try await send(kim, .post, "/triage/acts/\(act)/undo").status == 403)
            let page = try await kim.ask(
                .post,
                BulkActPages.undoPath,
                body: "batch=\(act)",
                type: MediaTypes.form
            )
            #expect(page.status == 403)
            #expect(try all(world).filter(isOwn).allSatisfy { $0.stateName == "confirmed" })
        }
    }

    @Test func `who may see here and triage there acts there only`() async throws {
        try await withWorld([(.viewer, "pay"), (.triager, "pay/api")]) { world, kim in
            let order = #"{"filter":"priority>=0","act":"confirm"}"#
            #expect(try await send(kim, .post, "/triage/acts", order).json["changed"]?.integer == 3)
            #expect(try all(world).allSatisfy { ($0.stateName == "confirmed") == ($0.project == "pay/api") })
            let seen = try #require(try all(world).first { $0.project == "pay/web/front" }).identifier
            let path = "/vulnerabilities/findings/\(seen)"
            let page = try await kim.ask(.get, path)
            #expect(page.status == 200 && page.text.contains("you need the role of a triager"))
            let act = try await kim.ask(.post, path + "/acts", body: "act=confirm", type: MediaTypes.form)
            #expect(act.status == 403)
        }
    }

    // MARK: Grants

    private func change(_ world: ConsoleWorld, _ path: String, _ role: Role?) async throws {
        let local = Principal.local(name: "root")
        let user = try await world.access.user(named: try UserName("kim"), by: local)
        let scope = try ProjectScope(path)
        if let role {
            _ = try await world.access.grant(try Grant(role, in: scope), to: user.id, by: local, at: world.now())
        } else {
            _ = try await world.access.revokeGrant(in: scope, of: user.id, by: local, at: world.now())
        }
    }

    @Test func `a role that is taken away is gone at once, for sessions and tokens`() async throws {
        try await withWorld { world, kim in
            let made = try await send(kim, .post, "/tokens", #"{"name":"ci","scopes":["see","triage"]}"#)
            let secret = try #require(made.json["token"]?.text)
            var program = Visitor(world)
            program.headers[.authorization] = "Bearer \(secret)"
            let list = "/api/v1/findings"
            for visitor in [kim, program] { #expect(try await visitor.ask(.get, list).status == 200) }
            let me = try await json(program, "/me")
            #expect(me["projects"]?.elements?.first?["project"]?.text == "pay")
            #expect(me["permissions"]?.elements?.isEmpty == true)
            try await change(world, "pay", .viewer)
            for visitor in [kim, program] {
                #expect(try await visitor.ask(.get, list).status == 200)
                let order = #"{"filter":"open","act":"confirm"}"#
                #expect(try await send(visitor, .post, "/triage/acts", order).status == 403)
            }
            try await change(world, "pay", nil)
            for visitor in [kim, program] {
                for path in [list, "/vulnerabilities", "/", "/api/v1/projects"] {
                    #expect(try await visitor.ask(.get, path).status == 403, "\(path)")
                }
            }
        }
    }

    @Test func `a token for a part of the own part sees no more than that`() async throws {
        try await withWorld { world, kim in
            let form = "name=ci&scopes=see&project=pay/api"
            let page = try await kim.ask(.post, "/settings/tokens", body: form, type: MediaTypes.form)
            let secret = try #require(page.text.firstMatch(of: /rdt_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/)?.output)
            var program = Visitor(world)
            program.headers[.authorization] = "Bearer \(secret)"
            #expect(try await json(program, "/findings?limit=200")["items"]?.elements?.count == 3)
            #expect(try await program.ask(.get, "/api/v1/dashboards/vulnerabilities?path=pay").status == 404)
            for project in ["payments", "docs"] {
                let form = "name=ci&scopes=see&project=\(project)"
                let refused = try await kim.ask(.post, "/settings/tokens", body: form, type: MediaTypes.form)
                #expect(refused.status == 422, "\(project)")
            }
        }
    }

    @Test func `administrators give and take roles in projects, in pages and the API`() async throws {
        try await withWorld([]) { world, kim in
            #expect(try await kim.ask(.get, "/").status == 403)
            let admin = try await Visitor.signedIn(.admin, world)
            let id = try await world.access.user(named: try UserName("kim"), by: .local(name: "root")).id
            let given = try await send(admin, .put, "/users/\(id)/grants", #"{"project":"pay/api","role":"viewer"}"#)
            #expect(given.status == 200 && given.json["grants"]?.elements?.first?["role"]?.text == "viewer")
            #expect(try await json(kim, "/findings")["items"]?.elements?.count == 3)
            #expect(try await json(admin, "/users/\(id)")["grants"]?.elements?.count == 1)
            let form = "project=pay/web&role=triager"
            let path = "/settings/users/\(id)/grants"
            #expect(try await admin.ask(.post, path, body: form, type: MediaTypes.form).status == 303)
            let page = try await admin.ask(.get, "/settings").text
            #expect(page.contains("Take triager in pay/web") && page.contains("Roles in projects"))
            #expect(try await json(kim, "/findings")["items"]?.elements?.count == 20)
            let taken = try await send(admin, .delete, "/users/\(id)/grants?project=pay/web")
            #expect(taken.json["grants"]?.elements?.count == 1)
            let rest = "project=pay/api"
            #expect(try await admin.ask(.post, path + "/revoke", body: rest, type: MediaTypes.form).status == 303)
            #expect(try await kim.ask(.get, "/vulnerabilities").status == 403)
            for (body, status) in [
                (#"{"project":"pay","role":"admin"}"#, 422), (#"{"project":"","role":"viewer"}"#, 422),
                (#"{"role":"viewer"}"#, 422), (#"{"project":"pay"}"#, 422),
            ] {
                #expect(try await send(admin, .put, "/users/\(id)/grants", body).status == status, "\(body)")
            }
            #expect(try await send(admin, .delete, "/users/\(id)/grants?project=pay").status == 404)
            let roles = try await send(admin, .patch, "/users/\(id)", #"{"roles":["viewer"]}"#)
            #expect(roles.json["roles"]?.elements?.count == 1)
            let none = try await send(admin, .patch, "/users/\(id)", #"{"roles":["none"]}"#)
            #expect(none.status == 200 && none.json["roles"]?.elements?.isEmpty == true)
            let acts = world.acts.filter { $0.details["project"] != nil }.map { $0.details["role"] ?? "" }
            #expect(acts == ["none -> viewer", "none -> triager", "triager -> none", "viewer -> none"])
        }
    }
}
