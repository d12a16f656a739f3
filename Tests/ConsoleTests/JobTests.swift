// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import DefenseModel
import HTTPTypes
import Policy
import Synchronization
import Testing

@testable import Console

/// What takes its time: who may ask for it, see it and end it, and what becomes of what it proposes.
@Suite struct JobTests {
    private func withWorld(_ gate: SampleGate? = nil, _ body: (ConsoleWorld) async throws -> Void) async throws {
        let world = try await ConsoleWorld(gate: gate)
        try await world.addUsers()
        do {
            try await body(world)
        } catch {
            gate?.open()
            await world.close()
            throw error
        }
        gate?.open()
        await world.close()
    }

    private func job(_ visitor: Visitor, _ path: String, until isReached: (JSONValue) -> Bool) async throws -> JSONValue
    {
        for _ in 0..<30_000 {
            let json = try JSONReader.read(Array(try await visitor.ask(.get, path).text.utf8))
            if isReached(json) { return json }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw JobFailure("the job does not end")
    }

    private func isOver(_ job: JSONValue) -> Bool { !["waiting", "running"].contains(job["state"]?.text) }

    @Test func `a job is accepted at once, tells how far it is, and what it found`() async throws {
        let gate = SampleGate()
        try await withWorld(gate) { world in
            let visitor = try await Visitor.signedIn(.responder, world)
            let asked = try await visitor.ask(
                .post,
                "/api/v1/exceptions/suggestions",
                body: #"{"scope":"waf/app:shop"}"#,
                type: MediaTypes.json
            )
            #expect(asked.status == 202)
            let path = try #require(asked.headers[.location])
            let half = try await job(visitor, path) { $0["progress"]?.double == 0.25 }
            #expect(half["state"]?.text == "running" && half["subject"]?.text == "waf/app:shop")
            let page = try await visitor.ask(.get, path.replacing("/api/v1", with: ""))
            #expect(page.text.contains("<progress") && page.text.contains("http-equiv=\"refresh\""))
            gate.open()
            let done = try await job(visitor, path, until: isOver)
            #expect(done["state"]?.text == "done" && done["progress"]?.double == 1)
            #expect(done["exceptions"]?["wanted"]?.integer == 38)
            let result = try await visitor.ask(.get, path.replacing("/api/v1", with: ""))
            #expect(result.text.contains("1 other transaction would pass as well"))
            #expect(!result.text.contains("http-equiv=\"refresh\""))
        }
    }

    @Test func `a job is its owner's and the administrators'`() async throws {
        let gate = SampleGate()
        try await withWorld(gate) { world in
            let owner = try await Visitor.signedIn(.responder, world)
            let asked = try await owner.ask(.post, "/api/v1/exceptions/suggestions", body: "{}", type: MediaTypes.json)
            let path = try #require(asked.headers[.location])
            for role in [Role.viewer, .triager, .auditor] {
                let other = try await Visitor.signedIn(role, world)
                for method in [HTTPRequest.Method.get, .delete] {
                    #expect(try await other.ask(method, path).status == 404)
                }
                #expect(try await other.ask(.get, "/api/v1/jobs").text == #"{"items":[],"next":null}"#)
                #expect(try await other.ask(.get, path.replacing("/api/v1", with: "")).status == 404)
            }
            let admin = try await Visitor.signedIn(.admin, world)
            #expect(try await admin.ask(.get, path).status == 200)
            #expect(try await admin.ask(.delete, path).status == 204)
            #expect(try await job(owner, path, until: isOver)["state"]?.text == "cancelled")
            #expect(try await owner.ask(.delete, path).status == 204)
            #expect(try await owner.ask(.get, path).status == 404)
        }
    }

    @Test func `too many jobs are refused`() async throws {
        let gate = SampleGate()
        try await withWorld(gate) { world in
            let visitor = try await Visitor.signedIn(.responder, world)
            var statuses: [Int] = []
            for _ in 0..<6 {
                let answer = try await visitor.ask(
                    .post,
                    "/api/v1/exceptions/suggestions",
                    body: "{}",
                    type: MediaTypes.json
                )
                statuses.append(answer.status)
            }
            #expect(statuses == [202, 202, 202, 202, 429, 429])
            let list = try await visitor.ask(.get, "/api/v1/jobs").text
            #expect(list.split(separator: "\"state\":\"waiting\"").count == 3)
        }
    }

    @Test func `what fails says why`() async throws {
        try await withWorld { world in
            let visitor = try await Visitor.signedIn(.admin, world)
            let asked = try await visitor.ask(
                .post,
                "/api/v1/rehearsal/comparisons",
                body: #"{"rules":"nonsense"}"#,
                type: MediaTypes.json
            )
            let failed = try await job(visitor, try #require(asked.headers[.location]), until: isOver)
            #expect(failed["state"]?.text == "failed")
            #expect(failed["failure"]?.text?.contains("expected a directive") == true)
            for body in [#"{}"#, #"{"rules":"SecRuleEngine On","scope":"containers"}"#] {
                let refused = try await visitor.ask(
                    .post,
                    "/api/v1/rehearsal/comparisons",
                    body: body,
                    type: MediaTypes.json
                )
                #expect(refused.status == 422)
            }
        }
    }

    @Test func `files of the server are named on its machine only`() async throws {
        try await withWorld { world in
            var visitor = try await Visitor.signedIn(.admin, world)
            let body = #"{"files":["/etc/shadow"]}"#
            func ask() async throws -> Int {
                try await visitor.ask(.post, "/api/v1/rehearsal/comparisons", body: body, type: MediaTypes.json).status
            }
            #expect(try await ask() == 403)
            visitor.headers = HTTPFields()
            visitor.peer = .local(name: "root")
            #expect(try await ask() == 202)
        }
    }

    @Test func `a proposal is taken as one decision that can be undone`() async throws {
        try await withWorld { world in
            let visitor = try await Visitor.signedIn(.responder, world)
            let asked = try await visitor.ask(.post, "/api/v1/exceptions/defaults", body: "{}", type: MediaTypes.json)
            let path = try #require(asked.headers[.location])
            _ = try await job(visitor, path, until: isOver)
            let without = try await visitor.ask(.post, path + "/take", body: "{}", type: MediaTypes.json)
            #expect(without.status == 422 && world.ledger.document.exceptions.isEmpty)
            let beyond = try await visitor.ask(
                .post,
                path + "/take",
                body: #"{"reason":"x","choice":7}"#,
                type: MediaTypes.json
            )
            #expect(beyond.status == 422)
            let taken = try await visitor.ask(
                .post,
                path + "/take",
                body: #"{"reason":"usual here","owner":"ann","expires":"30d"}"#,
                type: MediaTypes.json
            )
            #expect(taken.status == 201)
            let exceptions = world.ledger.document.exceptions.values
            #expect(
                Set(exceptions.map { "\($0.rules) \($0.place) \($0.contentType?.description ?? "any")" }) == [
                    "920420 app:shop text/csv", "911100 app:shop/route:PUT /* any",
                ]
            )
            #expect(exceptions.allSatisfy { $0.owner == "ann" && $0.by.reason == "usual here" && $0.expires != nil })
            #expect(world.ledger.document.revision == 1)
            let decision = try #require(try JSONReader.read(Array(taken.text.utf8))["decision"]?.text)
            let undone = try await visitor.ask(
                .post,
                "/api/v1/decisions/\(decision)/undo",
                body: #"{"reason":"wrong"}"#,
                type: MediaTypes.json
            )
            #expect(undone.status == 201 && world.ledger.document.exceptions.isEmpty)
        }
    }

    @Test func `what is over is forgotten after a while`() async throws {
        let time = Atomic<Int64>(1_000_000_000)
        let desk = JobDesk(JobDesk.Settings(), clock: { time.load(ordering: .relaxed) })
        let principal = Principal.local(name: "root")
        let job = try desk.start(.defaults, "waf", by: principal) { _ in .defaults(DefaultsProposal([])) }
        while desk.job(job.id, for: principal)?.state != .done { try await Task.sleep(for: .milliseconds(2)) }
        time.store(3_599_000_000_000, ordering: .relaxed)
        #expect(desk.jobs(for: principal).count == 1)
        time.store(3_700_000_000_000, ordering: .relaxed)
        #expect(desk.jobs(for: principal).isEmpty && desk.job(job.id, for: principal) == nil)
    }

    @Test(
        arguments: [
            ("17953284287727.53028", 1_795_328_428_770_000_000), ("1700000000000.1", 1_700_000_000_000_000_000),
            ("gone.1", nil), ("123456789.5", nil), ("12345678901234567890123", nil), ("", nil), (".", nil),
        ] as [(String, Int64?)]
    )
    func `a transaction's name tells its time`(name: String, time: Int64?) {
        #expect(TransactionName.time(of: name) == time)
    }

    // MARK: Explanations and looks

    @Test func `each look into a transaction is evidence before it is shown`() async throws {
        try await withWorld { world in
            let triager = try await Visitor.signedIn(.triager, world)
            func looks() -> [AccessAct] {
                world.acts.filter { $0.kind == .payloadViewed }
            }
            let answer = try await triager.ask(.get, "/transactions/1700000000000.5")
            #expect(answer.status == 200 && answer.text.contains("<mark>union select</mark>"))
            #expect(try await triager.ask(.get, "/api/v1/transactions/1700000000000.5").status == 200)
            #expect(looks().count == 2)
            #expect(looks().allSatisfy { $0.actor == "triager" && $0.details["what"] == "1700000000000.5" })
            #expect(try await triager.ask(.get, "/api/v1/transactions/gone.1").status == 404)
            #expect(looks().count == 2)
        }
    }

    @Test func `a look at what rules say is evidence, once in ten minutes for a person and a transaction`() async throws
    {
        let time = Atomic<Int64>(Clock.now())
        let world = try await ConsoleWorld(now: { time.load(ordering: .relaxed) })
        try await world.addUsers()
        let viewer = try await Visitor.signedIn(.viewer, world)
        let triager = try await Visitor.signedIn(.triager, world)
        func look(_ visitor: Visitor, _ name: String) async throws -> [String] {
            let answer = try await visitor.ask(.get, "/api/v1/explanations/\(name)")
            #expect(answer.status == 200, "\(answer.text)")
            return world.acts.filter { $0.kind == .payloadViewed }
                .map { "\($0.actor ?? "") \($0.details["what"] ?? "") \($0.details["view"] ?? "")" }
        }
        let first = "viewer 1700000000000.7 explanation"
        #expect(try await look(viewer, "1700000000000.7") == [first])
        #expect(try await look(viewer, "1700000000000.7") == [first])
        #expect(try await look(triager, "1700000000000.7").count == 2)
        #expect(try await look(viewer, "1700000000000.8").count == 3)
        time.add(601_000_000_000, ordering: .relaxed)
        #expect(try await look(viewer, "1700000000000.7").count == 4)
        #expect(try await viewer.ask(.get, "/api/v1/explanations/1700000000000.7").status == 200)
        // An identifier that nobody knows, and one that tells no time, are not looked for in all that is kept.
        for name in ["gone.1", "0190163d-8694-739b-aea5-966c26f8ad91", "deadbeef"] {
            #expect(try await viewer.ask(.get, "/api/v1/explanations/\(name)").status == 404, "\(name)")
        }
        #expect(world.acts.count { $0.kind == .payloadViewed } == 4)
        await world.close()
    }

    private static func isAnswered(_ desk: ExplanationDesk, _ name: String, _ gate: SampleGate) async throws -> Bool {
        do {
            return try await desk.run(for: Principal.local(name: name)) { gate.wait() }
        } catch let problem as Problem where problem.code == "too_many_explanations" {
            #expect(problem.status == .tooManyRequests && problem.retryAfterSeconds != nil)
            return false
        }
    }

    @Test func `too many explanations at once are refused, and the document says so`() async throws {
        /// How many are answered and how many refused, where some people ask for as many each at once.
        func ask(people: Int, each: Int, refused wanted: Int) async throws -> (answered: Int, refused: Int) {
            let desk = ExplanationDesk()
            let gate = SampleGate()
            return try await withThrowingTaskGroup(of: Bool.self) { group in
                for person in 0..<(people * each) {
                    group.addTask { try await Self.isAnswered(desk, "person \(person % people)", gate) }
                }
                // Those that are refused are answered at once, all others when the gate is open.
                var (answered, refused) = (0, 0)
                for _ in 0..<wanted { refused += try await group.next() == false ? 1 : 0 }
                gate.open()
                for try await answer in group { if answer { answered += 1 } else { refused += 1 } }
                // There is room again.
                #expect(try await Self.isAnswered(desk, "person 0", gate))
                return (answered, refused)
            }
        }
        #expect(try await ask(people: 3, each: 5, refused: 3) == (12, 3))
        #expect(try await ask(people: 5, each: 4, refused: 4) == (16, 4))
        let operations = JobRoutes.all.compactMap { route -> (String, [Int])? in
            guard case .operation(let operation) = route.kind else { return nil }
            return (operation.id, operation.answers.map(\.status))
        }
        for id in ["explain", "showTransaction", "suggestExceptions", "compareRules"] {
            #expect(operations.first { $0.0 == id }?.1.contains(429) == true, "\(id)")
        }
    }

    @Test func `a detection tells what the rule saw, and says when it is not kept`() async throws {
        try await withWorld { world in
            let now = Clock.now()
            for (number, name) in ["1700000000000.7", "gone.1"].enumerated() {
                var exchange = SampleExchange(time: now, client: "192.0.2.\(number + 1)", transaction: name)
                exchange.path = "/search"
                exchange.disposition = 15
                exchange.rules = [
                    .init(
                        id: 942_100,
                        message: "SQL \(number)",
                        target: "ARGS:q",
                        severity: 4,
                        kind: "sqli",
                        technique: "T1190",
                        evidence: "x"
                    )
                ]
                try await world.record([exchange])
            }
            let visitor = try await Visitor.signedIn(.viewer, world)
            let kept = try await visitor.ask(.get, "/api/v1/explanations/1700000000000.7")
            #expect(kept.status == 200, "\(kept.text)")
            let json = try JSONReader.read(Array(kept.text.utf8))
            #expect(json["kept"]?.bool == true && json["detection"]?["rule"]?.text == "942100")
            let pieces = json["matches"]?.elements?.first?["value"]?.elements ?? []
            #expect(pieces.filter { $0["matched"]?.bool == true }.compactMap { $0["text"]?.text } == ["union select"])
            let id = try #require(json["detection"]?["id"]?.text)
            let page = try await visitor.ask(.get, "/detections/\(id)")
            #expect(page.text.contains("<mark>union select</mark>") && page.text.contains("t:urlDecodeUni"))
            let gone = try await visitor.ask(.get, "/api/v1/explanations/gone.1")
            #expect(gone.status == 200, "\(gone.text)")
            #expect(try JSONReader.read(Array(gone.text.utf8))["kept"]?.bool == false)
            #expect(try await visitor.ask(.get, "/api/v1/explanations/nothing%20such").status == 404)
        }
    }
}
