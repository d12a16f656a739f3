// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import HTTPTypes
import Testing
import VulnerabilityManagement

@testable import Console

/// Filters that people keep: on the page of findings and through the API.
@Suite struct SavedViewPageTests {
    private static let list = "/vulnerabilities/findings"

    private func withWorld(_ body: (ConsoleWorld) async throws -> Void) async throws {
        let world = try await ConsoleWorld(hasRealActs: true)
        do {
            try await world.addUsers()
            for project in ["pay/api", "shop"] {
                let report = FindingSamples.sarif(FindingSamples.weaknesses, tool: "semgrep")
                let now = Int(world.now() / 1_000_000_000)
                _ = try world.findings.importReport(ArraySource(report), ImportRequest(project: project), now: now)
            }
            try await body(world)
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    private func keep(
        _ visitor: Visitor,
        _ name: String,
        _ filter: String,
        _ more: String = ""
    ) async throws -> (
        status: Int, text: String, location: String?
    ) {
        let form = "name=\(Address.encode(name))&filter=\(Address.encode(filter))\(more)"
        let answer = try await visitor.ask(.post, Self.list + "/views", body: form, type: MediaTypes.form)
        return (answer.status, answer.text, answer.headers[.location])
    }

    private func page(_ visitor: Visitor, _ target: String = list) async throws -> String {
        let answer = try await visitor.ask(.get, target)
        #expect(answer.status == 200, "\(target)")
        return answer.text
    }

    private func send(
        _ visitor: Visitor,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "{}"
    ) async throws -> (status: Int, json: JSONValue, text: String) {
        let path = "/api/v1/finding-views" + path
        let answer = try await visitor.ask(method, path, body: body, type: MediaTypes.json)
        return (answer.status, (try? JSONReader.read(Array(answer.text.utf8))) ?? .null, answer.text)
    }

    // MARK: Pages

    @Test func `a view is kept with its filter and order, and stands above the list of its owner`() async throws {
        try await withWorld { world in
            let (ada, bob) = (try await Visitor.signedIn(.triager, world), try await Visitor.signedIn(.viewer, world))
            let form = try await page(ada, Self.list + "?filter=severity%3E%3Dhigh%20open&sort=age")
            #expect(form.contains("action=\"\(Self.list)/views\"") && form.contains("Keep this view"))
            #expect(form.contains("name=\"filter\" value=\"severity&gt;=high open\""))
            #expect(form.contains("name=\"sort\" value=\"age\"") && !form.contains("Saved views"))
            let kept = try await keep(ada, "Grave ones", "severity>=high open", "&sort=age")
            let address = Self.list + "?filter=severity%3E%3Dhigh%20open&sort=age"
            #expect(kept.status == 303 && kept.location == address + "&done=view", "\(kept.text)")
            let shown = try await page(ada, address + "&done=view")
            let link = "<a href=\"\(HTML.escape(address))\" aria-current=\"true\">Grave ones</a>"
            #expect(shown.contains("Saved views") && shown.contains(link) && shown.contains("The view is kept."))
            #expect(shown.contains("Remove the view Grave ones"))
            #expect(try await !page(ada).contains(link))
            #expect(try await !page(bob).contains("Grave ones"))
        }
    }

    @Test func `only what is shared is shown to others, and only triagers share`() async throws {
        try await withWorld { world in
            let (ada, bob) = (try await Visitor.signedIn(.triager, world), try await Visitor.signedIn(.viewer, world))
            #expect(try await page(ada).contains("name=\"shared\""))
            #expect(try await !page(bob).contains("name=\"shared\""))
            #expect(try await keep(ada, "For us", "kev", "&shared=true").status == 303)
            #expect(try await keep(bob, "For all", "kev", "&shared=true").status == 403)
            #expect(try await keep(bob, "For me", "kev").status == 303)
            let seen = try await page(bob)
            #expect(seen.contains("For us <small>by triager</small>") && !seen.contains("Remove the view For us"))
            #expect(seen.contains(">For me</a>") && !seen.contains("For all"))
            #expect(try await !page(ada).contains("For me"))
            // Saved again without the tick, it is one's own.
            #expect(try await keep(ada, "For us", "kev").status == 303)
            #expect(try await !page(bob).contains("For us"))
        }
    }

    @Test func `who is bound to projects sees shared views over the own findings, and shares none`() async throws {
        try await withWorld { world in
            let ada = try await Visitor.signedIn(.triager, world)
            _ = try await world.addUser("kim", grants: [(.triager, "pay")])
            let kim = try await Visitor.signedIn(as: "kim", world)
            #expect(try await keep(ada, "Everything", "priority>=0", "&shared=true").status == 303)
            #expect(try await keep(kim, "Mine", "kev").status == 303)
            #expect(try await keep(kim, "Ours", "kev", "&shared=true").status == 403)
            let seen = try await page(kim, Self.list + "?filter=priority%3E%3D0")
            #expect(seen.contains("Everything <small>by triager</small>") && seen.contains(">Mine</a>"))
            #expect(seen.contains("pay/api") && !seen.contains("· shop ·") && !seen.contains("name=\"shared\""))
        }
    }

    @Test func `a view is removed by its owner alone`() async throws {
        try await withWorld { world in
            let (ada, bob) = (try await Visitor.signedIn(.triager, world), try await Visitor.signedIn(.viewer, world))
            func remove(_ visitor: Visitor) async throws -> (status: Int, location: String?) {
                let path = Self.list + "/views/remove"
                let answer = try await visitor.ask(.post, path, body: "name=For+us", type: MediaTypes.form)
                return (answer.status, answer.headers[.location])
            }
            #expect(try await keep(ada, "For us", "kev", "&shared=true").status == 303)
            #expect(try await remove(bob).status == 404)
            #expect(try await page(bob).contains("For us"))
            #expect(try await remove(ada) == (303, Self.list + "?done=noview"))
            #expect(try await remove(ada).status == 404)
            #expect(try await !page(bob).contains("For us"))
            #expect(try await !page(ada).contains("For us"))
        }
    }

    @Test func `hostile names and filters are refused, or shown as texts`() async throws {
        try await withWorld { world in
            let ada = try await Visitor.signedIn(.triager, world)
            var kept = 0
            for text in Sample.hostile {
                let status = try await keep(ada, text, FindingFilter.quoted(text), "&shared=true").status
                #expect([303, 422].contains(status), "\(text)")
                kept += status == 303 ? 1 : 0
            }
            #expect(kept >= 4)
            for role in [Role.triager, .viewer] {
                let text = try await page(try await Visitor.signedIn(role, world))
                #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
                #expect(!text.contains("<script>alert") && !text.contains("<img src=x"))
                #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\0" })
            }
        }
    }

    @Test func `what is no filter is not kept, and words of a search are kept in quotes`() async throws {
        try await withWorld { world in
            let ada = try await Visitor.signedIn(.triager, world)
            for (name, filter, more) in [
                ("x", "((", ""), ("x", "severity>=worse", ""), ("", "open", ""), ("\u{202E}x", "open", ""),
                (String(repeating: "x", count: 65), "open", ""), ("x", "open", "&sort=worst"),
                ("x", String(repeating: "open ", count: 1000), ""),
            ] {
                #expect(try await keep(ada, name, filter, more).status == 422, "\(name) \(filter.prefix(20)) \(more)")
            }
            let broken = try await ada.ask(.get, Self.list + "?filter=((")
            #expect(broken.status == 422 && !broken.text.contains("Keep this view") && !broken.text.contains("Saved"))
            #expect(try await keep(ada, "Search", "log4j open").status == 303)
            #expect(try await send(ada, .get, "").json.elements?.map { $0["filter"]?.text } == ["\"log4j\" open"])
            #expect(
                try await page(ada, Self.list + "?filter=log4j%20open").contains("aria-current=\"true\">Search</a>")
            )
        }
    }

    // MARK: The API

    @Test func `views are saved, listed and removed through the API`() async throws {
        try await withWorld { world in
            let (ada, bob) = (try await Visitor.signedIn(.triager, world), try await Visitor.signedIn(.viewer, world))
            let saved = try await send(ada, .put, "/a%2Fb%20c", #"{"filter":"kev","sort":"due","shared":true}"#)
            #expect(saved.status == 200 && saved.json["name"]?.text == "a/b c", "\(saved.text)")
            #expect(try await send(bob, .put, "/mine", #"{"filter":""}"#).status == 200)
            let views = try await send(bob, .get, "").json.elements ?? []
            #expect(views.map { $0["name"]?.text } == ["mine", "a/b c"])
            #expect(
                views.map { $0["own"]?.bool } == [true, false] && views.map { $0["shared"]?.bool } == [false, true]
            )
            #expect(views.map { $0["sort"]?.text } == ["priority", "due"])
            #expect(views.last?["owner"]?.text == "triager" && views.last?["changed"]?.text?.hasSuffix("Z") == true)
            let again = try await send(ada, .put, "/a%2Fb%20c", #"{"filter":"open"}"#)
            #expect(again.json["shared"]?.bool == false && again.json["sort"]?.text == "priority")
            #expect(try await send(bob, .get, "").json.elements?.count == 1)
            #expect(try await send(ada, .delete, "/a%2Fb%20c").status == 204)
            #expect(try await send(ada, .delete, "/a%2Fb%20c").status == 404)
        }
    }

    @Test func `the API refuses what is no view, and what others own`() async throws {
        try await withWorld { world in
            let (ada, bob) = (try await Visitor.signedIn(.triager, world), try await Visitor.signedIn(.viewer, world))
            for (name, body, status) in [
                ("x", "{}", 422), ("x", #"{"filter":"(("}"#, 422), ("x", #"{"filter":"log4j"}"#, 422),
                ("x", #"{"filter":"open","sort":"worst"}"#, 422), ("x", #"{"filter":"open","name":"y"}"#, 422),
                ("%E2%80%AEx", #"{"filter":"open"}"#, 422), ("%00", #"{"filter":"open"}"#, 422),
                ("%FF", #"{"filter":"open"}"#, 400),
                ("x", #"{"filter":"open","shared":true}"#, 403),
            ] {
                #expect(try await send(bob, .put, "/" + name, body).status == status, "\(name) \(body)")
            }
            #expect(try await send(ada, .put, "/x", #"{"filter":"open","shared":true}"#).status == 200)
            #expect(try await send(bob, .delete, "/x").status == 404)
            #expect(try await send(bob, .delete, "/x?owner=triager").status == 403)
            #expect(try await send(bob, .delete, "/%E2%80%AEx").status == 404)
            let admin = try await Visitor.signedIn(.admin, world)
            #expect(try await send(admin, .delete, "/x?owner=triager").status == 204)
            #expect(try await send(ada, .get, "").json.elements?.isEmpty == true)
            for number in 0..<SavedView.mostOfOwner {
                #expect(try await send(bob, .put, "/v\(number)", #"{"filter":"open"}"#).status == 200)
            }
            #expect(try await send(bob, .put, "/more", #"{"filter":"open"}"#).status == 409)
        }
    }
}
