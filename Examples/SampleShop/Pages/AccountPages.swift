// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import HTTPTypes
import Hummingbird

extension Shop {
    /// Logging in and out, and the account's own page.
    func addAccountPages(to router: Router<BasicRequestContext>) {
        router.get("/account") { request, _ in account(of: request) }
        router.get("/login") { _, _ in loginForm(message: "") }
        router.post("/login") { request, _ in try await login(request) }
        router.post("/logout") { request, _ in
            let cookie = sessions.update(request) { $0.account = nil }
            return Response.seeOther("/", cookie: cookie)
        }
    }

    private func account(of request: Request) -> Page {
        guard let name = sessions.session(of: request).account else {
            return loginForm(message: "<p>Please log in to see your orders.</p>")
        }
        return Page(
            title: "Your account",
            content: """
                <p>Hello, \(name.escaped). You have no open orders.</p>
                <form action="/logout" method="post"><button>Log out</button></form>
                """
        )
    }

    private func loginForm(message: String) -> Page {
        Page(
            title: "Log in",
            content: """
                \(message)
                <form action="/login" method="post" class="stacked">
                <label>Name <input name="user" autocomplete="username"></label>
                <label>Password <input type="password" name="password" autocomplete="current-password"></label>
                <button>Log in</button>
                </form>
                <p class="note">A customer's account to try: anna, rosenbusch.</p>
                """
        )
    }

    /// Vulnerable: name and password become part of the query's text (CWE-89), so that `' OR 1=1 --` logs in.
    private func login(_ request: Request) async throws -> Response {
        let form = try await request.form()
        let sql = """
            SELECT name FROM account WHERE name = '\(form["user"])' AND password = '\(form["password"])'
            """
        do {
            guard let name = try await catalogue.rows(of: sql).first?["name"] else {
                return loginForm(message: "<p class=\"error\">Name and password do not match.</p>").response()
            }
            var response = Page(
                title: "Welcome back",
                content: "<p>Good to see you, \(name.escaped). <a href=\"/account\">Your account</a></p>"
            ).response()
            response.setCookie(sessions.update(request) { $0.account = String(name.prefix(200)) })
            return response
        } catch let error as CatalogueError {
            return Self.failure(title: "Log in", heading: "", error: error).response()
        }
    }
}

extension Response {
    /// `303 See Other`, so that the browser gets the next page instead of posting again.
    static func seeOther(_ path: String, cookie: Cookie? = nil) -> Response {
        var response = Response(status: .seeOther, headers: [.location: path])
        if let cookie {
            response.setCookie(cookie)
        }
        return response
    }
}
