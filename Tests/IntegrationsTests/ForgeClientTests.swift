// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import NIOHTTP1
import Synchronization
import Testing

@testable import Integrations

/// Requests to systems of tickets: where they go, and what is made of answers that are no success.
@Suite(.timeLimit(.minutes(20))) struct ForgeClientTests {
    private func get(_ client: ForgeClient) async throws -> ForgeAnswer {
        try await client.send(ForgeRequest(.GET, ["x"]))
    }

    @Test func `a request that may be repeated is, after the time that the answer names`() async throws {
        let folder = try TestFolder()
        let pauses = Inbox<Duration>()
        let server = try await ForgeServer.start { number, _ in
            switch number {
            case 0: ForgeReply(status: 429, headers: [("retry-after", "7")])
            case 1: ForgeReply(status: 502)
            default: ForgeReply("{\"ok\":true}")
            }
        }
        let settings = try server.settings(.gitlab, folder, project: "4")
        let client = try ForgeServer.client(settings, pauses: pauses)
        #expect(try await get(client).json()["ok"]?.bool == true)
        #expect(pauses.items.first == .seconds(7) && pauses.items.count == 2)
        client.close()
        await server.stop()
    }

    @Test func `what makes something is not sent twice where it may have arrived`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { _, _ in ForgeReply(status: 502) }
        let settings = try server.settings(.gitlab, folder, project: "4")
        let client = try ForgeServer.client(settings)
        await #expect(throws: TicketError.self) { try await client.send(ForgeRequest(.POST, ["x"], body: [])) }
        #expect(server.calls.count == 1)
        await #expect(throws: TicketError.self) { try await get(client) }
        #expect(server.calls.count == 1 + settings.attempts)
        client.close()
        await server.stop()
    }

    @Test func `a limit that lasts long is told and not waited for`() async throws {
        let folder = try TestFolder()
        let reset = Int(Date().timeIntervalSince1970) + 3000
        let server = try await ForgeServer.start { _, _ in
            let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "\(reset)")]
            return ForgeReply("{\"message\":\"API rate limit exceeded\"}", status: 403, headers: headers)
        }
        let settings = try server.settings(.github, folder, project: "a/b")
        let client = try ForgeServer.client(settings)
        let error = await #expect(throws: TicketError.self) { try await get(client) }
        #expect(error?.code == .limited && error?.message.contains("try again in") == true)
        #expect(server.calls.count == 1)
        client.close()
        await server.stop()
    }

    @Test func `redirects are not followed, and answers that are too long or no JSON are refused`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { number, _ in
            switch number {
            case 0: ForgeReply(status: 302, headers: [("location", "http://169.254.169.254/")])
            case 1: ForgeReply("<html>")
            default: ForgeReply(String(repeating: " ", count: 17 << 20))
            }
        }
        let settings = try server.settings(.gitlab, folder, project: "4") { $0.attempts = 1 }
        let client = try ForgeServer.client(settings)
        for words in ["redirects", "no JSON", "MiB"] {
            let error = await #expect(throws: TicketError.self) { try await get(client).json() }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
        client.close()
        await server.stop()
    }

    @Test func `a refusal is told in the system's words, without the token and on one line`() async throws {
        let folder = try TestFolder()
        let server = try await ForgeServer.start { number, call in
            number == 0
                ? ForgeReply("{\"message\":\"no \(ForgeServer.token)\\u001b[31m\"}", status: 401)
                : ForgeReply("{\"errorMessages\":[],\"errors\":{\"summary\":\"is required\"}}", status: 400)
        }
        let settings = try server.settings(.jira, folder, project: "SEC")
        let client = try ForgeServer.client(settings)
        let refused = await #expect(throws: TicketError.self) { try await get(client) }
        #expect(refused?.code == .refused && refused?.message.contains("no ****") == true)
        #expect(refused?.message.unicodeScalars.contains { $0.value < 0x20 } == false)
        let bad = await #expect(throws: TicketError.self) { try await get(client) }
        #expect(bad?.message.contains("summary: is required") == true)
        client.close()
        await server.stop()
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1",
    ])
    func `private addresses are refused unless they are allowed`(text: String) async throws {
        let folder = try TestFolder()
        let address = try #require(ResolvedAddress.literal(text))
        #expect(address.isPrivate)
        var settings = try TicketSettings(
            name: "forge",
            kind: .gitlab,
            address: "https://forge.invalid",
            project: "4",
            secret: .file(try folder.write("token", to: "token"))
        )
        let client = try ForgeClient(settings, version: "1", resolve: { _ in [address] }, pause: { _ in })
        let error = await #expect(throws: TicketError.self) { try await get(client) }
        #expect(error?.code == .refused && error?.message.contains("allow_private") == true)
        client.close()
        // Where secrets of clouds are, nothing is sent, whatever is allowed.
        settings.allowsPrivate = true
        let metadata = try #require(ResolvedAddress.literal("169.254.169.254"))
        let other = try ForgeClient(settings, version: "1", resolve: { _ in [address, metadata] }, pause: { _ in })
        let refused = await #expect(throws: TicketError.self) { try await get(other) }
        #expect(refused?.code == .refused)
        other.close()
    }

    @Test func `a token is not sent without TLS, and does not show itself`() throws {
        let folder = try TestFolder()
        let file = try folder.write(ForgeServer.token + "\n", to: "token")
        let settings = try TicketSettings(
            name: "forge",
            kind: .gitlab,
            address: "http://gitlab.example.com",
            project: "4",
            secret: .file(file)
        )
        #expect(throws: TicketError.self) { try ForgeClient(settings, version: "1") }
        let token = try TicketToken.read(.file(file))
        #expect("\(token) \(String(reflecting: token)) \(Array(Mirror(reflecting: token).children))" == "**** **** []")
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!dumped.contains("glpat"))
        for bad in ["", " \n", "two words", "a\nb", "\u{E9}"] {
            #expect(throws: TicketError.self) { try TicketToken(bad) }
        }
    }

    @Test(arguments: [
        ("https://gitlab.example.com", "../x", TicketSettings.Kind.gitlab), ("https://api.github.com", "only", .github),
        ("https://jira.example.com", "sec", .jira), ("https://u:p@gitlab.example.com", "4", .gitlab),
        ("https://gitlab.example.com?x=1", "4", .gitlab), ("ftp://gitlab.example.com", "4", .gitlab),
        ("https://169.254.169.254", "4", .gitlab),
    ])
    func `settings that cannot be right are refused`(address: String, project: String, kind: TicketSettings.Kind) {
        #expect(throws: TicketError.self) {
            try TicketSettings(name: "f", kind: kind, address: address, project: project, secret: .environment("T"))
        }
    }

    // MARK: Waiting

    @Test func `times to wait are read in the forms in which they are sent`() {
        func wait(_ headers: [String: String]) -> Int? { RetryPlan.wait(now: 784_111_700) { headers[$0] } }
        #expect(wait([:]) == nil)
        #expect(wait(["retry-after": "120"]) == 120)
        #expect(wait(["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"]) == 77)
        #expect(wait(["retry-after": "Sun, 06 Nov 1990 08:49:37 GMT"]) == 0)
        #expect(wait(["retry-after": "999999999"]) == 86_400)
        #expect(wait(["retry-after": "soon"]) == nil)
        #expect(wait(["x-ratelimit-remaining": "0", "x-ratelimit-reset": "784111760"]) == 60)
        #expect(wait(["ratelimit-remaining": "0", "ratelimit-reset": "784111730"]) == 30)
        #expect(wait(["x-ratelimit-remaining": "3", "x-ratelimit-reset": "784111760"]) == nil)
    }

    @Test func `attempts end, and pauses grow`() {
        let plan = RetryPlan(attempts: 4)
        func pause(_ outcome: RetryPlan.Outcome, _ attempt: Int, repeatable: Bool = true) -> Duration? {
            plan.pause(after: outcome, isRepeatable: repeatable, attempt: attempt, chance: 1)
        }
        #expect((1...4).map { pause(.unconnected, $0) } == [.seconds(1), .seconds(2), .seconds(4), nil])
        #expect(pause(.broken, 1, repeatable: false) == nil)
        #expect(pause(.unconnected, 1, repeatable: false) == .seconds(1))
        #expect(pause(.answered(status: 429, wait: 5), 1, repeatable: false) == .seconds(5))
        #expect(pause(.answered(status: 429, wait: 500), 1) == nil)
        #expect(pause(.answered(status: 404, wait: nil), 1) == nil)
        #expect(pause(.answered(status: 503, wait: nil), 1, repeatable: false) == nil)
        #expect(pause(.answered(status: 403, wait: nil), 1) == nil)
    }
}
