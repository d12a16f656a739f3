// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes

/// How people come in and go.
struct SignInPages {
    let isSecure: Bool

    var all: [Route] { [page, signIn, signOut, startPage, start] }

    static let next = InputField("next", .text(maximum: 2000), "The page to go on with.")
    private static let signInFields = [
        InputField("name", .text(maximum: 128), required: true, "The name."),
        InputField("password", .text(maximum: 1024), required: true, "The password."), next,
    ]

    private var page: Route {
        .page("/login", .open, query: [Self.next, Done.field]) { exchange in
            .html(Self.form(next: exchange.query["next"] ?? "/", failure: nil, exchange.services.singleSignOn()))
        }
    }

    private static func form(next: String, failure: String?, _ provider: SingleSignOn?) -> HTML {
        let notice: HTML = failure.map { .notice(.bad, HTML(text: $0), isUrgent: true) } ?? .empty
        let form = Form(
            "/login",
            [
                .init("name", "Name", required: true, full: true, length: 128, autocomplete: "username"),
                .init(
                    "password",
                    "Password",
                    .password,
                    required: true,
                    full: true,
                    length: 1024,
                    autocomplete: "current-password"
                ),
            ],
            hidden: [("next", LocalPath.checked(next))],
            button: "Sign in"
        ).html(FormToken(text: ""))
        return AlonePage.html(
            "Sign in",
            notice + other(provider, next: next) + form
                + """
                <p class="quiet">First time here? Open the link that <code>redoubt up</code> printed, or get a new one with \
                <code>redoubt users link</code>.</p>
                """
        )
    }

    /// The way to sign in at a provider, where there is one.
    private static func other(_ provider: SingleSignOn?, next: String) -> HTML {
        guard let provider else { return .empty }
        let path = Address.path(SingleSignOn.path, [("next", LocalPath.checked(next))])
        return """
            <p class="send"><a class="button" href="\(path)">Sign in with \(provider.title)</a></p>\
            <p class="quiet">Or with a name and a password:</p>
            """
    }

    private var signIn: Route {
        .form("/login", .open, Self.signInFields) { exchange in
            let next = LocalPath.checked(exchange.body["next"] ?? "/")
            do {
                let session = try await exchange.services.access.logIn(
                    name: exchange.body.text("name"),
                    password: exchange.body.text("password"),
                    from: exchange.client,
                    replacing: SessionCookie.secret(in: exchange.request.headers, isSecure: isSecure),
                    at: exchange.now
                )
                var reply = Reply.redirect(next)
                reply.headers[.setCookie] = SessionCookie.set(session.secret.text, isSecure: isSecure)
                return reply
            } catch let error as AccessError {
                return try Self.refusal(error, next: next, exchange.services.singleSignOn())
            }
        }
    }

    private static func refusal(_ error: AccessError, next: String, _ provider: SingleSignOn?) throws -> Reply {
        switch error.code {
        case .notAuthenticated:
            return .html(form(next: next, failure: "The name or the password is wrong.", provider), .unauthorized)
        case .wait:
            let seconds = error.waitSeconds ?? 1
            var reply = Reply.html(
                form(next: next, failure: "Too many failures. Try again in \(seconds) seconds.", provider),
                .tooManyRequests
            )
            reply.headers[.retryAfter] = String(seconds)
            return reply
        default: throw error
        }
    }

    private var signOut: Route {
        .form("/logout", .open, []) { exchange in
            var reply = Reply.redirect("/login")
            if let session = exchange.caller.session {
                try await exchange.services.access.logOut(session, at: exchange.now)
                if session.session.means == "openid", let provider = exchange.services.singleSignOn() {
                    reply = await Self.signedOut(of: provider)
                }
            }
            reply.headers[.setCookie] = SessionCookie.clear(isSecure: isSecure)
            return reply
        }
    }

    /// Who signed in at a provider is signed in there still: the next press of the button asks for no password.
    private static func signedOut(of provider: SingleSignOn) async -> Reply {
        var link = HTML.empty
        if let address = await provider.client.signOutAddress() {
            link = "<p class=\"send\"><a class=\"button\" href=\"\(address)\">Sign out of \(provider.title)</a></p>"
        }
        return .html(
            AlonePage.html(
                "Signed out",
                """
                <p>You are signed out of Redoubt, and perhaps still signed in at \(provider.title).</p>\(link)\
                <p class="send"><a class="button plain" href="/login">Sign in again</a></p>
                """
            )
        )
    }

    // MARK: Links

    private static let startFields = [
        InputField("name", .text(maximum: 64), "The name of the first administrator."),
        InputField("password", .text(maximum: 1024), required: true, "The new password."),
        InputField("again", .text(maximum: 1024), required: true, "The same once more."),
    ]

    /// The page that a one-time link leads to. It shows a form and changes nothing, so that a preview does not use it up.
    private var startPage: Route {
        .page("/start/{secret}", .open, query: [Done.field]) { exchange in
            let text = exchange.parameters["secret"] ?? ""
            return .html(
                Self.startForm(try await exchange.services.access.link(text, at: exchange.now), text, failure: nil)
            )
        }
    }

    private static func startForm(_ link: Link, _ secret: String, failure: String?) -> HTML {
        let isFirst = link.purpose == .firstAdministrator
        var fields: [Form.Field] = []
        if isFirst {
            fields.append(
                .init(
                    "name",
                    "Your name",
                    value: "admin",
                    required: true,
                    full: true,
                    length: 64,
                    autocomplete: "username"
                )
            )
        }
        fields += [
            .init(
                "password",
                "New password",
                .password,
                note: "12 characters or more",
                required: true,
                full: true,
                length: 1024,
                autocomplete: "new-password"
            ),
            .init(
                "again",
                "Once more",
                .password,
                required: true,
                full: true,
                length: 1024,
                autocomplete: "new-password"
            ),
        ]
        let notice: HTML = failure.map { .notice(.bad, HTML(text: $0), isUrgent: true) } ?? .empty
        let form = Form(
            "/start/\(Address.encode(secret))",
            fields,
            button: isFirst ? "Create the administrator" : "Set the password"
        )
        let lead: HTML =
            isFirst
            ? "<p>Make the first administrator. The link works once.</p>"
            : "<p>Set the password of <strong>\(link.userName?.description ?? "")</strong>. The link works once.</p>"
        return AlonePage.html(isFirst ? "Welcome" : "New password", notice + lead + form.html(FormToken(text: "")))
    }

    private var start: Route {
        .form("/start/{secret}", .open, Self.startFields) { exchange in
            let text = exchange.parameters["secret"] ?? ""
            let access = exchange.services.access
            let link = try await access.link(text, at: exchange.now)
            let password = exchange.body.text("password")
            guard password == exchange.body.text("again") else {
                return .html(Self.startForm(link, text, failure: "The two passwords differ."), .unprocessableContent)
            }
            do {
                let user: User =
                    switch link.purpose {
                    case .firstAdministrator:
                        try await access.makeFirstAdministrator(
                            withLink: text,
                            name: try UserName(exchange.body["name"] ?? ""),
                            password: password,
                            from: exchange.client,
                            at: exchange.now
                        )
                    case .password:
                        try await access.setPassword(
                            withLink: text,
                            to: password,
                            from: exchange.client,
                            at: exchange.now
                        )
                    }
                let session = try await access.logIn(
                    name: user.name.description,
                    password: password,
                    from: exchange.client,
                    at: exchange.now
                )
                var reply = Reply.redirect("/")
                reply.headers[.setCookie] = SessionCookie.set(session.secret.text, isSecure: isSecure)
                return reply
            } catch let error as AccessError {
                guard error.code == .invalid else { throw error }
                return .html(Self.startForm(link, text, failure: error.message), .unprocessableContent)
            }
        }
    }
}

extension Exchange {
    /// Where the request comes from, as sign-ins are counted.
    var client: Client {
        Client(address: request.peer.address ?? .unspecified, agent: request.headers[.userAgent] ?? "")
    }
}
