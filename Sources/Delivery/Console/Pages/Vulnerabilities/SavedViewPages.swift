// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import VulnerabilityManagement

/// Views above the list of findings: the fixed ones, those that people keep, and the forms to keep and remove them.
enum SavedViewPages {
    static let all = [keep, remove]

    private static let path = FindingLinks.list + "/views"

    private static let keep = Route.form(
        path,
        .grantedInProjects(.see),
        [SavedViewActions.name] + SavedViewActions.fields
    ) { exchange in
        let body = exchange.body
        // What was typed into the list's search box may have bare words, which are in quotes elsewhere.
        do {
            let filter = try FindingFilter.quotingBareWords(body.text("filter"))
            let view = try await SavedViewActions.save(exchange, named: body.text("name"), filter: filter)
            return .redirect(address(view, done: "view"))
        } catch let error as SavedViewError {
            var problem = Problem(error)
            problem.wayOn = (
                title: "Back to the list", path: FindingLinks.list(body.text("filter"), sort: body["sort"])
            )
            throw problem
        }
    }

    private static let remove = Route.form(
        path + "/remove",
        .grantedInProjects(.see),
        [SavedViewActions.name]
    ) { exchange in
        try await SavedViewActions.remove(exchange, named: exchange.body.text("name"))
        return .redirect(Address.path(FindingLinks.list, [("done", "noview")]))
    }

    /// The list as a view has it.
    private static func address(_ view: SavedView, done: String? = nil) -> String {
        // An empty filter chooses everything, but in the address of the list stands for what is open.
        let filter = view.filter.isEmpty ? "priority>=0" : view.filter
        let sort = view.sort == .priority ? nil : view.sort.rawValue
        return Address.path(FindingLinks.list, [("filter", filter), ("sort", sort), ("done", done)])
    }

    /// All that stands between the list and its filter.
    ///
    static func html(_ exchange: Exchange, _ filter: String) async throws -> HTML {
        let views = try await SavedViewActions.views(exchange)
        let principal = try exchange.principal
        let sort = exchange.query["sort"].flatMap { FindingOrder(rawValue: $0) } ?? .priority
        // As it is kept; nil for what is no filter, of which the page tells above.
        let kept = try? FindingFilter.quotingBareWords(filter)
        let saved = views.map { view -> HTML in
            let keeper: HTML = view.owner == principal.name ? .empty : " <small>by \(view.owner)</small>"
            return link(
                "\(view.name)\(keeper)",
                address(view),
                isCurrent: view.filter == kept && view.sort == sort
            )
        }
        let fixed = FindingListPage.views.map { name, view in
            link(HTML(text: name), FindingLinks.list(view), isCurrent: view == filter)
        }
        return links(fixed, name: "Views")
            + (saved.isEmpty ? .empty : links(saved, name: "Saved views"))
            + (kept == nil ? .empty : form(exchange, filter, sort))
            + own(views.filter { $0.owner == principal.name }, exchange)
    }

    private static func link(_ name: HTML, _ address: String, isCurrent: Bool) -> HTML {
        let current: HTML = isCurrent ? " aria-current=\"true\"" : ""
        return "<a href=\"\(address)\"\(current)>\(name)</a>"
    }

    private static func links(_ links: [HTML], name: String) -> HTML {
        "<nav class=\"choices wrap\" aria-label=\"\(name)\">\(links.joined())</nav>"
    }

    private static func form(_ exchange: Exchange, _ filter: String, _ sort: FindingOrder) -> HTML {
        let name = Form.Field("name", "Name", required: true, length: SavedView.longestName).html(prefix: "view")
        let share: HTML =
            SavedViewActions.mayShare(exchange)
            ? "<p><label><input type=\"checkbox\" name=\"shared\" value=\"true\"> For everybody</label></p>" : .empty
        return .disclosure(
            "Keep this view",
            """
            <form method="post" action="\(path)">\(exchange.token.field)\
            <input type="hidden" name="filter" value="\(filter)">\
            <input type="hidden" name="sort" value="\(sort.rawValue)"><div class="fields">\(name)</div>\(share)\
            <p class="send"><button type="submit">Keep this view</button><small>The filter and the order, under a name. \
            It takes the place of the view that you have under this name.</small></p></form>
            """
        )
    }

    private static func own(_ views: [SavedView], _ exchange: Exchange) -> HTML {
        guard !views.isEmpty else { return .empty }
        let items = views.map { view -> HTML in
            let form = Form(path + "/remove", hidden: [("name", view.name)], button: "Remove")
            let shared: HTML = view.isShared ? " · for everybody" : .empty
            return """
                <li><a href="\(address(view))">\(view.name)</a>\(shared) <small><code>\(view.filter)</code></small> \
                \(form.buttonHTML(exchange.token, label: "Remove the view \(view.name)"))</li>
                """
        }
        return .disclosure("Your views", "<ul class=\"plainlist\">\(items.joined())</ul>")
    }
}
