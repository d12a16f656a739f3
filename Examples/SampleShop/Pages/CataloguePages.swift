// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Hummingbird

extension Shop {
    /// The home page, the product list, the search and the product page.
    func addCataloguePages(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in try await home() }
        router.get("/products") { _, _ in try await productList() }
        router.get("/search") { request, _ in try await search(request.query["q"]) }
        router.get("/product") { request, _ in try await product(request.query["id"]) }
    }

    private func home() async throws -> Page {
        let offers = try await catalogue.products().prefix(6).map(Self.card).joined(separator: "\n")
        return Page(
            title: "Tea, and what it takes",
            content: """
                <p>Leaves from small gardens, pots that last, and a kettle that knows its temperatures.
                <a href="/search?q=tea">All our tea</a></p>
                <h2>This week</h2>
                <ul class="cards">\(offers)</ul>
                """
        )
    }

    private func productList() async throws -> Page {
        let cards = try await catalogue.products().map(Self.card).joined(separator: "\n")
        return Page(title: "Products", content: "<ul class=\"cards\">\(cards)</ul>")
    }

    private static func card(_ product: Product) -> String {
        """
        <li><a href="/product?id=\(product.id)">\(product.name.escaped)</a>
        <span class="price">\(product.priceText)</span>
        <span class="note">\(product.description.escaped)</span></li>
        """
    }

    /// Vulnerable: the words become part of the query's text (CWE-89), the page shows the database's error
    /// (CWE-209) and repeats the words as they came (CWE-79).
    ///
    /// Someone noticed that O'Brien found an error instead of a teapot, and mended that one case (CWE-184).
    private func search(_ words: String) async throws -> Page {
        let pattern = words.replacing(#/(\w)'(?=\w)/#) { "\($0.1)''" }
        let sql = """
            SELECT id, name, description, price FROM product WHERE name LIKE '%\(pattern)%' \
            OR description LIKE '%\(pattern)%' ORDER BY name
            """
        let heading = "<p>Results for <b>\(words)</b></p>"
        do {
            let rows = try await catalogue.rows(of: sql)
            guard !rows.isEmpty else {
                return Page(title: "Search", content: heading + "<p>Nothing found.</p>")
            }
            let items = rows.map { row in
                """
                <li><a href="/product?id=\((row["id"] ?? "").escaped)">\((row["name"] ?? "").escaped)</a>
                <span class="price">\(Self.price(row["price"]).escaped)</span>
                <span class="note">\((row["description"] ?? "").escaped)</span></li>
                """
            }
            return Page(title: "Search", content: heading + "<ul class=\"cards\">\(items.joined(separator: "\n"))</ul>")
        } catch let error as CatalogueError {
            return Self.failure(title: "Search", heading: heading, error: error)
        }
    }

    /// Vulnerable: the number is not checked and becomes part of the query's text (CWE-89, CWE-209).
    private func product(_ id: String) async throws -> Page {
        let sql = "SELECT name, description, price, category FROM product WHERE id = \(id.isEmpty ? "0" : id)"
        do {
            guard let row = try await catalogue.rows(of: sql).first else {
                return Page(title: "Product", content: "<p>We do not have that one.</p>", status: .notFound)
            }
            return Page(
                title: row["name"] ?? "",
                content: """
                    <p class="note">\((row["category"] ?? "").escaped)</p>
                    <p>\((row["description"] ?? "").escaped)</p>
                    <p class="price">\(Self.price(row["price"]).escaped)</p>
                    <form action="/basket" method="post">
                    <input type="hidden" name="id" value="\(id.escaped)">
                    <label>How many <input type="number" name="quantity" value="1" min="1" max="99"></label>
                    <button>Into the basket</button>
                    </form>
                    """
            )
        } catch let error as CatalogueError {
            return Self.failure(title: "Product", heading: "", error: error)
        }
    }

    /// A price as the query returned it: cents where it is a number, else what it is.
    private static func price(_ text: String?) -> String {
        guard let text else { return "" }
        return Int(text).map { Product.text(cents: $0) } ?? text
    }

    static func failure(title: String, heading: String, error: CatalogueError) -> Page {
        Page(
            title: title,
            content: heading + "<pre class=\"error\">\(error.message.escaped)</pre>",
            status: .internalServerError
        )
    }
}
