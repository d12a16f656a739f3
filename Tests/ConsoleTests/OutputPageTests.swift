// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import HTTPTypes
import Testing

@testable import Console

/// What the console shows and does about outputs and usage.
@Suite struct OutputPageTests {
    private func withVisitor(_ role: Role, _ body: (Visitor) async throws -> Void) async throws {
        let world = try await ConsoleWorld()
        try await world.addUsers()
        do {
            try await body(try await Visitor.signedIn(role, world))
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    @Test func `the page shows outputs and dead letters, and hostile texts as texts`() async throws {
        try await withVisitor(.admin) { visitor in
            let (status, text, _) = try await visitor.ask(.get, "/outputs")
            #expect(status == 200 && text.contains("siem.example") && text.contains("does not run"))
            #expect(text.contains("lost events") && text.contains("Drop all"))
            #expect(!text.contains("<script>alert") && !text.contains("<img src=x"))
        }
        try await withVisitor(.viewer) { visitor in
            let (status, text, _) = try await visitor.ask(.get, "/outputs")
            #expect(status == 200 && !text.contains("Drop all") && !text.contains("Send again"))
        }
    }

    @Test func `dead letters come in pages`() async throws {
        try await withVisitor(.viewer) { visitor in
            let first = try await visitor.ask(.get, "/api/v1/outputs/dead-letters?limit=2")
            let json = try JSONReader.read(Array(first.text.utf8))
            #expect(json["items"]?.elements?.count == 2)
            let cursor = try #require(json["next"]?.text)
            let second = try await visitor.ask(.get, "/api/v1/outputs/dead-letters?limit=2&cursor=\(cursor)")
            let rest = try JSONReader.read(Array(second.text.utf8))
            #expect(rest["items"]?.elements?.count == 1 && rest["next"]?.isNull == true)
            let wrong = try await visitor.ask(.get, "/api/v1/outputs/dead-letters?output=x&cursor=\(cursor)")
            #expect(wrong.status == 400)
        }
    }

    @Test(arguments: [
        ("{}", 422), (#"{"all":false}"#, 422), (#"{"id":"x","all":true}"#, 422), (#"{"all":"yes"}"#, 422),
        (#"{"id":"none"}"#, 404), (#"{"output":"none"}"#, 200), (#"{"all":true}"#, 200),
    ])
    func `one choice of messages is asked for`(body: String, status: Int) async throws {
        try await withVisitor(.admin) { visitor in
            for verb in ["retry", "drop"] {
                let answer = try await visitor.ask(
                    .post,
                    "/api/v1/outputs/dead-letters/\(verb)",
                    body: body,
                    type: MediaTypes.json
                )
                #expect(answer.status == status, "\(verb): \(answer.text)")
            }
        }
    }

    @Test func `an output is tested by its name`() async throws {
        try await withVisitor(.admin) { visitor in
            let fine = try await visitor.ask(.post, "/api/v1/outputs/siem/test", type: MediaTypes.json)
            #expect(fine.status == 200 && fine.text.contains("taken"))
            let none = try await visitor.ask(.post, "/api/v1/outputs/none/test", type: MediaTypes.json)
            #expect(none.status == 404)
        }
    }

    @Test func `usage is shown, previewed, enabled and disabled`() async throws {
        try await withVisitor(.admin) { visitor in
            let page = try await visitor.ask(.get, "/usage")
            #expect(page.status == 200 && page.text.contains("requests seen") && page.text.contains("are not sent"))
            let preview = try await visitor.ask(.get, "/api/v1/usage/preview")
            #expect(preview.text == #"{"schema":1,"counters":{"web_firewall":{"requests":1024}}}"#)
            let enabled = try await visitor.ask(.post, "/api/v1/usage/enable", type: MediaTypes.json)
            #expect(enabled.status == 200 && enabled.text.contains(#""enabled":true"#))
            let form = try await visitor.ask(.post, "/usage/disable", type: MediaTypes.form)
            #expect(form.status == 303)
            let shown = try await visitor.ask(.get, "/api/v1/usage?days=30")
            #expect(shown.text.contains(#""enabled":false"#) && shown.text.contains(#""count":3000"#))
            #expect(try await visitor.ask(.get, "/api/v1/usage?days=0").status == 422)
        }
    }
}
