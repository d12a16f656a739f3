// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A ticket as its system knows it.
package struct RemoteTicket: Sendable, Hashable {
    /// What it is called there: a number, or `SEC-12`.
    package var key: String
    /// Where people see it.
    package var url: String
    package var isOpen: Bool
    /// Its status in the system's own word.
    package var status: String
    /// Changes with every change; the time of the last one.
    package var version: String

    package init(key: String, url: String, isOpen: Bool, status: String, version: String) {
        self.key = key
        self.url = url
        self.isOpen = isOpen
        self.status = status
        self.version = version
    }
}

/// A ticket that is to be made.
package struct TicketDraft: Sendable, Hashable {
    package var title: String
    package var text: TicketText

    package init(title: String, text: TicketText) {
        self.title = title
        self.text = text
    }

    /// The longest title that all three systems take: Jira's summary has 255 characters.
    static let longestTitle = 250
}

/// What became of a comment on a merge request.
package enum CommentOutcome: String, Sendable, Hashable {
    case made, changed
    /// It said the same already.
    case unchanged
}

/// GitLab, GitHub or Jira.
///
/// Every act may throw a ``TicketError``. Requests are repeated as ``RetryPlan`` has it.
package protocol TicketSystem: Sendable {
    var name: String { get }

    func create(_ draft: TicketDraft) async throws(TicketError) -> RemoteTicket

    /// The tickets that are there, by their key; those that are gone are missing.
    func states(of keys: [String]) async throws(TicketError) -> [String: RemoteTicket]

    func comment(_ text: TicketText, on key: String) async throws(TicketError)

    func setOpen(_ isOpen: Bool, _ key: String) async throws(TicketError)

    /// The open merge request of a branch; nil where there is none.
    func mergeRequest(ofBranch branch: String) async throws(TicketError) -> String?

    /// Writes the one comment that begins with a hidden marker: changes it where it is there, else makes it.
    ///
    /// - Parameter marker: see ``CommentMarker``.
    func upsertComment(
        _ text: TicketText,
        marker: CommentMarker,
        onMergeRequest number: String
    ) async throws(TicketError) -> CommentOutcome

    /// Ends its connections.
    func close()
}

/// The hidden mark by which a comment of ours is found again: one for each project.
package struct CommentMarker: Sendable, Hashable {
    /// A comment of HTML, which Markdown hides.
    let text: String

    /// - Parameter project: written in hexadecimal, as nothing of it may end the comment.
    package init(project: String) {
        let digits = Array("0123456789abcdef")
        let name = project.utf8.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
        text = "<!-- redoubt:findings:\(name) -->"
    }
}

/// Makes the client of a system.
package enum TicketSystems {
    /// - Throws: ``TicketError`` where the token or the certificates cannot be read.
    package static func make(_ settings: TicketSettings, version: String) throws(TicketError) -> any TicketSystem {
        switch settings.kind {
        case .gitlab: try GitLabTickets(settings, version: version)
        case .github: try GitHubTickets(settings, version: version)
        case .jira: try JiraTickets(settings, version: version)
        }
    }
}
