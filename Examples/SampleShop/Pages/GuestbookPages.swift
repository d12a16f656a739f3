// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Hummingbird

extension Shop {
    /// The guestbook and a greeting.
    func addGuestbookPages(to router: Router<BasicRequestContext>) {
        router.get("/guestbook") { _, _ in try await guestbook() }
        router.post("/guestbook") { request, _ in
            let form = try await request.form()
            guard !form["text"].isEmpty else { throw HTTPError(.badRequest, message: "Write something first.") }
            let author = form["author"].isEmpty ? "A visitor" : form["author"]
            try await catalogue.addReview(author: author, text: form["text"])
            return Response.seeOther("/guestbook")
        }
        router.get("/greet") { request, _ in greeting(request.query["name"]) }
    }

    /// Vulnerable: what visitors wrote is shown to all as it came (stored cross-site scripting, CWE-79).
    private func guestbook() async throws -> Page {
        let entries = try await catalogue.reviews().map { review in
            "<li><p>\(review.text)</p><p class=\"note\">\(review.author)</p></li>"
        }
        return Page(
            title: "Guestbook",
            content: """
                <form action="/guestbook" method="post" class="stacked">
                <label>Your name <input name="author" autocomplete="name"></label>
                <label>How do you like it? <textarea name="text" rows="4" required></textarea></label>
                <button>Write</button>
                </form>
                <h2>What others say</h2>
                <ul class="entries">\(entries.joined(separator: "\n"))</ul>
                """
        )
    }

    /// Vulnerable: the name is repeated as it came (reflected cross-site scripting, CWE-79).
    private func greeting(_ name: String) -> Page {
        Page(
            title: "A greeting",
            content: """
                <p>Good day, \(name.isEmpty ? "stranger" : name)! The kettle is on.</p>
                <form action="/greet" method="get">
                <label>Your name <input name="name" autocomplete="name"></label>
                <button>Greet me</button>
                </form>
                """
        )
    }
}
