// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel

/// Who may use the console, and with what.
enum SettingsPages {
    static let all = [overview, addUser, changeUser, grant, revokeGrant, link, makeToken, revokeToken, endSessions]

    private static let overview = Route.page("/settings", .signedIn, query: [Done.field]) { exchange in
        var page = ConsolePage("Settings", .settings)
        let principal = try exchange.principal
        page.lead = "You are \(principal.name): \(HTML(text: standing(principal)))."
        var panels: [Panel] = []
        if principal.may(.audit) || principal.may(.administer) {
            panels.append(Panel("Users", anchor: "users", content: try await users(exchange)))
        }
        panels.append(Panel("Tokens", anchor: "tokens", content: try await tokens(exchange)))
        if principal.user != nil {
            panels.append(Panel("Where you are signed in", anchor: "sessions", content: try await sessions(exchange)))
        }
        panels.append(Panel("Keys", .half, content: keys))
        page.content = .grid(panels)
        return try await page.reply(exchange)
    }

    /// What somebody is, for everything and in projects.
    private static func standing(_ principal: Principal) -> String {
        let roles = principal.roles.sorted().map(\.rawValue)
        let parts = principal.parts.map { part in
            "\(part.permissions.contains(.triage) ? Role.triager.rawValue : Role.viewer.rawValue) in \(part.scope)"
        }
        return roles.isEmpty && parts.isEmpty ? "without a role" : (roles + parts).joined(separator: ", ")
    }

    private static let keys: HTML = """
        <dl class="facts"><dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and last row</dd>\
        <dt><kbd>g</kbd> then</dt><dd><kbd>o</kbd> overview, <kbd>l</kbd> live, <kbd>d</kbd> detections, <kbd>i</kbd> incidents, \
        <kbd>e</kbd> entities, <kbd>a</kbd> applications, <kbd>r</kbd> rules, <kbd>c</kbd> decisions, <kbd>p</kbd> evidence, \
        <kbd>h</kbd> health, <kbd>s</kbd> settings</dd></dl>
        """

    // MARK: Users

    private static func users(_ exchange: Exchange) async throws -> HTML {
        let users = try await exchange.services.access.users(limit: 200, by: try exchange.principal)
        let rows = users.map { user -> [HTML] in
            [
                "<strong>\(user.name)</strong><br><small>\(user.displayName) \(user.email ?? "")</small>",
                user.roles.sorted().map { HTML.badge($0.rawValue) }.joined(" ")
                    + user.grants.map { grant -> HTML in
                        "<br><small>\(HTML.badge(grant.role.rawValue)) in <code>\(grant.scope.path)</code></small>"
                    }.joined(),
                user.isDisabled
                    ? .badge("kept out", "high")
                    : user.hasPassword || user.external != nil ? .badge("active", "good") : .badge("invited", "medium"),
                .time(user.made, now: exchange.now), acts(user, exchange),
            ]
        }
        let table = Table(
            "Users",
            [.init("User"), .init("Roles"), .tight("State"), .tight("Since"), .unseen("Act")],
            rows
        ).html
        let add = Form(
            "/settings/users",
            [
                .init("name", "Name", note: "to sign in with", required: true, length: 64),
                .init("display_name", "Shown as", length: 128), .init("email", "E-mail", length: 254),
                .init("roles", "Role", .choice(roleChoices), value: "viewer"),
            ],
            button: "Invite",
            hint: "You get a link to hand on; it is good for 15 minutes.",
            name: "user"
        ).html(exchange.token)
        return table + (exchange.may(.administer) ? HTML.disclosure("Invite somebody", add) : .empty)
    }

    private static func acts(_ user: User, _ exchange: Exchange) -> HTML {
        guard exchange.may(.administer) else { return .empty }
        let path = "/settings/users/\(user.id)"
        let toggle = Form(
            path,
            hidden: [("disabled", user.isDisabled ? "false" : "true")],
            button: user.isDisabled ? "Let in" : "Keep out",
            confirm: user.isDisabled ? nil : "Keep \(user.name) out? All sessions end."
        ).buttonHTML(exchange.token, label: "\(user.isDisabled ? "Let in" : "Keep out") \(user.name)")
        let link = Form(path + "/link", button: "New link").buttonHTML(
            exchange.token,
            label: "New link for \(user.name)"
        )
        let roles = Form(
            path,
            [
                .init(
                    "roles",
                    "Role",
                    .choice(roleChoices),
                    value: user.roles.sorted().first?.rawValue ?? "none"
                )
            ],
            button: "Set",
            name: "roles-\(user.id)"
        ).html(exchange.token)
        return toggle + link + HTML.disclosure("Role", roles) + grants(user, exchange)
    }

    private static let roleChoices =
        Role.allCases.map { (value: $0.rawValue, text: $0.rawValue) } + [(value: "none", text: "none for everything")]

    /// Roles in projects: each with a button that takes it, and a form for one more.
    private static func grants(_ user: User, _ exchange: Exchange) -> HTML {
        let path = "/settings/users/\(user.id)/grants"
        let known = user.grants.map { grant in
            Form(
                path + "/revoke",
                hidden: [("project", grant.scope.path)],
                button: "Take \(grant.role.rawValue) in \(grant.scope.path)"
            ).buttonHTML(exchange.token, label: "Take \(grant.role.rawValue) in \(grant.scope.path) from \(user.name)")
        }
        let add = Form(
            path,
            [
                .init(
                    "project",
                    "Project or group",
                    note: "such as shop/cart",
                    required: true,
                    length: ProjectScope.longest
                ),
                .init("role", "Role", .choice(Grant.roles.map { ($0.rawValue, $0.rawValue) }), value: "viewer"),
            ],
            button: "Give",
            hint: "For vulnerabilities of what is below it; nothing else can be told apart by projects.",
            name: "grants-\(user.id)"
        ).html(exchange.token)
        return HTML.disclosure("Roles in projects", known.joined() + add)
    }

    private static let grant = Route.form(
        "/settings/users/{id}/grants",
        .granted(.administer),
        [GrantRoutes.project, GrantRoutes.role]
    ) { exchange in
        _ = try await GrantRoutes.grant(exchange)
        return .redirect("/settings?done=user")
    }

    private static let revokeGrant = Route.form(
        "/settings/users/{id}/grants/revoke",
        .granted(.administer),
        [GrantRoutes.project]
    ) { exchange in
        _ = try await GrantRoutes.revoke(exchange, exchange.body)
        return .redirect("/settings?done=user")
    }

    private static let addUser = Route.form("/settings/users", .granted(.administer), AccessRoutes.newUser) {
        exchange in
        let (user, link) = try await AccessRoutes.makeUser(exchange)
        return try await linkPage(user, link, exchange)
    }

    private static let changeUser = Route.form("/settings/users/{id}", .granted(.administer), AccessRoutes.userChange) {
        exchange in
        _ = try await AccessRoutes.changeUser(exchange)
        return .redirect("/settings?done=user")
    }

    private static let link = Route.form("/settings/users/{id}/link", .granted(.administer), []) { exchange in
        let id = try AccessRoutes.userID(exchange)
        let user = try await exchange.services.access.user(id, by: try exchange.principal)
        let link = try await exchange.services.access.makeLink(for: id, by: try exchange.principal, at: exchange.now)
        return try await linkPage(user, link, exchange)
    }

    /// Shown once, as the answer to the form: a link cannot be looked up again.
    private static func linkPage(_ user: User, _ link: Secret, _ exchange: Exchange) async throws -> Reply {
        var page = ConsolePage("A link for \(user.name)", .settings)
        page.trail = ("Settings", "/settings")
        page.lead =
            "Hand it on by a way that you trust. It sets a password, works once, ends in 15 minutes and is not shown again."
        let host = exchange.request.host ?? ""
        page.content =
            Panel(content: "<pre tabindex=\"0\" role=\"region\" aria-label=\"Link\">\(host)/start/\(link.text)</pre>")
            .html
        return try await page.reply(exchange)
    }

    // MARK: Tokens

    private static func tokens(_ exchange: Exchange) async throws -> HTML {
        let principal = try exchange.principal
        let owner = principal.may(.audit) ? nil : principal.user
        let tokens = try await exchange.services.access.tokens(of: owner, limit: 100, by: principal)
        let rows = tokens.map { token -> [HTML] in
            let isLive = token.isLive(at: exchange.now)
            return [
                "<strong>\(token.name)</strong><br><code>rdt_\(token.id)</code>",
                token.scopes.sorted().map { HTML.badge($0.rawValue) }.joined(" ")
                    + (token.project.map { "<br><small>for <code>\($0.path)</code></small>" as HTML } ?? .empty),
                token.revoked != nil
                    ? .badge("revoked", "calm")
                    : isLive ? .time(token.expires, now: exchange.now) : .badge("ended", "calm"),
                token.lastUsed.map { .time($0, now: exchange.now) } ?? "<span class=\"quiet\">never</span>",
                isLive
                    ? Form("/settings/tokens/\(token.id)", button: "Revoke", confirm: "Revoke the token \(token.name)?")
                        .buttonHTML(exchange.token, label: "Revoke \(token.name)")
                    : .empty,
            ]
        }
        let table = Table(
            "Tokens",
            [.init("Token"), .init("May"), .tight("Until"), .tight("Last used"), .unseen("Act")],
            rows
        ).html
        let form = Form(
            "/settings/tokens",
            [
                .init("name", "What for", required: true, length: 128),
                .init("scopes", "May", note: "see,triage,respond,administer,audit,upload", required: true),
                .init(
                    "project",
                    "Only for",
                    note: "a project or group, of see, triage and upload",
                    length: ProjectScope.longest
                ),
                .init(
                    "expires",
                    "Until",
                    .choice([("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("365d", "a year")]),
                    value: "90d"
                ),
            ],
            button: "Make a token",
            hint: "It is shown once.",
            name: "token"
        ).html(exchange.token)
        return (rows.isEmpty ? .empty("No token", "Programs use the API with a token.") : table)
            + (principal.user == nil ? .empty : HTML.disclosure("Make a token", form))
    }

    private static let makeToken = Route.form("/settings/tokens", .signedIn, AccessRoutes.newToken) { exchange in
        let new = try await AccessRoutes.makeToken(exchange)
        var page = ConsolePage("A new token", .settings)
        page.trail = ("Settings", "/settings")
        page.lead = "Copy it now: it is not kept and not shown again."
        page.content =
            Panel(
                content: """
                    <pre tabindex="0" role="region" aria-label="Token">\(new.secret.text)</pre>\
                    <p>Send it as <code>Authorization: Bearer</code>. It ends \(HTML.time(new.token.expires, now: exchange.now)).</p>
                    """
            ).html
        return try await page.reply(exchange)
    }

    private static let revokeToken = Route.form("/settings/tokens/{id}", .signedIn, []) { exchange in
        try await exchange.services.access.revokeToken(
            try AccessRoutes.tokenID(exchange),
            by: try exchange.principal,
            at: exchange.now
        )
        return .redirect("/settings?done=token")
    }

    // MARK: Sessions

    private static func sessions(_ exchange: Exchange) async throws -> HTML {
        let principal = try exchange.principal
        guard let user = principal.user else { return .empty }
        let sessions = try await exchange.services.access.sessions(of: user, by: principal, at: exchange.now)
        let rows = sessions.map { session -> [HTML] in
            let isThis = principal.means == .session(session.id)
            return [
                "\(session.address)<br><small>\(session.agent)</small>", .time(session.made, now: exchange.now),
                .time(session.lastUsed, now: exchange.now), isThis ? .badge("this one", "good") : .empty,
            ]
        }
        let table = Table("Sessions", [.init("From"), .tight("Since"), .tight("Last used"), .tight("Which")], rows).html
        let form = Form("/settings/sessions", button: "Sign out everywhere else", style: "plain", name: "sessions")
            .html(exchange.token)
        return table + (rows.count > 1 ? form : .empty)
    }

    private static let endSessions = Route.form("/settings/sessions", .signedIn, []) { exchange in
        let principal = try exchange.principal
        guard let user = principal.user else { throw Problem.invalid("there is no session to end") }
        _ = try await exchange.services.access.endSessions(of: user, by: principal, at: exchange.now)
        return .redirect("/settings?done=session")
    }
}
