// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt users`: who may sign in, and what they may do.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "List, add and change users of the console.",
        discussion: """
            Roles: viewer, triager, responder, admin, auditor. Passwords are set by a link that works once.

            "grant" makes somebody viewer or triager of a project, or of a group with all below it, who needs no other role: \
            "redoubt users add kim --role none", then "redoubt users grant kim triager shop/cart".
            """,
        subcommands: [
            List.self, Show.self, Add.self, Change.self, GrantRole.self, RevokeRole.self, Link.self,
        ]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List users.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/users"
        static let none = "there are no users; \"redoubt users link\" makes the first one's link"
        static var columns: [JSONListing.Column] {
            [
                .init("NAME", "name"), .init("ROLES", "roles"),
                .init("IN PROJECTS") { UserOutput.grants($0).joined(separator: ", ") },
                .init("DISABLED", "disabled"),
                .init("PASSWORD", "has_password"), .init("SUBJECT", "subject"), .init("MADE", "made"),
                .init("ID", "id"),
            ]
        }
        var query: [(String, String?)] { [] }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a user, and print the link to set a password.")

        @Argument(help: "What to sign in with.")
        var name: String

        @Option(name: .customLong("role"), help: "A role; may be repeated. none is for who has roles in projects only.")
        var roles: [String] = ["viewer"]

        @Option(help: "What others see.")
        var displayName: String?

        @Option(help: "Where to reach them.")
        var email: String?

        @Option(help: "Who this is at the provider that the configuration names (the claim sub).")
        var subject: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let invitation = try await api.send(
                    "POST",
                    "/users",
                    [
                        ("name", JSONValue(name)), ("roles", .array(roles.map { JSONValue($0) })),
                        ("display_name", displayName.map { JSONValue($0) }), ("email", JSONValue(email)),
                        ("subject", JSONValue(subject)),
                    ]
                )
                InvitationOutput.write(invitation, output.format)
            }
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change a user's roles, or keep a user out.")

        @Argument(help: "The user's name.")
        var name: String

        @Option(name: .customLong("role"), help: "A role, of all from now on; may be repeated. none is for no role.")
        var roles: [String] = []

        @Flag(inversion: .prefixedEnableDisable, help: "Whether the user may sign in.")
        var access: Bool?

        @Option(help: "Who this is at the provider that the configuration names; - for nobody.")
        var subject: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let user = try await api.send(
                    "PATCH",
                    "/users/\(try await api.userID(name))",
                    [
                        ("roles", roles.isEmpty ? nil : .array(roles.map { JSONValue($0) })),
                        ("disabled", access.map { .bool(!$0) }), ("subject", JSONValue(subject)),
                    ]
                )
                UserOutput.write(user, output.format)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a user.")

        @Argument(help: "The user's name.")
        var name: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let user = try await api.get("/users/\(try await api.userID(name))")
                UserOutput.write(user, output.format)
            }
        }
    }

    struct GrantRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant",
            abstract: "Give a user a role in a project, or in a group with all below it.",
            discussion:
                "It replaces the role that the user has there. It holds for vulnerabilities, from the next request on."
        )

        @Argument(help: "The user's name.")
        var name: String

        @Argument(help: "viewer or triager.")
        var role: String

        @Argument(help: "The path of the project or group, such as shop/cart.")
        var path: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let user = try await api.send(
                    "PUT",
                    "/users/\(try await api.userID(name))/grants",
                    [("project", JSONValue(path)), ("role", JSONValue(role))]
                )
                UserOutput.write(user, output.format)
            }
        }
    }

    struct RevokeRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Take the role that a user has in a project or group; those in parts of it stay."
        )

        @Argument(help: "The user's name.")
        var name: String

        @Argument(help: "The path of the project or group, as \"users show\" has it.")
        var path: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let place = "/users/\(try await api.userID(name))/grants?project=\(path.pathSegment)"
                UserOutput.write(try await api.send("DELETE", place, []), output.format)
            }
        }
    }

    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a link that works once, to set a password: of a user, or of the first administrator."
        )

        @Argument(help: "The user's name; without it, the first administrator, while there is none.")
        var name: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                var path = "/first-link"
                if let name { path = "/users/\(try await api.userID(name))/link" }
                InvitationOutput.write(try await api.send("POST", path, []), output.format)
            }
        }
    }
}

enum UserOutput {
    static func write(_ user: JSONValue, _ format: OutputFormat) {
        guard format == .text else { return StandardOutput.write(user.line) }
        let members = (user.members ?? []).map { member in
            let isGrants = member.name.elementsEqual("grants".utf8)
            return isGrants
                ? JSONMember(name: Array("in projects".utf8), value: .array(grants(user).map { JSONValue($0) }))
                : member
        }
        StandardOutput.write(JSONValue.object(members).details)
    }

    /// Roles in parts of the project tree, in words.
    static func grants(_ user: JSONValue) -> [String] {
        (user["grants"]?.elements ?? []).map { "\($0.text(at: "role")) in \($0.text(at: "project"))" }
    }
}

enum InvitationOutput {
    static func write(_ invitation: JSONValue, _ format: OutputFormat) {
        guard format == .text else {
            StandardOutput.write(invitation.line)
            return
        }
        StandardOutput.write(
            "open this below the console's address, once and within 15 minutes:\n  \(invitation.text(at: "path").shownInTerminal)\n"
        )
    }
}

extension APIConnection {
    /// The identifier of the user with a name.
    func userID(_ name: String) async throws -> String {
        let users = try await get("/users").elements ?? []
        guard let user = users.first(where: { $0.text(at: "name") == name }) else {
            throw CommandFailure.badInput("there is no user \(name)", hint: "\"redoubt users list\" shows them")
        }
        return user.text(at: "id")
    }
}
