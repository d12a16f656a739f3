// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import Testing

@testable import Integrations

/// The clients of GitLab, GitHub and Jira, against answers of the shape that their documentation shows. None of this was run
/// against the services themselves.
@Suite(.timeLimit(.minutes(20))) struct TicketSystemTests {
    private static let draft = TicketDraft(
        title: "[high] a query\nis put together",
        text: TicketText([.paragraph("see @admin and #1"), .facts([TicketText.Fact("Rule", "sqli")])])
    )
    private static let text = TicketText([.paragraph("nothing is left to do")])

    // MARK: GitLab

    private static func issue(
        _ number: Int,
        state: String = "opened",
        at time: String = "2026-11-20T10:00:00.000Z"
    ) -> String {
        """
        {"id":\(number + 8000),"iid":\(number),"project_id":4,"title":"t","state":"\(state)","updated_at":"\(time)",
        "labels":["security"],"web_url":"https://gitlab.example.com/shop/cart/-/issues/\(number)","confidential":true}
        """
    }

    @Test func `GitLab makes an issue that only members see`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { _, _ in ForgeReply(Self.issue(14), status: 201) }
        let settings = try server.settings(.gitlab, folder, project: "shop/cart")
        let system = GitLabTickets(settings, try ForgeServer.client(settings))
        let ticket = try await system.create(Self.draft)
        #expect(ticket.key == "14" && ticket.isOpen && ticket.url.hasSuffix("/issues/14"))
        let call = try #require(server.calls.first)
        #expect(call.line == "POST /api/v4/projects/shop%2Fcart/issues")
        #expect(call.headers["private-token"] == ForgeServer.token && call.headers["user-agent"] == "Redoubt/1.2.3")
        #expect(call.json?["title"]?.text == "[high] a query is put together")
        #expect(call.json?["confidential"]?.bool == true && call.json?["labels"]?.text == "security")
        #expect(call.json?["description"]?.text?.contains("@admin") == false)
        system.close()
        await server.stop()
    }

    @Test func `GitLab is asked for many issues in few requests, page by page`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { _, call in
            let numbers = call.target.components(separatedBy: "iids%5B%5D=").dropFirst().compactMap {
                Int($0.prefix { $0.isNumber })
            }
            return ForgeReply(
                "[" + numbers.filter { $0 != 7 }.map { Self.issue($0, state: "closed") }.joined(separator: ",") + "]"
            )
        }
        let settings = try server.settings(.gitlab, folder, project: "4")
        let system = GitLabTickets(settings, try ForgeServer.client(settings))
        let found = try await system.states(of: (1...120).map { "\($0)" })
        #expect(found.count == 119 && found["7"] == nil && found["120"]?.isOpen == false)
        #expect(server.calls.count == 3)
        #expect(server.lines[0].contains("per_page=100&page=1"))
        try await system.setOpen(true, "9")
        try await system.comment(Self.text, on: "9")
        #expect(
            server.lines.suffix(2) == ["PUT /api/v4/projects/4/issues/9", "POST /api/v4/projects/4/issues/9/notes"]
        )
        #expect(server.calls[3].json?["state_event"]?.text == "reopen")
        system.close()
        await server.stop()
    }

    @Test(arguments: [false, true])
    func `a comment on a merge request is made once, and changed after that`(opensThread: Bool) async throws {
        let folder = try TestFolder()
        let marker = CommentMarker(project: "shop --> x")
        let notes = Inbox<String>()
        let server = try await ForgeServer.start { _, call in
            let body = call.json?["body"]?.text ?? ""
            switch call.method {
            case "GET" where call.target.hasSuffix("&page=1"):
                // A full page of others' notes, so that there is another page.
                let others = (0..<100).map { "{\"id\":\($0),\"body\":\"hello\",\"system\":\($0 % 2 == 0)}" }
                return ForgeReply("[\(others.joined(separator: ","))]")
            case "GET":
                guard let last = notes.items.last else { return ForgeReply("[]") }
                var json = JSONWriter()
                json.string(last)
                return ForgeReply(
                    "[{\"id\":301,\"system\":false,\"body\":\(String(decoding: json.bytes, as: UTF8.self))}]"
                )
            default:
                notes.add(body)
                return ForgeReply("{\"id\":301}", status: call.method == "POST" ? 201 : 200)
            }
        }
        let settings = try server.settings(.gitlab, folder, project: "4") { $0.opensThread = opensThread }
        let system = GitLabTickets(settings, try ForgeServer.client(settings))
        func write(_ text: String) async throws -> CommentOutcome {
            try await system.upsertComment(TicketText([.paragraph(text)]), marker: marker, onMergeRequest: "11")
        }
        #expect(try await write("1 new") == .made)
        #expect(try await write("1 new") == .unchanged)
        #expect(try await write("2 new") == .changed)
        let writes = server.lines.filter { !$0.hasPrefix("GET") }
        #expect(
            writes == [
                "POST /api/v4/projects/4/merge_requests/11/\(opensThread ? "discussions" : "notes")",
                "PUT /api/v4/projects/4/merge_requests/11/notes/301",
            ]
        )
        #expect(notes.items.allSatisfy { $0.hasPrefix("<!-- redoubt:findings:") })
        #expect(notes.items.allSatisfy { $0.components(separatedBy: "-->").count == 2 })
        system.close()
        await server.stop()
    }

    @Test func `a note of somebody else that has our marker is left alone`() async throws {
        let folder = try TestFolder()
        let marker = CommentMarker(project: "shop")
        let server = try await ForgeServer.start { _, call in
            switch call.method {
            case "GET": ForgeReply("[{\"id\":1,\"body\":\"\(marker.text) theirs\"}]")
            case "PATCH": ForgeReply("{\"message\":\"Forbidden\"}", status: 403)
            default: ForgeReply("{\"id\":2}", status: 201)
            }
        }
        let settings = try server.settings(.github, folder, project: "shop/cart")
        let system = GitHubTickets(settings, try ForgeServer.client(settings))
        #expect(try await system.upsertComment(Self.text, marker: marker, onMergeRequest: "5") == .made)
        #expect(server.lines.last == "POST /repos/shop/cart/issues/5/comments")
        system.close()
        await server.stop()
    }

    @Test func `a comment with our marker of another account is not changed`() async throws {
        let folder = try TestFolder()
        let marker = CommentMarker(project: "shop")
        let server = try await ForgeServer.start { _, call in
            switch call.method {
            case "GET" where call.path.hasSuffix("/user"): ForgeReply("{\"id\":7}")
            case "GET":
                ForgeReply(
                    """
                    [{"id":1,"body":"\(marker.text) theirs","author":{"id":6}},
                    {"id":2,"body":"\(marker.text) ours","author":{"id":7}}]
                    """
                )
            default: ForgeReply("{\"id\":2}")
            }
        }
        let settings = try server.settings(.gitlab, folder, project: "4")
        let system = GitLabTickets(settings, try ForgeServer.client(settings))
        #expect(try await system.upsertComment(Self.text, marker: marker, onMergeRequest: "11") == .changed)
        #expect(server.lines.last == "PUT /api/v4/projects/4/merge_requests/11/notes/2")
        system.close()
        await server.stop()
    }

    @Test func `an app without an account changes only what a bot wrote`() async throws {
        let folder = try TestFolder()
        let marker = CommentMarker(project: "shop")
        let server = try await ForgeServer.start { _, call in
            switch call.method {
            case "GET" where call.path == "/user": ForgeReply("{\"message\":\"Resource not accessible\"}", status: 403)
            case "GET":
                ForgeReply(
                    """
                    [{"id":1,"body":"\(marker.text) theirs","user":{"id":6,"type":"User"}},
                    {"id":2,"body":"\(marker.text) ours","user":{"id":7,"type":"Bot"}}]
                    """
                )
            default: ForgeReply("{\"id\":2}")
            }
        }
        let settings = try server.settings(.github, folder, project: "shop/cart")
        let system = GitHubTickets(settings, try ForgeServer.client(settings))
        #expect(try await system.upsertComment(Self.text, marker: marker, onMergeRequest: "5") == .changed)
        #expect(server.lines.last == "PATCH /repos/shop/cart/issues/comments/2")
        system.close()
        await server.stop()
    }

    @Test func `the merge request of a branch is found`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { _, call in
            ForgeReply(call.path.hasSuffix("pulls") ? "[{\"number\":5}]" : "[{\"iid\":11}]")
        }
        let gitlab = try server.settings(.gitlab, folder, project: "4")
        let github = try server.settings(.github, folder, project: "shop/cart")
        let first = GitLabTickets(gitlab, try ForgeServer.client(gitlab))
        let second = GitHubTickets(github, try ForgeServer.client(github))
        #expect(try await first.mergeRequest(ofBranch: "fix/a&b") == "11")
        #expect(try await second.mergeRequest(ofBranch: "fix/a&b") == "5")
        #expect(server.lines[0].contains("source_branch=fix%2Fa%26b&state=opened"))
        #expect(server.lines[1].contains("head=shop%3Afix%2Fa%26b&state=open"))
        first.close()
        second.close()
        await server.stop()
    }

    // MARK: GitHub

    @Test func `GitHub's issues are made, closed and looked at, and those that are gone are missing`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { _, call in
            if call.path.hasSuffix("/8") { return ForgeReply("{\"message\":\"This issue was deleted\"}", status: 410) }
            return ForgeReply(
                """
                {"id":1,"number":7,"state":"closed","state_reason":"not_planned","updated_at":"2026-11-20T10:00:00Z",
                "html_url":"https://github.com/shop/cart/issues/7"}
                """,
                status: call.method == "POST" ? 201 : 200
            )
        }
        let settings = try server.settings(.github, folder, project: "shop/cart")
        let system = GitHubTickets(settings, try ForgeServer.client(settings, headers: GitHubTickets.headers))
        #expect(try await system.create(Self.draft).key == "7")
        let found = try await system.states(of: ["7", "8"])
        #expect(found["7"]?.status == "closed (not_planned)" && found["7"]?.isOpen == false && found["8"] == nil)
        try await system.setOpen(false, "7")
        let call = try #require(server.calls.first)
        #expect(call.line == "POST /repos/shop/cart/issues")
        #expect(call.headers["authorization"] == "Bearer \(ForgeServer.token)")
        #expect(call.headers["accept"] == "application/vnd.github+json")
        #expect(call.headers["x-github-api-version"] == "2022-11-28")
        #expect(server.calls.last?.json?["state_reason"]?.text == "completed")
        system.close()
        await server.stop()
    }

    // MARK: Jira

    private static func jira(_ key: String, category: String) -> String {
        """
        {"id":"10002","key":"\(key)","fields":{"updated":"2026-11-20T10:00:00.000+0000","status":{"name":"Whatever",
        "statusCategory":{"id":3,"key":"\(category)","name":"Done"}}}}
        """
    }

    private static let transitions = """
        {"expand":"transitions","transitions":[
        {"id":"11","name":"Begin","to":{"name":"Doing","statusCategory":{"id":4,"key":"indeterminate"}}},
        {"id":"31","name":"Finish","to":{"name":"Shipped","statusCategory":{"id":3,"key":"done"}}}]}
        """

    @Test(arguments: [2, 3])
    func `Jira's states are told by their category`(version: Int) async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { _, call in
            if call.path.hasSuffix("/transitions") {
                return call.method == "GET" ? ForgeReply(Self.transitions) : ForgeReply(status: 204)
            }
            if call.path.hasSuffix("/issue") { return ForgeReply("{\"id\":\"10002\",\"key\":\"SEC-12\"}", status: 201) }
            if call.path.hasSuffix("/comment") { return ForgeReply("{\"id\":\"1\"}", status: 201) }
            return ForgeReply(
                "{\"issues\":[\(Self.jira("SEC-12", category: "new")),\(Self.jira("SEC-13", category: "done"))]}"
            )
        }
        let settings = try server.settings(.jira, folder, project: "SEC") {
            $0.apiVersion = version
            $0.user = version == 3 ? "bot@example.com" : nil
        }
        let system = JiraTickets(settings, try ForgeServer.client(settings))
        let made = try await system.create(Self.draft)
        #expect(made.key == "SEC-12" && made.isOpen && made.url.hasSuffix("/browse/SEC-12"))
        let call = try #require(server.calls.first)
        let credential = try #require(call.headers["authorization"])
        #expect(credential.hasPrefix(version == 3 ? "Basic " : "Bearer "))
        let fields = call.json?["fields"]
        #expect(fields?["project"]?["key"]?.text == "SEC" && fields?["issuetype"]?["name"]?.text == "Bug")
        #expect((fields?["description"]?["type"]?.text == "doc") == (version == 3))
        let found = try await system.states(of: ["SEC-12", "SEC-13", "../admin"])
        #expect(found["SEC-13"]?.isOpen == false && found.count == 2)
        #expect(!server.lines.contains { $0.contains("admin") })
        try await system.setOpen(false, "SEC-12")
        #expect(server.calls.last?.json?["transition"]?["id"]?.text == "31")
        try await system.setOpen(true, "SEC-13")
        #expect(server.calls.last?.json?["transition"]?["id"]?.text == "11")
        await #expect(throws: TicketError.self) { try await system.mergeRequest(ofBranch: "x") }
        system.close()
        await server.stop()
    }

    @Test func `a workflow of Jira without a way to the state is told`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { _, _ in ForgeReply("{\"transitions\":[]}") }
        let settings = try server.settings(.jira, folder, project: "SEC")
        let system = JiraTickets(settings, try ForgeServer.client(settings))
        let error = await #expect(throws: TicketError.self) { try await system.setOpen(false, "SEC-1") }
        #expect(error?.code == .unsupported && error?.message.contains("no transition") == true)
        system.close()
        await server.stop()
    }
}
