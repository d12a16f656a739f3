// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import HTTPTypes
import Hummingbird

/// Pages without a known weakness: what ordinary customers do all day.
extension Shop {
    /// Basket, checkout and contact form.
    func addOrderPages(to router: Router<BasicRequestContext>) {
        router.get("/basket") { request, _ in try await basket(of: request) }
        router.post("/basket") { request, _ in try await addToBasket(request) }
        router.get("/checkout") { _, _ in checkoutForm() }
        router.post("/checkout") { request, _ in try await order(request) }
        router.get("/contact") { _, _ in contactForm() }
        router.post("/contact") { request, _ in
            let form = try await request.form()
            return Page(
                title: "Thank you",
                content: """
                    <p>Dear \(form["name"].escaped), we answer to \(form["email"].escaped) within a day.</p>
                    <blockquote>\(form["message"].escaped)</blockquote>
                    """
            )
        }
    }

    private func addToBasket(_ request: Request) async throws -> Response {
        let form = try await request.form()
        guard let id = Int(form["id"]), try await catalogue.product(id: id) != nil else {
            throw HTTPError(.badRequest, message: "We do not have that product.")
        }
        let quantity = min(max(Int(form["quantity"]) ?? 1, 1), 99)
        let cookie = sessions.update(request) { session in
            session.basket[id] = min(session.basket[id, default: 0] + quantity, 99)
        }
        return .seeOther("/basket", cookie: cookie)
    }

    private func basket(of request: Request) async throws -> Page {
        let basket = sessions.session(of: request).basket
        let lines = try await catalogue.products().compactMap { product in
            basket[product.id].map { (product: product, quantity: $0) }
        }
        guard !lines.isEmpty else { return Page(title: "Basket", content: "<p>Your basket is empty.</p>") }
        let total = lines.reduce(0) { $0 + $1.product.price * $1.quantity }
        let rows = lines.map { line in
            """
            <tr><td>\(line.product.name.escaped)</td><td>\(line.quantity)</td>
            <td>\(Product.text(cents: line.product.price * line.quantity))</td></tr>
            """
        }
        return Page(
            title: "Basket",
            content: """
                <table>
                <thead><tr><th scope="col">Product</th><th scope="col">Pieces</th><th scope="col">Price</th></tr></thead>
                <tbody>\(rows.joined(separator: "\n"))</tbody>
                <tfoot><tr><th scope="row" colspan="2">Total</th><td>\(Product.text(cents: total))</td></tr></tfoot>
                </table>
                <p><a class="button" href="/checkout">To the checkout</a></p>
                """
        )
    }

    private func checkoutForm() -> Page {
        Page(
            title: "Checkout",
            content: """
                <form action="/checkout" method="post" class="stacked">
                <label>Name <input name="name" autocomplete="name" required></label>
                <label>E-mail <input type="email" name="email" autocomplete="email" required></label>
                <label>Street and number <input name="street" autocomplete="street-address"></label>
                <label>Postcode <input name="postcode" autocomplete="postal-code"></label>
                <label>Town <input name="town" autocomplete="address-level2"></label>
                <label>A word for the parcel service <textarea name="comment" rows="4"></textarea></label>
                <button>Order</button>
                </form>
                """
        )
    }

    private func order(_ request: Request) async throws -> Page {
        let form = try await request.form()
        guard !form["name"].isEmpty, form["email"].contains("@") else {
            throw HTTPError(.badRequest, message: "We need a name and an e-mail address.")
        }
        return Page(
            title: "Ordered",
            content: """
                <p>Thank you, \(form["name"].escaped)! The parcel goes to \(form["street"].escaped),
                \(form["postcode"].escaped) \(form["town"].escaped).</p>
                <blockquote>\(form["comment"].escaped)</blockquote>
                """
        )
    }

    private func contactForm() -> Page {
        Page(
            title: "Contact",
            content: """
                <form action="/contact" method="post" class="stacked">
                <label>Name <input name="name" autocomplete="name"></label>
                <label>E-mail <input type="email" name="email" autocomplete="email"></label>
                <label>Message <textarea name="message" rows="6"></textarea></label>
                <button>Send</button>
                </form>
                """
        )
    }
}
