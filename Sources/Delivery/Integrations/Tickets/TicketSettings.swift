// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A system of tickets, as the configuration describes it.
package struct TicketSettings: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case gitlab, github, jira
    }

    /// Tells it from others.
    package var name: String
    package var kind: Kind
    /// Where it is: `https://gitlab.example.com`, `https://api.github.com`, `https://example.atlassian.net`.
    package var address: WebhookAddress
    /// The project of GitLab by its path or number, the repository of GitHub as `owner/name`, the key of Jira's project.
    package var project: String
    /// Where the token is; it is never shown.
    package var secret: SecretSource
    /// Of Jira's cloud: the account that the token belongs to. Without one the token goes alone.
    package var user: String?
    package var labels: [String] = ["security"]
    /// Of Jira.
    package var issueType = "Bug"
    /// The version of Jira's API, 2 or 3.
    package var apiVersion = 2
    /// Of GitLab: only members of the project see the ticket.
    package var isConfidential = true
    /// Of GitLab: a comment on a merge request is a thread, which can be made to be resolved before merging.
    package var opensThread = false
    /// Whether a ticket is closed when no scan finds its findings any more, or they are dismissed.
    package var closesResolved = false
    /// Whether it may be at a private address, and be asked without TLS.
    package var allowsPrivate = false
    /// Certificates in PEM that are trusted in place of the system's.
    package var authorities: String?
    /// For a request as a whole.
    package var timeout: Duration = .seconds(20)
    /// How often a request is sent before it has failed.
    package var attempts = 4

    /// - Throws: ``TicketError`` where these cannot be the settings of a system.
    package init(
        name: String,
        kind: Kind,
        address: String,
        project: String,
        secret: SecretSource
    ) throws(TicketError) {
        self.name = name
        self.kind = kind
        self.project = project
        self.secret = secret
        do throws(OutputError) {
            self.address = try WebhookAddress(address)
        } catch {
            throw TicketError(.settings, "tickets \(name): url: \(error.message)")
        }
        guard !address.contains("?") else {
            throw TicketError(.settings, "tickets \(name): url: an address of a system of tickets has no query")
        }
        guard Self.isProject(project, of: kind) else {
            throw TicketError(.settings, "tickets \(name): \"\(project)\" is no project of \(kind.rawValue)")
        }
    }

    private static func isProject(_ text: String, of kind: Kind) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 512, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return false
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return false }
        switch kind {
        case .gitlab: return true
        case .github: return parts.count == 2
        case .jira:
            return text.utf8.allSatisfy { $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
        }
    }
}
