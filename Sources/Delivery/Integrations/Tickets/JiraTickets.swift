// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import NIOHTTP1

/// Issues of Jira, by version 2 (Data Center and cloud) or 3 (cloud) of its REST API.
///
/// Jira's states are whatever its users make of them: what tells whether work is left is the category of a state, which is
/// `new`, `indeterminate` or `done`. To close or open an issue, a transition to a state of the right category is looked for.
final class JiraTickets: TicketSystem {
    let name: String
    private let settings: TicketSettings
    private let client: ForgeClient

    private static let atOnce = 50

    convenience init(_ settings: TicketSettings, version: String) throws(TicketError) {
        // Without it, a browser's protection against forged requests may refuse what has the name of a browser.
        let headers = [("accept", "application/json"), ("x-atlassian-token", "no-check")]
        self.init(settings, try ForgeClient(settings, version: version, headers: headers))
    }

    init(_ settings: TicketSettings, _ client: ForgeClient) {
        name = settings.name
        self.settings = settings
        self.client = client
    }

    func close() { client.close() }

    private var interface: [String] { ["rest", "api", "\(settings.apiVersion)"] }
    private var usesDocuments: Bool { settings.apiVersion >= 3 }

    func create(_ draft: TicketDraft) async throws(TicketError) -> RemoteTicket {
        var json = JSONWriter()
        json.beginObject()
        json.key("fields")
        json.beginObject()
        json.key("project")
        json.raw(GitLabTickets.object("key", settings.project))
        json.key("issuetype")
        json.raw(GitLabTickets.object("name", settings.issueType))
        json.key("summary")
        json.string(TicketText.line(draft.title, limit: TicketDraft.longestTitle))
        json.key("description")
        write(draft.text, &json)
        json.key("labels")
        json.beginArray()
        for label in settings.labels { json.string(label.replacing(" ", with: "-")) }
        json.endArray()
        json.endObject()
        json.endObject()
        let answer = try await client.send(ForgeRequest(.POST, interface + ["issue"], body: json.bytes))
        guard let key = try answer.json()["key"]?.text, Self.isKey(key) else { throw Self.missing("key") }
        guard let ticket = try await states(of: [key])[key] else {
            throw TicketError(.answer, "Jira made \(key), which is not there")
        }
        return ticket
    }

    /// The most characters of a description or a comment.
    private static let longestText = 32_767

    private func write(_ text: TicketText, _ json: inout JSONWriter) {
        let text = text.fitted(to: Self.longestText) { JiraText.markup($0).unicodeScalars.count }
        if usesDocuments { JiraText.document(text, &json) } else { json.string(JiraText.markup(text)) }
    }

    /// `SEC-12`, whatever the project is called.
    static func isKey(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 2 && text.utf8.count <= 64
            && parts[0].utf8.allSatisfy { $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
            && !parts[0].isEmpty && !parts[1].isEmpty && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Version 3 has a request for issues by their keys. In version 2 they are searched for, where a key that is not there
    /// is no mistake if the query is not checked.
    func states(of keys: [String]) async throws(TicketError) -> [String: RemoteTicket] {
        var found: [String: RemoteTicket] = [:]
        let known = keys.filter(Self.isKey)
        for start in stride(from: 0, to: known.count, by: Self.atOnce) {
            let some = known[start..<min(start + Self.atOnce, known.count)]
            let answer = try await client.send(usesDocuments ? fetch(some) : search(some))
            guard let issues = try answer.json()["issues"]?.elements else { throw Self.missing("issues") }
            for issue in issues {
                let ticket = try self.ticket(issue)
                found[ticket.key] = ticket
            }
        }
        return found
    }

    private func fetch(_ keys: ArraySlice<String>) -> ForgeRequest {
        var json = JSONWriter()
        json.beginObject()
        json.key("issueIdsOrKeys")
        json.beginArray()
        for key in keys { json.string(key) }
        json.endArray()
        json.key("fields")
        json.raw(Array(#"["status","updated"]"#.utf8))
        json.endObject()
        var request = ForgeRequest(.POST, interface + ["issue", "bulkfetch"], body: json.bytes)
        request.isQuestion = true
        return request
    }

    private func search(_ keys: ArraySlice<String>) -> ForgeRequest {
        ForgeRequest(
            .GET,
            interface + ["search"],
            query: [
                ("jql", "key in (\(keys.joined(separator: ",")))"), ("fields", "status,updated"),
                ("maxResults", "\(Self.atOnce)"), ("validateQuery", "false"),
            ]
        )
    }

    func comment(_ text: TicketText, on key: String) async throws(TicketError) {
        var json = JSONWriter()
        json.beginObject()
        json.key("body")
        write(text, &json)
        json.endObject()
        _ = try await client.send(ForgeRequest(.POST, interface + ["issue", key, "comment"], body: json.bytes))
    }

    func setOpen(_ isOpen: Bool, _ key: String) async throws(TicketError) {
        let path = interface + ["issue", key, "transitions"]
        let transitions = try await client.send(ForgeRequest(.GET, path)).json()["transitions"]?.elements ?? []
        let right = transitions.first { transition in
            let category = transition["to"]?["statusCategory"]?["key"]?.text
            return isOpen ? category == "new" || category == "indeterminate" : category == "done"
        }
        guard let id = right?["id"]?.text else {
            throw TicketError(
                .unsupported,
                "\(name): \(key) has no transition to a state that is \(isOpen ? "open" : "done")"
            )
        }
        let body = Array("{\"transition\":".utf8) + GitLabTickets.object("id", id) + Array("}".utf8)
        _ = try await client.send(ForgeRequest(.POST, path, body: body))
    }

    func mergeRequest(ofBranch branch: String) async throws(TicketError) -> String? {
        throw Self.noMergeRequests
    }

    func upsertComment(
        _ text: TicketText,
        marker: CommentMarker,
        onMergeRequest number: String
    ) async throws(TicketError) -> CommentOutcome {
        throw Self.noMergeRequests
    }

    private static let noMergeRequests = TicketError(.unsupported, "Jira has no merge requests")

    private static func missing(_ name: String) -> TicketError {
        TicketError(.answer, "an answer of Jira has no \(name)")
    }

    private func ticket(_ json: JSONValue) throws(TicketError) -> RemoteTicket {
        guard let key = json["key"]?.text, Self.isKey(key) else { throw Self.missing("key") }
        let status = json["fields"]?["status"]
        guard let category = status?["statusCategory"]?["key"]?.text else { throw Self.missing("statusCategory") }
        var base = settings.address.url
        while base.hasSuffix("/") { base.removeLast() }
        return RemoteTicket(
            key: key,
            url: "\(base)/browse/\(key)",
            isOpen: category != "done",
            status: status?["name"]?.text ?? category,
            version: json["fields"]?["updated"]?.text ?? ""
        )
    }
}
