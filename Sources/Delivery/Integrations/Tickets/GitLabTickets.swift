// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import NIOHTTP1

/// Issues and merge requests of GitLab, by version 4 of its REST API (docs.gitlab.com/ee/api: issues, notes, discussions).
final class GitLabTickets: TicketSystem {
    let name: String
    private let settings: TicketSettings
    private let client: ForgeClient

    /// Issues that are asked for at once; they stand in the address.
    private static let atOnce = 50

    convenience init(_ settings: TicketSettings, version: String) throws(TicketError) {
        self.init(settings, try ForgeClient(settings, version: version))
    }

    init(_ settings: TicketSettings, _ client: ForgeClient) {
        name = settings.name
        self.settings = settings
        self.client = client
    }

    /// The most characters of a note; a description may have a few more.
    private static let longestText = 1_000_000

    func close() { client.close() }

    private var project: [String] { ["api", "v4", "projects", settings.project] }

    func create(_ draft: TicketDraft) async throws(TicketError) -> RemoteTicket {
        var json = JSONWriter()
        json.beginObject()
        json.key("title")
        json.string(TicketText.line(draft.title, limit: TicketDraft.longestTitle))
        json.key("description")
        json.string(MarkdownText.write(draft.text, limit: Self.longestText))
        if !settings.labels.isEmpty {
            json.key("labels")
            json.string(settings.labels.joined(separator: ","))
        }
        json.key("confidential")
        json.bool(settings.isConfidential)
        json.endObject()
        let answer = try await client.send(ForgeRequest(.POST, project + ["issues"], body: json.bytes))
        return try Self.ticket(try answer.json())
    }

    func states(of keys: [String]) async throws(TicketError) -> [String: RemoteTicket] {
        var found: [String: RemoteTicket] = [:]
        for start in stride(from: 0, to: keys.count, by: Self.atOnce) {
            let some = keys[start..<min(start + Self.atOnce, keys.count)]
            let query = some.map { ("iids[]", $0) } + [("scope", "all")]
            for element in try await client.list(project + ["issues"], query: query) {
                let ticket = try Self.ticket(element)
                found[ticket.key] = ticket
            }
        }
        return found
    }

    func comment(_ text: TicketText, on key: String) async throws(TicketError) {
        let body = Self.object("body", MarkdownText.write(text, limit: Self.longestText))
        _ = try await client.send(ForgeRequest(.POST, project + ["issues", key, "notes"], body: body))
    }

    func setOpen(_ isOpen: Bool, _ key: String) async throws(TicketError) {
        let body = Self.object("state_event", isOpen ? "reopen" : "close")
        _ = try await client.send(ForgeRequest(.PUT, project + ["issues", key], body: body))
    }

    func mergeRequest(ofBranch branch: String) async throws(TicketError) -> String? {
        let query = [("source_branch", branch), ("state", "opened")]
        let found = try await client.list(project + ["merge_requests"], query: query, most: 100)
        return try found.first.map { element throws(TicketError) in
            guard let number = element["iid"]?.integer else { throw Self.missing("iid") }
            return "\(number)"
        }
    }

    func upsertComment(
        _ text: TicketText,
        marker: CommentMarker,
        onMergeRequest number: String
    ) async throws(TicketError) -> CommentOutcome {
        let path = project + ["merge_requests", number]
        let body = MarkdownText.write(text, after: marker, limit: Self.longestText)
        let client = client
        let end = settings.opensThread ? "discussions" : "notes"
        let own = OwnComment(marker: marker, account: try await OwnComment.account(client, ["api", "v4", "user"]))
        let notes = try await client.list(path + ["notes"], query: [("sort", "asc"), ("order_by", "created_at")])
        return try await own.upsert(body, among: notes) { note throws(TicketError) in
            let change = ForgeRequest(.PUT, path + ["notes", "\(note)"], body: Self.object("body", body))
            _ = try await client.send(change)
        } make: { () throws(TicketError) in
            _ = try await client.send(ForgeRequest(.POST, path + [end], body: Self.object("body", body)))
        }
    }

    // MARK: JSON

    static func object(_ name: String, _ value: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key(name)
        json.string(value)
        json.endObject()
        return json.bytes
    }

    private static func missing(_ name: String) -> TicketError {
        TicketError(.answer, "an answer of GitLab has no \(name)")
    }

    private static func ticket(_ json: JSONValue) throws(TicketError) -> RemoteTicket {
        guard let number = json["iid"]?.integer else { throw missing("iid") }
        guard let state = json["state"]?.text else { throw missing("state") }
        return RemoteTicket(
            key: "\(number)",
            url: json["web_url"]?.text ?? "",
            isOpen: state == "opened",
            status: state,
            version: json["updated_at"]?.text ?? ""
        )
    }
}
