// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents
internal import Policy

/// One detection in parts: why it was made, what was asked, and what can be done about it.
struct DetectionExplanation {
    private let detail: DetectionDetail
    private let exchange: Exchange
    private var row: DetectionRow { detail.row }

    init(_ detail: DetectionDetail, _ exchange: Exchange) {
        self.detail = detail
        self.exchange = exchange
    }

    private var rule: CatalogueRule? {
        (try? RuleID(parsing: row.rule)).flatMap { exchange.services.rules.find($0) }
    }

    // MARK: Why

    var why: HTML {
        var html = HTML.facts([
            ("Rule", "<a href=\"/rules/\(Address.encode(row.rule))\">\(row.rule)</a> \(rule?.message ?? row.message)"),
            ("Looked at", row.target.map { .code($0) }),
            ("Found", row.evidence.map { "<code><mark>\($0)</mark></code> <small>secrets are masked</small>" }),
            ("Kind", row.kind.isEmpty ? nil : HTML(text: Self.kindName(row.kind))),
            ("Technique", row.technique.map { HTML(text: "\($0) (MITRE ATT&CK)") }),
            (
                "Decided by",
                row.decidedBy.map {
                    "<a href=\"/rules/\(Address.encode($0))\">rule \($0)</a>, which sums up what others found"
                }
            ),
            ("Outcome", DetectionPages.outcome(row.outcome) + " " + HTML(text: reason)),
        ])
        if let rule {
            html +=
                "<h3>The rule, \(rule.file) line \(rule.line)</h3><pre tabindex=\"0\" role=\"region\" aria-label=\"Text of the rule\">\(shortened(rule.text))</pre>"
        }
        return html
    }

    /// What the rule matched, by evaluating the kept transaction again.
    func seen(_ explanation: Explanation) -> HTML {
        guard exchange.services.trials != nil else { return .empty("No transactions are kept here") }
        if let refusal = explanation.refusal { return .empty("Rules cannot be asked now", "\(refusal)") }
        guard let found = explanation.explained else {
            return .empty(
                "The transaction is not kept any more",
                "Payloads are kept for a week, or were not kept; what was recorded then stands above."
            )
        }
        let own = explanation.matches.first { $0.rule == row.rule }
        let shown: HTML =
            own.map { ExplanationView.match($0) }
            ?? "<p>The rules have changed: rule \(row.rule) does not match in it today. \(found.endedBy == nil ? "Nothing would stop it." : "Others would still stop it.")</p>"
        let inspect: HTML =
            exchange.may(.triage)
            ? "<p><a class=\"button plain\" href=\"\(TransactionPage.address(explanation.transaction))\">Look into the request</a> <small>masked; the look is recorded</small></p>"
            : .empty
        let others = explanation.matches.filter { $0.rule != row.rule }
        let more =
            others.isEmpty
            ? HTML.empty
            : HTML.disclosure(
                "What else rules match in it today",
                ExplanationView.matches(others, more: found.moreMatches)
            )
        return shown + inspect + more + "<p class=\"quiet\">This look is recorded as evidence.</p>"
    }

    private func shortened(_ text: String) -> HTML {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(40)
        return lines.map { HTML(text: String($0.prefix(1000))) }.joined("\n")
    }

    private var reason: String {
        let scope = row.scope.map { "\($0) is set so" } ?? "nothing is set, so it is observed"
        switch row.reason {
        case "observed": return "because the mode is observe: \(scope)"
        case "enforced": return "because the mode is enforce: \(scope)"
        case "exception": return "because an exception lets it pass"
        case "never_blocked": return "because this client is never blocked"
        case "stood_down": return "because all controls were stood down"
        case "stood_back": return "because the control was put back to observe"
        case "outside_canary": return "because this client is not in the canary"
        case "entity_block": return "because this client is blocked"
        case "limit_exceeded": return "because a limit was exceeded"
        default: return ""
        }
    }

    static func kindName(_ kind: String) -> String {
        switch kind {
        case "sqli": "SQL injection"
        case "xss": "cross-site scripting"
        case "lfi": "reading of local files"
        case "rfi": "inclusion of remote files"
        case "rce": "remote execution of code"
        case "php": "PHP injection"
        case "java": "Java injection"
        default: kind
        }
    }

    // MARK: The request

    var request: HTML {
        .facts([
            ("Asked", .code("\(row.method ?? "?") \(row.path ?? row.route)")),
            ("Route", .code(row.route)),
            ("Host", row.host.map { HTML(text: $0) }),
            (
                "Application",
                row.application.isEmpty ? nil : .link(row.application, ApplicationPages.address(row.application))
            ),
            ("Client", row.client.map { .entity($0) }),
            ("Answered", row.status == 0 ? "nothing" : "\(row.status)"),
            ("First", row.count > 1 ? .time(row.time, now: exchange.now) : nil),
            ("Transaction", row.transaction.map { .link($0, "/events/\(Address.encode($0))") }),
            (
                "More of them",
                row.samples.isEmpty ? nil : row.samples.map { .link($0, "/events/\(Address.encode($0))") }.joined(", ")
            ),
            (
                "Folded",
                row.folding == .flood
                    ? "This line stands for many clients and routes under a flood; those shown are of the first." : nil
            ),
        ])
    }

    var rules: HTML {
        guard !detail.rules.isEmpty else { return .empty("Nothing more was kept") }
        let rows = detail.rules.map { rule -> [HTML] in
            [
                "<a href=\"/rules/\(Address.encode(rule.rule))\">\(rule.rule)</a>", .severity(rule.severity),
                HTML(text: rule.message) + (rule.target.map { "<br><code>\($0)</code>" } ?? .empty),
            ]
        }
        let more: HTML = detail.moreRules > 0 ? "<p class=\"quiet\">and \(detail.moreRules) more</p>" : .empty
        return Table("Rules that matched", [.tight("Rule"), .tight("Severity"), .init("What")], rows).html + more
    }

    // MARK: What next

    var next: HTML {
        var html = HTML.empty
        if row.outcome == .wouldStop {
            html +=
                "<p>Nothing was stopped. If it was an attack, block the client or enforce; if not, let it pass for good.</p>"
        } else if row.outcome.isStopped {
            html += "<p>It was stopped. If that was wrong, add an exception as narrow as this one.</p>"
        }
        guard exchange.may(.respond) else {
            return html + "<p class=\"quiet\">To act on it you need the role of a responder.</p>" + links
        }
        html += HTML.disclosure("It was no attack: let it pass", exceptionForm)
        if let client = row.client { html += HTML.disclosure("It was an attack: block the client", blockForm(client)) }
        return html + links
    }

    private var links: HTML {
        var links: [HTML] = []
        if let client = row.client { links.append("All of \(HTML.entity(client))") }
        links.append(.link("All of this rule", Address.path("/detections", [("rule", row.rule)])))
        links.append(.link("All on this route", Address.path("/detections", [("route", row.route)])))
        if !row.application.isEmpty {
            links.append(.link("Rehearse \(row.application)", ApplicationPages.address(row.application)))
        }
        return "<p>\(links.joined("<br>"))</p>"
    }

    /// The narrowest exception that would have let it pass.
    private var exceptionForm: HTML {
        let isShort = row.folding != .flood
        let place = PlaceText.route(row.route, application: row.application)
        let target = row.target.flatMap { (try? TargetSelector(parsing: $0))?.description } ?? ""
        return Form(
            "/exceptions",
            [
                .init("rules", "Rule", value: row.rule, required: true),
                .init("target", "Only in", value: isShort ? target : "", note: "empty: anywhere in the request"),
                .init(
                    "place",
                    "Only at",
                    value: isShort ? place : "",
                    note: "empty: everywhere",
                    full: true,
                    length: 1200
                ),
                .init("client", "Only for", note: "empty: all clients", length: 300),
                .init("expires", "Until", .choice(Self.ends), value: "30d"),
                .init("reason", "Why", .area, required: true, full: true, length: 500),
            ],
            hidden: [("control", row.control.rawValue), ("back", Address.detection(row.identifier))],
            button: "Let it pass",
            hint: "Recorded as evidence. Others are detected as before.",
            name: "exception"
        ).html(exchange.token)
    }

    static let ends: [(value: String, text: String)] = [
        ("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("365d", "a year"), ("", "for good"),
    ]

    private func blockForm(_ client: Entity) -> HTML {
        Form(
            "/blocks",
            [
                .init("entity", "Whom", value: client.description, required: true, length: 300),
                .init("expires", "Until", .choice(Self.blockEnds), value: "24h"),
                .init(
                    "reason",
                    "Why",
                    .area,
                    value: "\(row.message) on \(row.route)",
                    required: true,
                    full: true,
                    length: 500
                ),
            ],
            hidden: [("back", Address.detection(row.identifier))],
            button: "Block",
            confirm: "Block \(client) for all applications?",
            style: "danger",
            name: "block"
        ).html(exchange.token)
    }

    static let blockEnds: [(value: String, text: String)] = [
        ("1h", "1 hour"), ("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"), ("", "for good"),
    ]
}

/// Places of the policy from what detections tell.
enum PlaceText {
    static func route(_ route: String, application: String) -> String {
        let scope = application.isEmpty ? "route:\(route)" : "app:\(application)/route:\(route)"
        if (try? Scope.Place(parsing: scope)) != nil { return scope }
        let whole = application.isEmpty ? "" : "app:\(application)"
        return (try? Scope.Place(parsing: whole)) != nil ? whole : ""
    }
}
