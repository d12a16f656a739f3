// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes
internal import VulnerabilityManagement

/// The part of the API about filters of findings that people keep.
enum SavedViewRoutes {
    static let all: [Route] = [
        .operation(
            .get,
            "/finding-views",
            .grantedInProjects(.see),
            id: "listFindingViews",
            "Filters that were kept: one's own by name, and behind them those that others share.",
            tag: "Findings",
            answers: .list(.shape("SavedView"))
        ) { exchange in
            .json(.array(try await SavedViewActions.views(exchange).map(shape(exchange).json)))
        },
        .operation(
            .put,
            "/finding-views/{name}",
            .grantedInProjects(.see),
            id: "saveFindingView",
            "Keeps a filter under a name, instead of the one that was there.",
            tag: "Findings",
            body: SavedViewActions.fields,
            answers: .shape("SavedView")
        ) { exchange in
            let view = try await SavedViewActions.save(exchange, named: exchange.parameters["name"] ?? "")
            return .json(try shape(exchange).json(view))
        },
        .operation(
            .delete,
            "/finding-views/{name}",
            .grantedInProjects(.see),
            id: "removeFindingView",
            "Removes a view; an administrator also somebody else's.",
            tag: "Findings",
            query: [SavedViewActions.owner],
            answers: nil
        ) { exchange in
            let name = exchange.parameters["name"] ?? ""
            try await SavedViewActions.remove(exchange, named: name, of: exchange.query["owner"])
            return Reply(.noContent)
        },
    ]

    static let shapes: [DescribedShape] = [shape(of: "").described]

    private static func shape(_ exchange: Exchange) throws -> Shape<SavedView> {
        shape(of: try exchange.principal.name)
    }

    /// - Parameter reader: who reads it.
    private static func shape(of reader: String) -> Shape<SavedView> {
        Shape(
            name: "SavedView",
            members: [
                .always("name", .text()) { .text($0.name) },
                .always("filter", .text()) { .text($0.filter) },
                .always("sort", .choice(FindingOrder.allCases.map(\.rawValue))) { .text($0.sort.rawValue) },
                .always("shared", .boolean, "Whether everybody sees it.") { .bool($0.isShared) },
                .always("owner", .text(), "Who keeps it.") { .text($0.owner) },
                .always("own", .boolean, "Whether that is who asks.") { .bool($0.owner == reader) },
                .always("changed", .time, "When it was saved last.") { .time($0.changed.nanoseconds) },
            ]
        )
    }
}
