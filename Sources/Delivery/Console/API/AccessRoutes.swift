// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes

/// The part of the API about users, tokens and sessions.
enum AccessRoutes {
    static let all: [Route] = users + GrantRoutes.all + tokens + sessions

    static let newUser = [
        InputField("name", .text(maximum: UserName.maximumLength), required: true, "What to sign in with."),
        InputField("display_name", .text(maximum: 128), "What others see."),
        InputField("email", .text(maximum: 254), "Where to reach them."),
        InputField(
            "roles",
            .list(maximum: 5),
            required: true,
            "viewer, triager, responder, admin, auditor; none alone for who has roles in projects only."
        ),
        subject,
    ]

    private static let subject = InputField(
        "subject",
        .text(maximum: 255),
        "Who this is at the provider that the configuration names; - for nobody."
    )

    private static func identity(_ exchange: Exchange) throws -> ExternalIdentity? {
        guard let subject = exchange.body["subject"] else { return nil }
        guard let provider = exchange.services.singleSignOn() else {
            throw Problem.invalid("no provider is configured at which somebody could sign in", member: "subject")
        }
        return ExternalIdentity(issuer: provider.client.provider.issuer, subject: subject == "-" ? "" : subject)
    }

    static func roles(_ input: Input) throws -> Set<Role> {
        let names = input.list("roles")
        if names == ["none"] { return [] }
        return Set(
            try names.map { name in
                guard let role = Role(rawValue: name) else {
                    throw Problem.invalid(
                        "roles: expected \(Role.allCases.map(\.rawValue).joined(separator: ", ")), or none alone",
                        member: "roles"
                    )
                }
                return role
            }
        )
    }

    static func makeUser(_ exchange: Exchange) async throws -> (user: User, link: Secret) {
        let input = exchange.body
        let new = NewUser(
            name: try UserName(input.text("name")),
            displayName: input["display_name"] ?? "",
            email: input["email"],
            roles: try roles(input),
            external: try identity(exchange)
        )
        let user = try await exchange.services.access.makeUser(new, by: try exchange.principal, at: exchange.now)
        let link = try await exchange.services.access.makeLink(
            for: user.id,
            by: try exchange.principal,
            at: exchange.now
        )
        return (user, link)
    }

    static let userChange = [
        InputField("display_name", .text(maximum: 128), "What others see."),
        InputField("email", .text(maximum: 254), "Where to reach them; - for none."),
        InputField("roles", .list(maximum: 5), "All roles from now on; none alone for no role."),
        InputField("disabled", .flag, "Whether they are kept out."), subject,
    ]

    static func changeUser(_ exchange: Exchange) async throws -> User {
        let input = exchange.body
        return try await exchange.services.access.changeUser(
            try userID(exchange),
            UserChange(
                displayName: input["display_name"],
                email: input["email"].map { $0 == "-" ? "" : $0 },
                roles: input.list("roles").isEmpty ? nil : try roles(input),
                isDisabled: input["disabled"].map { $0 == "true" },
                external: try identity(exchange)
            ),
            ifRevision: try exchange.expectedRevision().map { Int64($0) },
            by: try exchange.principal,
            at: exchange.now
        )
    }

    static func userID(_ exchange: Exchange) throws -> UserID {
        UserID(try exchange.identifier())
    }

    static let pageFields = [
        InputField("after", .text(maximum: 128), "The name or identifier that the last page ended with.")
    ]

    private static let users: [Route] = [
        .operation(
            .post,
            "/first-link",
            .granted(.administer),
            id: "makeFirstLink",
            "Makes the link with which the first administrator signs up; while there is none.",
            tag: "Users",
            body: [],
            answers: .shape("FirstLink"),
            status: 201
        ) { exchange in
            let secret = try await exchange.services.access.makeFirstLink(at: exchange.now)
            return .json(.object(["path": .text("/start/\(secret.text)")]), .created)
        },
        .operation(
            .get,
            "/users",
            .granted(.audit),
            id: "listUsers",
            "Users by name.",
            tag: "Users",
            query: pageFields,
            answers: .list(.shape("User"))
        ) { exchange in
            let after = try exchange.query["after"].map { try UserName($0) }
            let users = try await exchange.services.access.users(after: after, limit: 200, by: try exchange.principal)
            return .json(.array(users.map(AccessShapes.user.json)))
        },
        .operation(
            .post,
            "/users",
            .granted(.administer),
            id: "addUser",
            "Adds a user, who sets a password with the link in the answer.",
            tag: "Users",
            body: newUser,
            answers: .shape("Invitation"),
            status: 201
        ) { exchange in
            let (user, link) = try await makeUser(exchange)
            return .json(AccessShapes.invitation(user, link), .created)
        },
        .operation(
            .get,
            "/users/{id}",
            .granted(.audit),
            id: "showUser",
            "A user.",
            tag: "Users",
            answers: .shape("User"),
            hasRevision: true
        ) { exchange in
            let user = try await exchange.services.access.user(try userID(exchange), by: try exchange.principal)
            return .json(AccessShapes.user.json(user), revision: Int(user.revision))
        },
        .operation(
            .patch,
            "/users/{id}",
            .granted(.administer),
            id: "changeUser",
            "Changes a user.",
            tag: "Users",
            body: userChange,
            answers: .shape("User"),
            hasRevision: true
        ) { exchange in
            let user = try await changeUser(exchange)
            return .json(AccessShapes.user.json(user), revision: Int(user.revision))
        },
        .operation(
            .post,
            "/users/{id}/link",
            .granted(.administer),
            id: "makeUserLink",
            "Makes a link with which the user sets a new password.",
            tag: "Users",
            body: [],
            answers: .shape("Invitation"),
            status: 201
        ) { exchange in
            let id = try userID(exchange)
            let user = try await exchange.services.access.user(id, by: try exchange.principal)
            let link = try await exchange.services.access.makeLink(
                for: id,
                by: try exchange.principal,
                at: exchange.now
            )
            return .json(AccessShapes.invitation(user, link), .created)
        },
    ]

    static let newToken = [
        InputField("name", .text(maximum: 128), required: true, "What it is for."),
        InputField("scopes", .list(maximum: 6), required: true, "see, triage, respond, administer, audit, upload."),
        InputField(
            "project",
            .text(maximum: ProjectScope.longest),
            "The project or group for which alone it is good; the scopes are some of see, triage and upload."
        ),
        InputField("expires", .end, "When it ends: a time, or how long from now, such as 90d."),
        InputField("owner", .text(maximum: 36), "The user in whose name it acts; you, where it is left out."),
    ]

    static func makeToken(_ exchange: Exchange) async throws -> NewToken {
        let input = exchange.body
        let scopes = try input.list("scopes").map { name in
            guard let scope = Permission(rawValue: name) else {
                throw Problem.invalid(
                    "scopes: expected \(Permission.allCases.map(\.rawValue).joined(separator: ", "))",
                    member: "scopes"
                )
            }
            return scope
        }
        let principal = try exchange.principal
        guard let owner = try input.value(Identifier.self, "owner").map({ UserID($0) }) ?? principal.user else {
            throw Problem.invalid("a token belongs to a user; name one", member: "owner")
        }
        let end = input.end("expires").map { Duration.nanoseconds($0 - exchange.now) }
        return try await exchange.services.access.makeToken(
            name: input.text("name"),
            for: owner,
            scopes: Set(scopes),
            project: try input["project"].map { try ProjectScope($0) },
            lifetime: end ?? AccessControl.tokenLifetime,
            by: principal,
            at: exchange.now
        )
    }

    static func tokenID(_ exchange: Exchange) throws -> TokenID {
        guard let id = TokenID(exchange.parameters["id"] ?? "") else {
            throw Problem.notFound("token of this identifier")
        }
        return id
    }

    private static let tokens: [Route] = [
        .operation(
            .get,
            "/tokens",
            .signedIn,
            id: "listTokens",
            "Your tokens; of all users for who may audit.",
            tag: "Tokens",
            answers: .list(.shape("Token"))
        ) { exchange in
            let principal = try exchange.principal
            let owner = principal.may(.audit) ? nil : principal.user
            let tokens = try await exchange.services.access.tokens(of: owner, limit: 200, by: principal)
            return .json(.array(tokens.map(AccessShapes.token.json)))
        },
        .operation(
            .post,
            "/tokens",
            .signedIn,
            id: "makeToken",
            "Makes a token; it is shown in the answer and never again.",
            tag: "Tokens",
            body: newToken,
            answers: .shape("NewToken"),
            status: 201
        ) { exchange in
            let new = try await makeToken(exchange)
            return .json(
                .object(["token": .text(new.secret.text), "about": AccessShapes.token.json(new.token)]),
                .created
            )
        },
        .operation(
            .delete,
            "/tokens/{id}",
            .signedIn,
            id: "revokeToken",
            "Ends a token.",
            tag: "Tokens",
            answers: nil
        ) { exchange in
            try await exchange.services.access.revokeToken(
                try tokenID(exchange),
                by: try exchange.principal,
                at: exchange.now
            )
            return Reply(.noContent)
        },
    ]

    private static let sessions: [Route] = [
        .operation(
            .get,
            "/users/{id}/sessions",
            .signedIn,
            id: "listSessions",
            "Where a user is signed in.",
            tag: "Sessions",
            answers: .list(.shape("Session"))
        ) { exchange in
            let sessions = try await exchange.services.access.sessions(
                of: try userID(exchange),
                by: try exchange.principal,
                at: exchange.now
            )
            return .json(.array(sessions.map(AccessShapes.session.json)))
        },
        .operation(
            .delete,
            "/users/{id}/sessions",
            .signedIn,
            id: "endSessions",
            "Signs a user out everywhere but here.",
            tag: "Sessions",
            answers: nil
        ) { exchange in
            _ = try await exchange.services.access.endSessions(
                of: try userID(exchange),
                by: try exchange.principal,
                at: exchange.now
            )
            return Reply(.noContent)
        },
        .operation(
            .get,
            "/me",
            .signedIn,
            id: "showMe",
            "Who you are and what you may do.",
            tag: "Users",
            answers: .shape("Principal")
        ) { exchange in .json(AccessShapes.principal.json(try exchange.principal)) },
    ]
}

enum AccessShapes {
    static let user = Shape<User>(
        name: "User",
        members: [
            .always("id", .identifier) { .text("\($0.id)") },
            .always("name", .text()) { .text($0.name.description) },
            .always("display_name", .text()) { .text($0.displayName) },
            .sometimes("email", .text()) { $0.email.map { .text($0) } },
            .always("roles", .list(.choice(Role.allCases.map(\.rawValue)))) {
                .array($0.roles.sorted().map { .text($0.rawValue) })
            },
            .always("grants", .list(.shape("Grant")), "Roles in parts of the project tree.") {
                .array($0.grants.map(GrantRoutes.shape.json))
            },
            .always("disabled", .boolean) { .bool($0.isDisabled) },
            .always("has_password", .boolean) { .bool($0.hasPassword) },
            .sometimes("subject", .text(), "Who this is at the provider.") { $0.external.map { .text($0.subject) } },
            .always("made", .time) { .time($0.made) },
            .always("revision", .integer, "The number in the ETag.") { .integer(Int($0.revision)) },
        ]
    )

    static let token = Shape<APIToken>(
        name: "Token",
        members: [
            .always("id", .text()) { .text($0.id.description) },
            .always("name", .text()) { .text($0.name) },
            .always("owner", .identifier) { .text("\($0.owner)") },
            .always("scopes", .list(.choice(Permission.allCases.map(\.rawValue)))) {
                .array($0.scopes.sorted().map { .text($0.rawValue) })
            },
            .sometimes("project", .text(), "The project or group for which alone it is good.") {
                $0.project.map { .text($0.path) }
            },
            .always("made", .time) { .time($0.made) },
            .always("expires", .time) { .time($0.expires) },
            .sometimes("revoked", .time) { $0.revoked.map { .time($0) } },
            .sometimes("last_used", .time) { $0.lastUsed.map { .time($0) } },
        ]
    )

    static let session = Shape<Session>(
        name: "Session",
        members: [
            .always("id", .identifier) { .text("\($0.id)") },
            .always("made", .time) { .time($0.made) },
            .always("last_used", .time) { .time($0.lastUsed) },
            .always("address", .text()) { .text($0.address.description) },
            .always("agent", .text()) { .text($0.agent) },
            .always("means", .text()) { .text($0.means) },
        ]
    )

    static let principal = Shape<Principal>(
        name: "Principal",
        members: [
            .always("name", .text()) { .text($0.name) },
            .sometimes("user", .identifier) { $0.user.map { .text("\($0)") } },
            .always("roles", .list(.text())) { .array($0.roles.sorted().map { .text($0.rawValue) }) },
            .always("permissions", .list(.text())) { .array($0.permissions.sorted().map { .text($0.rawValue) }) },
            .always("projects", .list(.shape("ProjectPermissions")), "What may be done in parts of the tree alone.") {
                .array($0.parts.map(GrantRoutes.part.json))
            },
            .always("means", .text()) { .text($0.means.text) },
        ]
    )

    static func invitation(_ user: User, _ link: Secret) -> JSONValue {
        .object(["user": self.user.json(user), "path": .text("/start/\(link.text)")])
    }

    static var all: [DescribedShape] {
        [
            user.described, token.described, session.described, principal.described, GrantRoutes.shape.described,
            GrantRoutes.part.described,
            DescribedShape(
                name: "Invitation",
                json: .object([
                    "type": "object", "required": .array([.text("user"), .text("path")]),
                    "properties": .object([
                        "user": Schema.shape("User").json,
                        "path": Schema.text().json.adding(
                            "description",
                            .text("Of the page to set a password; for 15 minutes.")
                        ),
                    ]),
                ])
            ),
            DescribedShape(
                name: "FirstLink",
                json: .object([
                    "type": "object", "required": .array([.text("path")]),
                    "properties": .object(["path": Schema.text().json]),
                ])
            ),
            DescribedShape(
                name: "NewToken",
                json: .object([
                    "type": "object", "required": .array([.text("token"), .text("about")]),
                    "properties": .object(["token": Schema.text().json, "about": Schema.shape("Token").json]),
                ])
            ),
        ]
    }
}
