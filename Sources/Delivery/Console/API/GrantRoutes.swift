// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes

/// The part of the API about roles that users have in parts of the project tree.
enum GrantRoutes {
    static let all: [Route] = [
        .operation(
            .put,
            "/users/{id}/grants",
            .granted(.administer),
            id: "grantProjectRole",
            "Gives a user a role in a project, or in a group with all below it, instead of the one there.",
            tag: "Users",
            body: [project, role],
            answers: .shape("User")
        ) { exchange in .json(AccessShapes.user.json(try await grant(exchange))) },
        .operation(
            .delete,
            "/users/{id}/grants",
            .granted(.administer),
            id: "revokeProjectRole",
            "Takes the role that a user has in a project or group; those in parts of it stay.",
            tag: "Users",
            query: [project],
            answers: .shape("User")
        ) { exchange in .json(AccessShapes.user.json(try await revoke(exchange, exchange.query))) },
    ]

    static let project = InputField(
        "project",
        .text(maximum: ProjectScope.longest),
        required: true,
        "The path of a project or group, such as shop/cart; none needs to be there yet."
    )
    static let role = InputField(
        "role",
        .choice(Grant.roles.map(\.rawValue)),
        required: true,
        "What the user is there; other roles are for everything only."
    )

    static func grant(_ exchange: Exchange) async throws -> User {
        guard let role = Role(rawValue: exchange.body.text("role")) else {
            throw Problem.invalid("role is missing", member: "role")
        }
        return try await exchange.services.access.grant(
            try Grant(role, in: try ProjectScope(exchange.body.text("project"))),
            to: try AccessRoutes.userID(exchange),
            by: try exchange.principal,
            at: exchange.now
        )
    }

    /// - Parameter input: that names the project.
    static func revoke(_ exchange: Exchange, _ input: Input) async throws -> User {
        try await exchange.services.access.revokeGrant(
            in: try ProjectScope(input.text("project")),
            of: try AccessRoutes.userID(exchange),
            by: try exchange.principal,
            at: exchange.now
        )
    }

    static let shape = Shape<Grant>(
        name: "Grant",
        members: [
            .always("project", .text(), "A project, or a group with all below it.") { .text($0.scope.path) },
            .always("role", .choice(Grant.roles.map(\.rawValue))) { .text($0.role.rawValue) },
        ]
    )

    static let part = Shape<Principal.Part>(
        name: "ProjectPermissions",
        members: [
            .always("project", .text(), "A project, or a group with all below it.") { .text($0.scope.path) },
            .always("permissions", .list(.text())) { .array($0.permissions.sorted().map { .text($0.rawValue) }) },
        ]
    )
}
