// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Policy

/// What pages post to change the policy. The changes are those of the API; the answer leads back to the page.
enum PolicyForms {
    private static let back = InputField("back", .text(maximum: 2000), "The page to go on with.")

    private static func form(
        _ path: String,
        _ permission: Permission,
        _ fields: [InputField],
        _ done: String,
        _ change: @escaping @Sendable (Exchange) throws -> PolicyChange
    ) -> Route {
        .form(path, .granted(permission), fields + [back]) { exchange in
            _ = try await PolicyActions.apply(try change(exchange), exchange)
            return .redirect(Self.back(exchange, done))
        }
    }

    static func back(_ exchange: Exchange, _ done: String) -> String {
        let path = LocalPath.checked(exchange.body["back"] ?? "/")
        return path + (path.contains("?") ? "&" : "?") + "done=\(done)"
    }

    static let all: [Route] = [
        form("/modes", .administer, PolicyActions.setMode, "mode") { try PolicyActions.setMode($0) },
        form("/modes/clear", .administer, PolicyActions.clearMode, "mode") { try PolicyActions.clearMode($0) },
        form("/exceptions", .respond, PolicyActions.addException, "exception") { try PolicyActions.addException($0) },
        form("/exceptions/remove", .respond, PolicyActions.removeException, "removed") {
            try PolicyActions.removeException($0)
        },
        form("/blocks", .respond, PolicyActions.block, "block") { try PolicyActions.block($0) },
        form("/blocks/remove", .respond, PolicyActions.unblock, "removed") { try PolicyActions.unblock($0) },
        form("/never-block", .administer, PolicyActions.neverBlock, "policy") { try PolicyActions.neverBlock($0) },
        form("/never-block/remove", .administer, PolicyActions.unblock, "removed") {
            try PolicyActions.removeNeverBlock($0)
        },
        form("/limits", .administer, PolicyActions.setLimit, "limit") { try PolicyActions.setLimit($0) },
        form("/limits/remove", .administer, PolicyActions.removeLimit, "removed") { try PolicyActions.removeLimit($0) },
        form("/stand-down", .respond, PolicyActions.standDown, "policy") { try PolicyActions.standDown($0) },
        form("/stand-up", .administer, PolicyActions.standDown, "policy") { try PolicyActions.standUp($0) },
        form("/resume", .administer, PolicyActions.resume, "policy") { try PolicyActions.resume($0) },
        .form("/decisions/{id}/undo", .granted(.respond), [PolicyActions.reason, back]) { exchange in
            _ = try await PolicyActions.undo(exchange)
            return .redirect(back(exchange, "undone"))
        },
    ]
}
