// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents
internal import Policy

/// What was decided, and what holds because of it.
enum DecisionPages {
    static let list = Route.page(
        "/decisions",
        .granted(.see),
        query: Filters.decisions + Cursors.fields + [Done.field]
    ) { exchange in
        let cursors = Cursors(exchange)
        let result = try await exchange.services.insight.decisions(
            try Filters.decisions(exchange.query),
            after: try cursors.place(),
            limit: cursors.limit
        )
        let policy = exchange.services.policy.document()
        var page = ConsolePage("Decisions", .decisions)
        page.lead = "Who decided what, when and why. Each one was recorded as evidence before it took effect."
        let standing = Standing(policy, exchange)
        page.content = .grid([
            Panel("Exceptions", .half, anchor: "exceptions", content: standing.exceptions),
            Panel("Blocks", .half, anchor: "blocks", content: standing.blocks),
            Panel("Never blocked", .half, anchor: "never", content: standing.neverBlocked),
            Panel("Limits", .half, anchor: "limits", content: standing.limits),
            Panel("Everything at once", anchor: "all", content: standing.whole),
            Panel(
                "All decisions",
                content: filters(exchange)
                    + table(result.elements, exchange, more: cursors.nextPage(cursors.seal(result.next)))
            ),
        ])
        return try await page.reply(exchange)
    }

    private static func filters(_ exchange: Exchange) -> HTML {
        let query = exchange.query
        let dispositions =
            [(value: "", text: "any")] + Disposition.allCases.map { (value: $0.rawValue, text: $0.rawValue) }
        return Form.bar(
            "/decisions",
            [
                .init("disposition", "What", .choice(dispositions), value: query["disposition"] ?? ""),
                .init("subject", "Whom", value: query["subject"] ?? "", length: 300),
                .init("since", "Since", .choice(DetectionPages.stretches), value: query["since"] ?? ""),
            ],
            name: "Filter decisions",
            isSet: !query.isEmpty
        )
    }

    static func table(_ decisions: [KeptDecision], _ exchange: Exchange, more: String? = nil) -> HTML {
        guard !decisions.isEmpty else {
            return .empty("No decision yet", "What is blocked and what people change stands here.")
        }
        let rows = decisions.map { kept -> [HTML] in
            let decision = kept.decision
            let leaf: HTML =
                kept.leaf.map { exchange.may(.audit) ? .link("leaf \($0)", "/evidence/leaves/\($0)") : "leaf \($0)" }
                ?? .empty
            return [
                .time(decision.time, now: exchange.now), .disposition(decision.disposition),
                HTML(text: decision.message) + (decision.scope.map { "<br><code>\($0)</code>" } ?? .empty),
                decision.subject.map { .entity($0) } ?? .empty, HTML(text: decision.maker),
                "<small>\(leaf)</small> \(undo(decision, exchange))",
            ]
        }
        return Table(
            "Decisions, newest first",
            [.tight("Time"), .tight("What"), .init("Why"), .tight("Whom"), .init("By"), .init("Proof and undo")],
            rows,
            more: more
        ).html
    }

    private static func undo(_ decision: Decision, _ exchange: Exchange) -> HTML {
        guard decision.disposition == .changed, exchange.may(.respond) else { return .empty }
        return Form(
            "/decisions/\(decision.id)/undo",
            hidden: [("reason", "taken back in the console"), ("back", "/decisions")],
            button: "Take back",
            confirm: "Take back: \(decision.message)?"
        ).buttonHTML(exchange.token, label: "Take back: \(decision.message)")
    }
}

/// What holds now: exceptions, blocks, limits.
struct Standing {
    private let policy: PolicyDocument
    private let exchange: Exchange

    init(_ policy: PolicyDocument, _ exchange: Exchange) {
        self.policy = policy
        self.exchange = exchange
    }

    private static let most = 50

    private func removal(_ path: String, _ key: String, _ value: String, _ button: String = "Remove") -> HTML {
        Form(
            path,
            hidden: [(key, value), ("reason", "removed in the console"), ("back", "/decisions")],
            button: button,
            confirm: "\(button) \(value)?"
        ).buttonHTML(exchange.token, label: "\(button) \(value)")
    }

    private func end(_ expires: Int64?) -> HTML {
        guard let expires else { return "for good" }
        return expires <= exchange.now
            ? "<strong>ended</strong> " + .age(expires, now: exchange.now) : .time(expires, now: exchange.now)
    }

    private func note(_ shown: Int, of all: Int) -> HTML {
        shown < all
            ? "<p class=\"quiet\">\(Count.grouped(all - shown)) more; <code>redoubt</code> lists all of them.</p>"
            : .empty
    }

    var exceptions: HTML {
        let all = policy.sortedExceptions
        let rows = all.prefix(Self.most).map { exception -> [HTML] in
            let place = exception.place.description
            return [
                "<strong>\(exception.rules)</strong>\(exception.target.map { " in " + $0.description } ?? "")<br><small>\(place.isEmpty ? "everywhere" : place)\(exception.contentType.map { ", of type " + $0.description } ?? "")\(exception.client.map { ", for " + $0.description } ?? "")</small>",
                "\(exception.owner)<br><small>\(exception.by.reason)</small>", end(exception.expires),
                exchange.may(.respond) ? removal("/exceptions/remove", "id", "\(exception.id)") : .empty,
            ]
        }
        let table = Table(
            "Exceptions",
            [.init("Rules and where"), .init("Whose and why"), .tight("Until"), .unseen("Act")],
            Array(rows)
        ).html
        let add =
            exchange.may(.respond)
            ? HTML.disclosure("Add an exception", ExceptionForm.html(exchange, rules: "", back: "/decisions")) : .empty
        return (rows.isEmpty ? .empty("No exception", "Add one from a detection that was no attack.") : table)
            + note(rows.count, of: all.count) + add
    }

    var blocks: HTML {
        let all = policy.sortedBlocks
        let rows = all.prefix(Self.most).map { block -> [HTML] in
            [
                .entity(block.entity), "\(block.by.maker)<br><small>\(block.by.reason)</small>", end(block.expires),
                exchange.may(.respond) ? removal("/blocks/remove", "entity", "\(block.entity)", "Unblock") : .empty,
            ]
        }
        let table = Table(
            "Blocks",
            [.init("Whom"), .init("Who and why"), .tight("Until"), .unseen("Act")],
            Array(rows)
        ).html
        let form = Form(
            "/blocks",
            [
                .init("entity", "Whom", note: "an address, a network, user:alice", required: true, length: 300),
                .init("expires", "Until", .choice(DetectionExplanation.blockEnds), value: "24h"),
                .init("reason", "Why", required: true, full: true, length: 500),
            ],
            hidden: [("back", "/decisions")],
            button: "Block",
            confirm: "Block for all applications?",
            style: "danger",
            name: "block"
        ).html(exchange.token)
        return (rows.isEmpty ? .empty("Nobody is blocked") : table) + note(rows.count, of: policy.blocks.count)
            + (exchange.may(.respond) ? HTML.disclosure("Block somebody", form) : .empty)
    }

    var neverBlocked: HTML {
        let all = policy.neverBlocked.values.sorted { $0.entity.description < $1.entity.description }
        let rows = all.prefix(Self.most).map { entry -> [HTML] in
            [
                .entity(entry.entity),
                "\(entry.kind.rawValue.replacing("_", with: " "))<br><small>\(entry.by.reason)</small>",
                end(entry.expires),
                exchange.may(.administer) ? removal("/never-block/remove", "entity", "\(entry.entity)") : .empty,
            ]
        }
        let table = Table("Never blocked", [.init("Whom"), .init("Why"), .tight("Until"), .unseen("Act")], Array(rows))
            .html
        let form = Form(
            "/never-block",
            [
                .init("entity", "Whom", note: "such as 10.0.0.0/8", required: true, length: 300),
                .init("reason", "Why", required: true, length: 500),
            ],
            hidden: [("back", "/decisions")],
            button: "Never block",
            name: "never"
        ).html(exchange.token)
        return
            (rows.isEmpty
            ? .empty("Only this machine itself", "Put your monitoring and your own network here before you enforce.")
            : table)
            + note(rows.count, of: all.count)
            + (exchange.may(.administer) ? HTML.disclosure("Add somebody", form) : .empty)
    }

    var limits: HTML {
        let all = policy.limits.values.sorted { $0.name < $1.name }
        let rows = all.prefix(Self.most).map { limit -> [HTML] in
            let place = limit.place.description
            return [
                "<strong>\(limit.name)</strong><br><small>\(place.isEmpty ? "everywhere" : place)</small>",
                "\(Count.grouped(limit.count)) in \(limit.seconds) s per \(limit.key.rawValue)", end(limit.expires),
                exchange.may(.administer) ? removal("/limits/remove", "name", "\(limit.name)") : .empty,
            ]
        }
        let table = Table("Limits", [.init("Limit"), .init("How many"), .tight("Until"), .unseen("Act")], Array(rows))
            .html
        let form = Form(
            "/limits",
            [
                .init("name", "Name", required: true, length: 128),
                .init(
                    "key",
                    "Counted per",
                    .choice(RateLimit.Key.allCases.map { ($0.rawValue, $0.rawValue) }),
                    value: "address"
                ),
                .init("count", "How many", .number, required: true, length: 7),
                .init("seconds", "In seconds", .number, value: "60", required: true, length: 5),
                .init("place", "Only at", note: "such as route:POST /login", full: true, length: 1200),
                .init("reason", "Why", required: true, full: true, length: 500),
            ],
            hidden: [("back", "/decisions")],
            button: "Set the limit",
            hint: "Observed until limits are enforced.",
            name: "limit"
        ).html(exchange.token)
        return (rows.isEmpty ? .empty("No limit", "A limit on sign-ins is a good first one.") : table)
            + (exchange.may(.administer) ? HTML.disclosure("Add a limit", form) : .empty)
    }

    /// Stand-down, and what the guard has put back.
    var whole: HTML {
        var html = HTML.empty
        for (control, author) in policy.stoodBack.sorted(by: { $0.key.index < $1.key.index }) {
            html += "<p>\(control) was put to observe \(HTML.age(author.time, now: exchange.now)): \(author.reason)</p>"
            if exchange.may(.administer) {
                html += simple(
                    "/resume",
                    "Let \(control) act again",
                    [("control", control.rawValue)],
                    "resume-\(control)"
                )
            }
        }
        if let stood = policy.stoodDown {
            html += "<p>\(stood.maker) stood everything down: \(stood.reason)</p>"
            if exchange.may(.administer) { html += simple("/stand-up", "End the stand-down", [], "up") }
        } else if exchange.may(.respond) {
            html += HTML.disclosure(
                "Stand down",
                "<p>Puts all controls to observe and lifts all blocks at once, for when the defence does harm.</p>"
                    + simple(
                        "/stand-down",
                        "Stand down",
                        [],
                        "down",
                        confirm: "Put all controls to observe and lift all blocks?"
                    )
            )
        }
        return html.isEmpty ? "<p class=\"quiet\">Responders can put all to observe here.</p>" : html
    }

    private func simple(
        _ path: String,
        _ button: String,
        _ hidden: [(String, String)],
        _ name: String,
        confirm: String? = nil
    ) -> HTML {
        Form(
            path,
            [.init("reason", "Why", required: true, full: true, length: 500)],
            hidden: hidden + [("back", "/decisions")],
            button: button,
            confirm: confirm,
            style: confirm == nil ? nil : "danger",
            name: name
        ).html(exchange.token)
    }
}
