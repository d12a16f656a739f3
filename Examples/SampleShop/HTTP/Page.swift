// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import HTTPTypes
import Hummingbird
import Logging

/// A page in the shop's frame: banner, navigation, content.
struct Page: ResponseGenerator {
    var title: String
    /// HTML; whoever builds it escapes what must be escaped.
    var content: String
    var status: HTTPResponse.Status = .ok
    var headers: HTTPFields = [:]

    func response(from request: Request, context: some RequestContext) -> Response {
        response()
    }

    /// The page as an answer.
    func response() -> Response {
        var headers = headers
        headers[.contentType] = "text/html; charset=utf-8"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    private var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title.escaped) – Teapot &amp; Sons</title>
        <link rel="stylesheet" href="/style.css">
        <link rel="icon" href="/favicon.svg" type="image/svg+xml">
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <p class="banner" role="note"><strong>Vulnerable on purpose.</strong>
        This shop exists to be attacked. Nothing here is real.</p>
        <header>
        <a class="brand" href="/">Teapot &amp; Sons</a>
        <nav aria-label="Main">
        <ul>
        <li><a href="/products">Products</a></li>
        <li><a href="/guestbook">Guestbook</a></li>
        <li><a href="/files">Manuals</a></li>
        <li><a href="/basket">Basket</a></li>
        <li><a href="/account">Account</a></li>
        <li><a href="/contact">Contact</a></li>
        </ul>
        </nav>
        <form class="find" action="/search" method="get" role="search">
        <label class="hidden" for="find">Search the shop</label>
        <input id="find" type="search" name="q" placeholder="Green tea">
        <button>Search</button>
        </form>
        </header>
        <main id="content">
        <h1>\(title.escaped)</h1>
        \(content)
        </main>
        <footer>
        <ul>
        <li><a href="/upload">Share a photo</a></li>
        <li><a href="/greet">A greeting</a></li>
        <li><a href="/tools/ping">Delivery servers</a></li>
        <li><a href="/preview">Supplier preview</a></li>
        <li><a href="/api/products">Products as JSON</a></li>
        </ul>
        </footer>
        </body>
        </html>

        """
    }
}

extension String {
    /// The text with the five characters that mean something in HTML replaced by references.
    var escaped: String {
        var result = ""
        result.reserveCapacity(utf8.count + 16)
        for character in unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

/// Turns errors into pages, so that a visitor (and a scanner) always gets an answer.
struct FriendlyErrors: RouterMiddleware {
    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            let reason = (error as? HTTPError)?.body ?? error.status.reasonPhrase
            return Page(title: error.status.reasonPhrase, content: "<p>\(reason.escaped)</p>", status: error.status)
                .response()
        } catch {
            context.logger.error("\(request.method) \(request.uri.path): \(error)")
            return Page(title: "Sorry", content: "<p>That did not work.</p>", status: .internalServerError).response()
        }
    }
}
