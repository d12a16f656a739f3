// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import NIOHTTP1

/// Issues and pull requests of GitHub, by its REST API of 2022-11-28 (docs.github.com/rest: issues, comments, pulls).
final class GitHubTickets: TicketSystem {
    let name: String
    private let settings: TicketSettings
    private let client: ForgeClient

    convenience init(_ settings: TicketSettings, version: String) throws(TicketError) {
        self.init(settings, try ForgeClient(settings, version: version, headers: Self.headers))
    }

    init(_ settings: TicketSettings, _ client: ForgeClient) {
        name = settings.name
        self.settings = settings
        self.client = client
    }

    static let headers = [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]

    /// The most characters of an issue or a comment.
    private static let longestText = 65_536

    func close() { client.close() }

    private var repository: [String] {
        ["repos"] + settings.project.split(separator: "/").map { String($0) }
    }

    func create(_ draft: TicketDraft) async throws(TicketError) -> RemoteTicket {
        var json = JSONWriter()
        json.beginObject()
        json.key("title")
        json.string(TicketText.line(draft.title, limit: TicketDraft.longestTitle))
        json.key("body")
        json.string(MarkdownText.write(draft.text, limit: Self.longestText))
        json.key("labels")
        json.beginArray()
        for label in settings.labels { json.string(label) }
        json.endArray()
        json.endObject()
        let answer = try await client.send(ForgeRequest(.POST, repository + ["issues"], body: json.bytes))
        return try Self.ticket(try answer.json())
    }

    /// One request for each: GitHub's lists cannot be asked for certain numbers.
    func states(of keys: [String]) async throws(TicketError) -> [String: RemoteTicket] {
        var found: [String: RemoteTicket] = [:]
        for key in keys {
            do throws(TicketError) {
                let answer = try await client.send(ForgeRequest(.GET, repository + ["issues", key]))
                let ticket = try Self.ticket(try answer.json())
                found[ticket.key] = ticket
            } catch  where error.code == .notFound {
                continue
            }
        }
        return found
    }

    func comment(_ text: TicketText, on key: String) async throws(TicketError) {
        let body = GitLabTickets.object("body", MarkdownText.write(text, limit: Self.longestText))
        _ = try await client.send(ForgeRequest(.POST, repository + ["issues", key, "comments"], body: body))
    }

    func setOpen(_ isOpen: Bool, _ key: String) async throws(TicketError) {
        var json = JSONWriter()
        json.beginObject()
        json.key("state")
        json.string(isOpen ? "open" : "closed")
        json.key("state_reason")
        json.string(isOpen ? "reopened" : "completed")
        json.endObject()
        _ = try await client.send(ForgeRequest(.PATCH, repository + ["issues", key], body: json.bytes))
    }

    func mergeRequest(ofBranch branch: String) async throws(TicketError) -> String? {
        let owner = settings.project.prefix { $0 != "/" }
        let query = [("head", "\(owner):\(branch)"), ("state", "open")]
        let found = try await client.list(repository + ["pulls"], query: query, most: 100)
        return try found.first.map { element throws(TicketError) in
            guard let number = element["number"]?.integer else { throw Self.missing("number") }
            return "\(number)"
        }
    }

    func upsertComment(
        _ text: TicketText,
        marker: CommentMarker,
        onMergeRequest number: String
    ) async throws(TicketError) -> CommentOutcome {
        let path = repository + ["issues", number, "comments"]
        let body = MarkdownText.write(text, after: marker, limit: Self.longestText)
        let client = client
        let repository = repository
        let own = OwnComment(marker: marker, account: try await OwnComment.account(client, ["user"]))
        return try await own.upsert(body, among: try await client.list(path)) { comment throws(TicketError) in
            let place = repository + ["issues", "comments", "\(comment)"]
            _ = try await client.send(ForgeRequest(.PATCH, place, body: GitLabTickets.object("body", body)))
        } make: { () throws(TicketError) in
            _ = try await client.send(ForgeRequest(.POST, path, body: GitLabTickets.object("body", body)))
        }
    }

    private static func missing(_ name: String) -> TicketError {
        TicketError(.answer, "an answer of GitHub has no \(name)")
    }

    private static func ticket(_ json: JSONValue) throws(TicketError) -> RemoteTicket {
        guard let number = json["number"]?.integer else { throw missing("number") }
        guard let state = json["state"]?.text else { throw missing("state") }
        let reason = json["state_reason"]?.text.map { " (\($0))" } ?? ""
        return RemoteTicket(
            key: "\(number)",
            url: json["html_url"]?.text ?? "",
            isOpen: state == "open",
            status: state + reason,
            version: json["updated_at"]?.text ?? ""
        )
    }
}
