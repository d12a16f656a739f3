// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes
internal import Incidents
internal import Policy

/// A page within the console's frame.
struct ConsolePage {
    var title: String
    var section: Section?
    /// One sentence below the heading.
    var lead = HTML.empty
    /// The page above this one.
    var trail: (label: String, href: String)?
    var actions = HTML.empty
    var content = HTML.empty
    /// After how many seconds the page is loaded again where no script does better; nil for never.
    var refreshSeconds: Int?

    enum Section: String, CaseIterable {
        case overview, live, detections, incidents, entities, vulnerabilities
        case applications, rules, decisions
        case evidence, health, outputs, usage, settings

        var label: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
        var href: String { self == .overview ? "/" : "/\(rawValue)" }
    }

    private static let groups: [(name: String, sections: [Section])] = [
        ("See", [.overview, .live, .detections, .incidents, .entities, .vulnerabilities]),
        ("Decide", [.applications, .rules, .decisions]),
        ("Trust", [.evidence, .health, .outputs, .usage, .settings]),
    ]

    init(_ title: String, _ section: Section?) {
        self.title = title
        self.section = section
    }

    func reply(_ exchange: Exchange) async throws -> Reply {
        let seesAll = exchange.may(.see)
        let open = seesAll ? try await exchange.services.insight.openIncidentCounts().values.reduce(0, +) : 0
        let policy = exchange.services.policy.document()
        var fields: Templates.Fields = [
            "title": title, "heading": title, "style": Asset.style.path, "script": Asset.script.path,
            "icon": Asset.icon.path, "mark": Asset.mark.markup, "who": try exchange.principal.name,
            "canLeave": exchange.caller.session != nil, "token": exchange.token.field.markup,
            "groups": groups(open, exchange), "notices": notices(policy, exchange).markup, "actions": actions.markup,
            "content": content.markup, "version": exchange.services.version,
            "milliseconds": Self.milliseconds(since: exchange.began),
        ]
        if seesAll {
            fields["searches"] = true
            fields["policy"] = ["revision": policy.revision] as Templates.Fields
        }
        if let refreshSeconds { fields["refresh"] = refreshSeconds }
        if !lead.isEmpty { fields["lead"] = lead.markup }
        if let trail {
            fields["trail"] = true
            fields["trailHref"] = trail.href
            fields["trailLabel"] = trail.label
        }
        return .html(Templates.shared.render("layout", fields))
    }

    private func groups(_ open: Int, _ exchange: Exchange) -> [Templates.Fields] {
        Self.groups.map { group in
            let items = group.sections.filter { Self.isShown($0, exchange) }.map { section in
                var item: Templates.Fields = [
                    "href": section.href, "label": section.label, "current": section == self.section,
                ]
                if section == .incidents, open > 0 {
                    item["count"] = Count.short(open)
                    item["countMeaning"] = "open"
                }
                return item
            }
            return ["group": group.name, "items": items]
        }.filter { ($0["items"] as? [Templates.Fields])?.isEmpty == false }
    }

    private static func isShown(_ section: Section, _ exchange: Exchange) -> Bool {
        switch section {
        case .evidence: exchange.may(.audit)
        case .vulnerabilities: exchange.services.vulnerabilities != nil && exchange.maySomewhere(.see)
        case .settings: true
        default: exchange.may(.see)
        }
    }

    private func notices(_ policy: PolicyDocument, _ exchange: Exchange) -> HTML {
        var notices = HTML.empty
        if let stood = policy.stoodDown, exchange.may(.see) {
            notices += .notice(
                .care,
                """
                <strong>Stood down.</strong> All controls only observe and all blocks are lifted since \
                \(HTML.time(stood.time, now: exchange.now)) by \(stood.maker): \(stood.reason). \
                <a href="/decisions#all">End it</a>
                """
            )
        }
        if let done = exchange.query["done"], let text = Done.text(done) { notices += .notice(.ok, HTML(text: text)) }
        return notices
    }

    private static func milliseconds(since began: ContinuousClock.Instant) -> String {
        let tenths = (ContinuousClock.now - began) / .microseconds(100)
        return "\(Int(tenths) / 10).\(Int(tenths) % 10)"
    }
}

/// What was done, told on the page that a form leads to. A fixed list, so that an address cannot make a page say things.
enum Done {
    static let field = InputField("done", .text(maximum: 20), "What was just done.")

    static func text(_ code: String) -> String? {
        switch code {
        case "mode": "The mode was changed, and recorded as evidence."
        case "exception": "The exception was added, and recorded as evidence."
        case "removed": "Done, and recorded as evidence."
        case "block": "The client is blocked from now on. It is recorded as evidence."
        case "undone": "The decision was taken back; that is recorded, too."
        case "incident": "The incident was changed."
        case "comment": "The comment was added."
        case "finding": "The finding was changed."
        case "findings": "The findings were changed, and that is recorded as evidence."
        case "user": "The user was changed."
        case "token": "The token was revoked."
        case "session": "The session was ended."
        case "limit": "The limit was changed, and recorded as evidence."
        case "tested": "The test was taken."
        case "retried": "The messages are sent again; that is recorded as evidence."
        case "dropped": "The messages are gone; that is recorded as evidence."
        case "usage": "Done, and recorded as evidence."
        case "proposal": "The proposal was taken, and recorded as evidence."
        case "job": "The job was cancelled or forgotten."
        case "view": "The view is kept."
        case "noview": "The view was removed."
        case "policy": "The policy was changed, and recorded as evidence."
        default: nil
        }
    }
}

/// A page without the frame: for who has not signed in.
enum AlonePage {
    static func html(_ title: String, _ content: HTML) -> HTML {
        Templates.shared.render(
            "alone",
            [
                "title": title, "heading": title, "style": Asset.style.path, "icon": Asset.icon.path,
                "mark": Asset.mark.markup, "content": content.markup,
            ]
        )
    }
}

/// A page that says what went wrong and how to go on.
enum ErrorPage {
    static func html(_ problem: Problem, requestID: String) -> HTML {
        let title =
            switch problem.status.code {
            case 401: problem.code == "badLink" ? "This link is used up" : "Sign in first"
            case 403: "This is not for you"
            case 404: "Not here"
            case 412: "Somebody was faster"
            case 413: "Too much at once"
            case 429: "Slow down"
            case 502: "The other side failed"
            case 400..<500: "This cannot be done"
            default: "Something failed"
            }
        return AlonePage.html(
            title,
            """
            <p>\(problem.detail)</p><p class="quiet">Status \(problem.status.code), request <code>\(requestID)</code></p>\
            <p class="send"><a class="button plain" href="\(problem.wayOn.path)">\(problem.wayOn.title)</a></p>
            """
        )
    }
}
