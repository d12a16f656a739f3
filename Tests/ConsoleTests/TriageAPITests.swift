// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import HTTPTypes
import Testing
import VulnerabilityManagement

@testable import Console

/// What programs do about findings, and what the evidence has of it.
@Suite struct TriageAPITests {
    private func withVisitor(_ role: Role, _ body: (Visitor) async throws -> Void) async throws {
        let world = try await ConsoleWorld()
        do {
            try await world.addUsers()
            try world.addFindings(until: Clock.now())
            try await body(try await Visitor.signedIn(role, world))
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    private func send(
        _ visitor: Visitor,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "{}"
    ) async throws -> (status: Int, json: JSONValue, text: String) {
        let answer = try await visitor.ask(method, "/api/v1" + path, body: body, type: MediaTypes.json)
        let json = (try? JSONReader.read(Array(answer.text.utf8))) ?? .null
        return (answer.status, json, answer.text)
    }

    @Test func `an act changes what a filter chooses, is recorded first, and is undone once`() async throws {
        try await withVisitor(.triager) { visitor in
            let order = #"{"filter":"kind=sast cwe=601","act":"dismiss","dismissal":"false_positive","reason":"ours"}"#
            let leaves = visitor.world.leafCount
            let tried = try await send(visitor, .post, "/triage/acts", String(order.dropLast()) + #","dry_run":true}"#)
            #expect(tried.status == 200 && tried.json["findings"]?.integer == 12, "\(tried.text)")
            #expect(tried.json["dry_run"]?.bool == true && tried.json["sample"]?.elements?.count == 12)
            #expect(visitor.world.leafCount == leaves)
            let done = try await send(visitor, .post, "/triage/acts", order)
            #expect(done.json["changed"]?.integer == 12 && done.json["does"]?.text == "dismiss false_positive")
            #expect(visitor.world.leafCount == leaves + 1)
            let act = try #require(done.json["act"]?.integer)
            let responder = try await Visitor.signedIn(.responder, visitor.world)
            #expect(try await send(responder, .post, "/triage/acts/\(act)/undo").status == 403)
            let undone = try await send(visitor, .post, "/triage/acts/\(act)/undo", #"{"reason":"no"}"#)
            #expect(undone.json["restored"]?.integer == 12 && visitor.world.leafCount == leaves + 2)
            #expect(try await send(visitor, .post, "/triage/acts/\(act)/undo").status == 404)
            let again = try await send(visitor, .post, "/triage/acts", order)
            let next = try #require(again.json["act"]?.integer)
            let admin = try await Visitor.signedIn(.admin, visitor.world)
            #expect(try await send(admin, .post, "/triage/acts/\(next)/undo").status == 200)
        }
    }

    @Test func `each act of the command line is one of the API`() async throws {
        try await withVisitor(.triager) { visitor in
            let list = try await send(visitor, .get, "/findings?limit=1&filter=open")
            let id = try #require(list.json["items"]?.elements?.first?["id"]?.text)
            for (act, does) in [
                (#""act":"confirm""#, "confirm"), (#""act":"assign","assignee":"kim""#, "assign kim"),
                (#""act":"assign","assignee":"-""#, "assign"),
                (#""act":"rate","severity":"low","reason":"x""#, "rate low"),
                (#""act":"comment","reason":"x""#, "comment"), (#""act":"resolve""#, "resolve"),
                (#""act":"reopen""#, "reopen"),
                (#""act":"accept","until":"30d","reason":"x""#, "accept"),
            ] {
                let done = try await send(visitor, .post, "/triage/acts", #"{"findings":["\#(id)"],\#(act)}"#)
                #expect(done.status == 200 && done.json["does"]?.text?.hasPrefix(does) == true, "\(act): \(done.text)")
                #expect(done.json["changed"]?.integer == 1, "\(act): \(done.text)")
            }
        }
    }

    @Test(arguments: [
        ("{}", 422), (#"{"act":"confirm"}"#, 422), (#"{"act":"confirm","filter":" "}"#, 422),
        (#"{"act":"confirm","filter":"(("}"#, 422), (#"{"act":"confirm","filter":"open","findings":["x"]}"#, 422),
        (#"{"act":"confirm","findings":["x"]}"#, 422), (#"{"act":"dismiss","filter":"open"}"#, 422),
        (#"{"act":"dismiss","dismissal":"false_positive","filter":"open"}"#, 422),
        (#"{"act":"accept","filter":"open","reason":"x"}"#, 422),
        (#"{"act":"accept","until":"400d","filter":"open","reason":"x"}"#, 422),
        (#"{"act":"delete","filter":"open"}"#, 422),
        (#"{"act":"confirm","findings":["0190163d-8694-739b-aea5-966c26f8ad91"]}"#, 404),
        (#"{"act":"confirm","filter":"title=nothing-has-this-title"}"#, 422),
    ])
    func `what makes no sense changes and records nothing`(body: String, status: Int) async throws {
        try await withVisitor(.admin) { visitor in
            let leaves = visitor.world.leafCount
            let before = try await send(visitor, .get, "/findings?limit=200").text
            let answer = try await send(visitor, .post, "/triage/acts", body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(visitor.world.leafCount == leaves)
            #expect(try await send(visitor, .get, "/findings?limit=200").text == before)
        }
    }

    @Test func `rules are tried, added, listed and removed`() async throws {
        try await withVisitor(.triager) { visitor in
            let rule = #""filter":"kind=sast cwe=601","act":"dismiss","dismissal":"used_in_tests""#
            let tried = try await send(visitor, .post, "/triage/rule-tests", "{\(rule)}")
            #expect(tried.status == 200 && tried.json["findings"]?.integer == 12, "\(tried.text)")
            let added = try await send(visitor, .post, "/triage/rules", #"{"name":"ours","reason":"x",\#(rule)}"#)
            #expect(added.status == 201 && added.json["changed"]?.integer == 12, "\(added.text)")
            let leaves = visitor.world.leafCount
            let twice = try await send(visitor, .post, "/triage/rules", #"{"name":"ours","reason":"x",\#(rule)}"#)
            #expect(twice.status == 409 && visitor.world.leafCount == leaves)
            let list = try await send(visitor, .get, "/triage/rules")
            #expect(list.json.elements?.first?["by"]?.text == "triager")
            #expect(try await send(visitor, .delete, "/triage/rules/ours").status == 204)
            #expect(try await send(visitor, .delete, "/triage/rules/ours").status == 404)
            #expect(visitor.world.leafCount == leaves + 1)
        }
    }

    @Test func `projects have settings, owners, applications and routes`() async throws {
        try await withVisitor(.admin) { visitor in
            let listed = try await send(visitor, .get, "/projects")
            let path = try #require(listed.json.elements?.first?["path"]?.text)
            let project = path.replacing("/", with: "%2F")
            let set = try await send(
                visitor,
                .patch,
                "/projects/\(project)",
                #"{"criticality":"high","exposure":"open"}"#
            )
            #expect(set.status == 200, "\(set.text)")
            let after = try await send(visitor, .get, "/projects").json.elements?.first
            #expect(after?["criticality"]?.text == "high" && after?["exposure"]?.text == "open")
            #expect(try await send(visitor, .patch, "/projects/\(project)", "{}").status == 422)
            #expect(try await send(visitor, .patch, "/projects/none", #"{"criticality":"high"}"#).status == 404)
            let owners = try await send(visitor, .put, "/projects/\(project)/owners", #"{"text":"* @kim\n"}"#)
            #expect(owners.status == 200 && owners.json["lines"]?.integer == 1, "\(owners.text)")
            let applications = #"{"applications":["site"],"host":"a.example"}"#
            #expect(try await send(visitor, .put, "/projects/\(project)/applications", applications).status == 204)
            let routes =
                #"{"project":"new/one","routes":"GET /a/{id}\tsrc/a.py\tadd\t10\n* /b\tsrc/b.py","origin":"openapi"}"#
            let added = try await send(visitor, .post, "/attack-routes", routes)
            #expect(added.status == 201 && added.json["routes"]?.integer == 2, "\(added.text)")
            let kept = try await send(visitor, .get, "/attack-routes?project=new/one").json["routes"]?.elements ?? []
            #expect(kept.first?["function"]?.text == "add" && kept.first?["line"]?.integer == 10 && kept.count == 2)
            // What a document said before is replaced.
            let fewer = #"{"project":"new/one","routes":"GET /a/{id}\tsrc/a.py","origin":"openapi"}"#
            _ = try await send(visitor, .post, "/attack-routes", fewer)
            let left = try await send(visitor, .get, "/attack-routes?project=new/one").json["routes"]?.elements ?? []
            let number = try #require(left.first?["id"]?.integer)
            #expect(left.count == 1)
            #expect(try await send(visitor, .delete, "/attack-routes/\(number)").status == 204)
            #expect(try await send(visitor, .delete, "/attack-routes/\(number)").status == 404)
            for bad in [
                "GET /a", "GET /a\\t/etc/passwd", "GET /a\\t../x", "nothing\\tsrc/a.py", "GET /a\\ta.py\\t\\tx",
            ] {
                let body = #"{"project":"new/one","routes":"\#(bad)"}"#
                #expect(try await send(visitor, .post, "/attack-routes", body).status == 422, "\(bad)")
            }
        }
    }

    @Test func `a server without virtual patches says so`() async throws {
        let reason = #"{"reason":"x"}"#
        try await withVisitor(.admin) { visitor in
            let list = try await send(visitor, .get, "/virtual-patches")
            #expect(list.json.elements?.isEmpty == true)
            let applied = try await send(visitor, .post, "/virtual-patches/70000/apply", reason)
            #expect(applied.status == 409)
        }
        try await withVisitor(.responder) { visitor in
            let enforced = try await send(visitor, .post, "/virtual-patches/70000/enforce", reason)
            #expect(enforced.status == 403)
        }
    }
}
