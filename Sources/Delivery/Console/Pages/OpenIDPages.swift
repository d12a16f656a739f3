// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes

/// Signing in at an OpenID provider: the way there, and the way back.
struct OpenIDPages {
    let isSecure: Bool

    var all: [Route] { [begin, finish] }

    /// Sends the browser to the provider, with a cookie that ties the answer to this browser.
    private var begin: Route {
        .page(SingleSignOn.path, .open, query: [SignInPages.next]) { exchange in
            let provider = try Self.provider(exchange)
            let begun: OpenIDClient.Begun
            do throws(AccessError) {
                begun = try await exchange.services.access.beginLogIn(
                    at: provider.client,
                    from: exchange.client,
                    time: exchange.now
                )
            } catch {
                throw Self.refusal(error)
            }
            var reply = Reply.leave(for: begun.url)
            let next = LocalPath.checked(exchange.query["next"] ?? "/")
            reply.headers[.setCookie] = BeginningCookie.set(begun.browser.text, next: next, isSecure: isSecure)
            return reply
        }
    }

    private static let answer = [
        InputField("state", .text(maximum: 256), "The login that this is the answer to."),
        InputField("code", .text(maximum: 2048), "What tokens are had for."),
        InputField("iss", .text(maximum: 2048), "Which provider answers."),
        InputField("error", .text(maximum: 256), "Why there is no code."),
    ]

    /// Where the provider sends the browser back to. Providers add members of their own, which do not count (RFC 6749
    /// section 4.1.2).
    private var finish: Route {
        var route = Route.page(SingleSignOn.callbackPath, .open, query: Self.answer) { exchange in
            let provider = try Self.provider(exchange)
            let beginning = BeginningCookie.read(exchange.request.headers, isSecure: isSecure)
            let session: NewSession
            do throws(AccessError) {
                session = try await exchange.services.access.logIn(
                    OpenIDClient.Answer(
                        state: exchange.query["state"],
                        code: exchange.query["code"],
                        issuer: exchange.query["iss"],
                        error: exchange.query["error"]
                    ),
                    browser: beginning?.browser ?? "",
                    at: provider.client,
                    from: exchange.client,
                    replacing: SessionCookie.secret(in: exchange.request.headers, isSecure: isSecure),
                    time: exchange.now
                )
            } catch {
                throw Self.refusal(error)
            }
            var reply = Reply.redirect(beginning?.next ?? "/")
            reply.headers[values: .setCookie] = [
                SessionCookie.set(session.secret.text, isSecure: isSecure), BeginningCookie.clear(isSecure: isSecure),
            ]
            return reply
        }
        route.ignoresUnknownQuery = true
        return route
    }

    private static func provider(_ exchange: Exchange) throws(Problem) -> SingleSignOn {
        guard let provider = exchange.services.singleSignOn() else {
            throw .notFound("provider to sign in at; \"oidc\" in the configuration names one")
        }
        return provider
    }

    /// The problem with a way to begin again.
    private static func refusal(_ error: AccessError) -> any Error {
        guard var problem = Problem(error) else { return error }
        // Whose answer is not accepted has not signed in; there is nothing that a token of the API would change.
        if error.code == .badLink { problem.status = .badRequest }
        problem.wayOn = (title: "Sign in again", path: "/login")
        return problem
    }
}

/// The cookie of somebody who is at the provider: what ties the answer to this browser, and the page to go on with.
enum BeginningCookie {
    private static func name(isSecure: Bool) -> String { isSecure ? "__Host-redoubt-oidc" : "redoubt-oidc" }

    static func set(_ browser: String, next: String, isSecure: Bool) -> String {
        let end = "Path=/; Max-Age=600; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
        return "\(name(isSecure: isSecure))=\(browser).\(Address.encode(next)); \(end)"
    }

    static func clear(isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// What it holds; the page is checked, as anybody can write a cookie.
    static func read(_ headers: HTTPFields, isSecure: Bool) -> (browser: String, next: String)? {
        guard let text = Cookies.value(of: name(isSecure: isSecure), in: headers) else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1)
        guard let browser = parts.first else { return nil }
        let next = try? parts.dropFirst().first.map { try FormEncoding.decode(ArraySlice($0.utf8), plusIsSpace: false) }
        return (String(browser), LocalPath.checked(next ?? "/"))
    }
}
