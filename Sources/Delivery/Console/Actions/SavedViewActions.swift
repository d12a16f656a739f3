// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import HTTPTypes
internal import VulnerabilityManagement

/// What people and programs do with filters that are kept under a name.
///
/// Everybody who sees findings keeps views for oneself. What stands on everybody's page takes the permission to triage
/// everything, as those who are bound to projects have no say in what others see.
enum SavedViewActions {
    /// In bytes; the store counts characters.
    static let name = InputField(
        "name",
        .text(maximum: 4 * SavedView.longestName),
        required: true,
        "What it is called, 1 to \(SavedView.longestName) characters."
    )
    static let fields = [
        InputField(
            "filter",
            .text(maximum: SavedView.longestFilter),
            required: true,
            "Which findings, such as severity>=high kind=sast open."
        ),
        InputField(
            "sort",
            .choice(FindingOrder.allCases.map(\.rawValue)),
            "What comes first; priority where it is left out."
        ),
        InputField("shared", .flag, "Whether everybody who sees findings sees it; that takes the permission triage."),
    ]
    static let owner = InputField(
        "owner",
        .text(maximum: 256),
        "Whose it is, where it is not one's own; that takes the permission administer."
    )

    static func mayShare(_ exchange: Exchange) -> Bool { exchange.may(.triage) }

    /// One's own views, and behind them those that others share.
    static func views(_ exchange: Exchange) async throws -> [SavedView] {
        let owner = try exchange.principal.name
        return try await exchange.findings.read { try $0.savedViews(for: owner) }
    }

    /// Keeps what the body says, instead of what was kept under this name.
    ///
    /// - Parameter filter: in place of the one in the body.
    static func save(_ exchange: Exchange, named name: String, filter: String? = nil) async throws -> SavedView {
        let (input, principal) = (exchange.body, try exchange.principal)
        let isShared = input.flag("shared")
        if isShared { try principal.require(.triage) }
        let view = try SavedView(
            owner: principal.name,
            name: name,
            filter: filter ?? input.text("filter"),
            sort: input["sort"].flatMap { FindingOrder(rawValue: $0) } ?? .priority,
            isShared: isShared,
            changed: exchange.seconds
        )
        try await exchange.findings.read { try $0.save(view) }
        return view
    }

    /// - Parameter owner: nil for who asks.
    static func remove(_ exchange: Exchange, named name: String, of owner: String? = nil) async throws {
        let principal = try exchange.principal
        let owner = owner ?? principal.name
        if owner != principal.name { try principal.require(.administer) }
        // What is no name of a view is that of none.
        guard let name = try? SavedView.checkedName(name),
            try await exchange.findings.read({ try $0.removeSavedView(name, of: owner) })
        else { throw Problem.notFound("view of this name") }
    }
}
