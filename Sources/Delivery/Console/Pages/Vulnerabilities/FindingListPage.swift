// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import HTTPTypes
internal import VulnerabilityManagement

/// The list of findings: a filter, facets, views, and what is done about many at once.
enum FindingListPage {
    static let all = [list] + BulkActPages.all + SavedViewPages.all

    /// Filters that people need again and again; each is an address that can be kept.
    static let views: [(name: String, filter: String)] = [
        ("Open", "open"), ("Overdue", "overdue"), ("Due in 7 days", "open due>=0d due<=7d"),
        ("Attacked", "open attacked"), ("New this week", "open age<=7d"),
        ("Grave and fixable", "open severity>=high fixable"),
        ("Nobody's", "open assignee=none severity>=high"), ("Dismissed", "state=dismissed"), ("All", "priority>=0"),
    ]

    private static let query =
        FindingList.query + Cursors.fields
        + [Done.field, InputField("batch", .text(maximum: 64), "What was just done, so that it can be taken back.")]

    static let list = Route.page(FindingLinks.list, .grantedInProjects(.see), query: query) { exchange in
        let filter = exchange.query["filter"] ?? "open"
        var page = ConsolePage("Findings", .vulnerabilities)
        page.trail = ("Vulnerabilities", FindingLinks.home)
        if exchange.may(.see) {
            page.actions = .button("Try a rule", Address.path("/vulnerabilities/simulator", [("filter", filter)]))
        }
        let views = try await SavedViewPages.html(exchange, filter)
        do {
            let found = try await FindingList(exchange, filter: filter, takesBareWords: true)
            let bounds = try exchange.bounds
            let tools = try await exchange.findings.read { try $0.tools(limit: 20, within: bounds) }
            page.content =
                (try await undo(exchange)) + bar(exchange, filter) + views
                + Facets(filter: filter, tools: tools, rows: found.rows, sort: exchange.query["sort"]).html
                + Panel(content: listing(found, exchange)).html + BulkActPages.form(filter, found, exchange)
            return try await page.reply(exchange)
        } catch let problem as Problem where problem.member == "filter" {
            page.content =
                .notice(.bad, "\(problem.detail)", isUrgent: true) + bar(exchange, filter) + views
            var reply = try await page.reply(exchange)
            reply.status = problem.status
            return reply
        }
    }

    private static func undo(_ exchange: Exchange) async throws -> HTML {
        guard let batch = exchange.query["batch"], exchange.maySomewhere(.triage),
            let acts = try exchange.findings.acts,
            acts.undo != nil, let maker = try await acts.maker(batch),
            BulkActPages.mayUndo(try exchange.principal, maker)
        else { return .empty }
        return Form(BulkActPages.undoPath, hidden: [("batch", batch)], button: "Take it back", style: "plain")
            .buttonHTML(exchange.token, label: "Take back what was just done") + "<br>"
    }

    private static func bar(_ exchange: Exchange, _ filter: String) -> HTML {
        let sorts = FindingOrder.allCases.map { (value: $0.rawValue, text: sortName($0)) }
        return Form.bar(
            FindingLinks.list,
            [
                .init("filter", "Filter", value: filter, full: true, length: FindingList.longestFilter),
                .init("sort", "First comes", .choice(sorts), value: exchange.query["sort"] ?? "priority"),
            ],
            name: "Filter findings",
            isSet: exchange.query["filter"] != nil
        )
    }

    private static func sortName(_ sort: FindingOrder) -> String {
        switch sort {
        case .priority: "the most urgent"
        case .severity: "the gravest"
        case .age: "the oldest"
        case .due: "what is due first"
        case .attack: "the last attacked"
        }
    }

    private static func listing(_ found: FindingList, _ exchange: Exchange) -> HTML {
        guard !found.rows.isEmpty else {
            return .empty("No finding fits", "<a href=\"\(FindingLinks.list("priority>=0"))\">Show all</a>")
        }
        return table(
            found.rows,
            exchange.now,
            more: Cursors(exchange).nextPage(found.next),
            isChosen: BulkActPages.isOffered(exchange)
        )
    }

    /// - Parameter isChosen: whether rows have boxes by which several are chosen.
    static func table(_ found: [FindingRow], _ now: Int64, more: String? = nil, isChosen: Bool = false) -> HTML {
        let rows = found.map { row -> [HTML] in
            let box: HTML = """
                <input type="checkbox" form="bulk" name="finding" value="\(row.identifier)" aria-label="Choose \(row.title)">
                """
            let attacks: HTML =
                row.attacks > 0 ? " · <span class=\"worse\">\(Count.of(row.attacks, "attack"))</span>" : .empty
            let name: HTML = row.vulnerability.map { "<strong>\($0)</strong> " } ?? .empty
            return (isChosen ? [box] : []) + [
                .severity(named: row.severity),
                """
                \(name)<a href="\(FindingLinks.finding(row))" data-row>\(row.title)</a><br>\
                <small>\(HTML.place(row)) · \(row.project) · \(row.tool)\(attacks)</small>
                """,
                .state(of: row), .decision(row.decision), .due(row, now: now), HTML(text: String(row.priority)),
            ]
        }
        let columns: [Table.Column] = [
            .tight("Severity"), .init("Finding", "main"), .tight("State"), .tight("Within"), .tight("Due"),
            .number("Priority"),
        ]
        return Table("Findings", (isChosen ? [.unseen("Choose")] : []) + columns, rows, more: more).html
    }
}

/// Links that narrow a list by one value more, or another.
struct Facets {
    let filter: String
    let tools: [String]
    let rows: [FindingRow]
    let sort: String?

    private static let kinds = ["sast", "dependency", "container", "dast", "secret", "iac"]

    var html: HTML {
        let owners = Set(rows.compactMap(\.owner)).sorted().prefix(8)
        let groups: [(String, String, [String])] = [
            ("Severity", "severity", ["critical", "high", "medium", "low", "info", "unknown"]),
            ("Kind", "kind", Array(Set(Self.kinds + rows.map(\.kind)).sorted().prefix(16))),
            ("State", "state", ["needs_triage", "confirmed", "dismissed", "resolved"]),
            ("Tool", "tool", tools), ("Owner", "owner", owners.isEmpty ? [] : owners + ["none"]),
        ]
        let shown = groups.filter { !$0.2.isEmpty }.map { name, key, values -> HTML in
            let links = values.map { value in link(key, value) }
            return "<div role=\"group\" aria-label=\"\(name)\"><p>\(name)</p>\(links.joined(" "))</div>"
        }
        return .disclosure("Narrow it", "<div class=\"facets\">\(shown.joined())</div>")
    }

    private func link(_ key: String, _ value: String) -> HTML {
        let term = "\(key)=\(value == "none" ? value : FilterText.value(value))"
        let terms = Self.terms(of: filter)
        let current: HTML = terms.contains(term) ? " aria-current=\"true\"" : ""
        let narrowed = Self.narrow(filter, terms, key: key, by: term)
        return "<a href=\"\(FindingLinks.list(narrowed, sort: sort))\"\(current)>\(HTML.words(value))</a>"
    }

    /// The terms as they stand, split at spaces that are in no quotes.
    static func terms(of filter: String) -> [String] {
        var terms: [String] = []
        var term = ""
        var isQuoted = false
        var isEscaped = false
        for character in filter {
            if isEscaped {
                isEscaped = false
            } else if character == "\\", isQuoted {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == " ", !isQuoted {
                if !term.isEmpty { terms.append(term) }
                term = ""
                continue
            }
            term.append(character)
        }
        return term.isEmpty ? terms : terms + [term]
    }

    /// The filter with a term of a key instead of the one that it has; what has words between terms is kept whole.
    static func narrow(_ filter: String, _ terms: [String], key: String, by term: String) -> String {
        let isPlain = !terms.contains { ["or", "and", "not"].contains($0.lowercased()) || $0.contains("(") }
        guard isPlain else { return "(\(filter)) \(term)" }
        let openers = ["=", "!=", ":", ">", "<"].map { key + $0 }
        let kept = terms.filter { term in
            // What is chosen by state need not be open.
            !openers.contains { term.hasPrefix($0) } && !(key == "state" && term == "open")
        }
        return (kept + [term]).joined(separator: " ")
    }
}
