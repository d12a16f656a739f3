// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Policy

/// What a job found, as a page shows it.
struct JobResultView {
    private let job: Job
    private let exchange: Exchange

    init(_ job: Job, _ exchange: Exchange) {
        self.job = job
        self.exchange = exchange
    }

    func html(_ result: JobResult) -> HTML {
        switch result {
        case .exceptions(let proposal): proposalHTML(proposal)
        case .defaults(let proposal): DefaultsView(proposal, job, exchange).html
        case .comparison(let comparison): comparisonHTML(comparison)
        }
    }

    // MARK: Exceptions

    private func proposalHTML(_ proposal: ExceptionProposal) -> HTML {
        guard !proposal.drafts.isEmpty else {
            return Panel(content: nothing(proposal) + gaps(proposal.skipped, proposal.withoutRules, proposal.damaged))
                .html
        }
        return warning(proposal)
            + .grid([
                Panel("The smallest exceptions", .wide, content: drafts(proposal)),
                Panel("Take it", .third, content: takeForm(proposal)),
                Panel(
                    "What they let pass: looks like people at work",
                    content: sentence(proposal) + samples("Transactions that should pass", proposal.examples)
                ),
                Panel(
                    "What else would pass",
                    content: proposal.alsoPassing.isEmpty
                        ? .empty(
                            "Nothing else",
                            "Of \(Count.of(proposal.others, "other transaction")) that they could touch, all would be stopped as before."
                        ) : samples("Transactions that would pass as well", proposal.alsoPassing)
                ),
            ])
    }

    private func nothing(_ proposal: ExceptionProposal) -> HTML {
        let found: HTML =
            "\(Count.of(proposal.looked, "kept transaction")) in the scope; rules would have stopped \(Count.grouped(proposal.ended))."
        return proposal.wanted > 0
            ? .empty(
                "No exception would help",
                "\(found) \(Count.grouped(proposal.wanted)) of those should pass, and would be stopped whatever single rules say."
            )
            : .empty(
                "Nothing to except",
                "\(found) None of those looks like people at work and would be stopped today."
            )
    }

    private func sentence(_ proposal: ExceptionProposal) -> HTML {
        let still: HTML =
            proposal.stillEnded > 0
            ? " \(Count.grouped(proposal.stillEnded)) of them would still be stopped: no exception helps." : .empty
        return """
            <p>Of \(Count.of(proposal.looked, "kept transaction")) in the scope, rules would have stopped \
            \(Count.grouped(proposal.ended)). \(Count.grouped(proposal.wanted)) of those should pass; \
            <strong>\(Count.grouped(proposal.wanted - proposal.stillEnded)) would, with these exceptions</strong>.\(still)</p>
            """ + gaps(proposal.skipped, proposal.withoutRules, proposal.damaged)
    }

    private func warning(_ proposal: ExceptionProposal) -> HTML {
        guard proposal.alsoPassingCount > 0 else { return .empty }
        return .notice(
            .bad,
            """
            <strong>\(Count.of(proposal.alsoPassingCount, "other transaction")) would pass as well</strong> that rules \
            would stop today. Look at them before you take this.
            """,
            isUrgent: true
        )
    }

    func gaps(_ skipped: Int, _ withoutRules: Int, _ damaged: Int) -> HTML {
        var texts: [String] = []
        if skipped > 0 { texts.append("\(Count.grouped(skipped)) were too many to look at") }
        if withoutRules > 0 { texts.append("\(Count.grouped(withoutRules)) are of applications without rules") }
        if damaged > 0 { texts.append("\(Count.grouped(damaged)) blocks or transactions could not be read") }
        return texts.isEmpty ? .empty : "<p class=\"quiet\">\(texts.joined(separator: "; ")).</p>"
    }

    private func drafts(_ proposal: ExceptionProposal) -> HTML {
        let rows = proposal.drafts.map { draft -> [HTML] in
            [
                "<a href=\"/rules/\(Address.encode(draft.rules.description))\">\(draft.rules)</a><br><small>\(draft.message)</small>",
                draft.target.map { .code($0.description) } ?? "the whole request",
                draft.place.description.isEmpty ? "everywhere" : .code(draft.place.description),
                HTML(text: Count.grouped(draft.needs)),
            ]
        }
        return Table(
            "Exceptions that are proposed",
            [.init("Rule"), .tight("Only in"), .init("Only at"), .number("Needed by")],
            rows
        ).html
    }

    private func takeForm(_ proposal: ExceptionProposal) -> HTML {
        guard exchange.may(.respond) else {
            return "<p class=\"quiet\">To take it you need the role of a responder.</p>"
        }
        return Form(
            "/jobs/\(job.id)/take",
            [
                .init("reason", "Why", .area, required: true, full: true, length: 500),
                .init("owner", "Who answers for it", note: "empty: you", full: true, length: 128),
                .init("expires", "Until", .choice(DetectionExplanation.ends), value: "90d", full: true),
            ],
            button: proposal.drafts.count == 1 ? "Add the exception" : "Add \(proposal.drafts.count) exceptions",
            confirm: proposal.alsoPassingCount > 0
                ? "\(Count.of(proposal.alsoPassingCount, "other transaction")) would pass as well. Add them all the same?"
                : nil,
            style: proposal.alsoPassingCount > 0 ? "danger" : nil,
            hint: "One decision, recorded as evidence; it can be taken back.",
            name: "take"
        ).html(exchange.token)
    }

    private func samples(_ caption: String, _ samples: [TransactionSample]) -> HTML {
        let rows = samples.map { sample -> [HTML] in
            [
                .time(sample.time, now: exchange.now),
                (try? Entity(parsing: sample.client)).map { .entity($0) } ?? HTML(text: sample.client),
                "<span class=\"mono\">\(sample.method) \(String(sample.path.prefix(90)))</span>",
                sample.status == 0 ? "none" : "\(sample.status)",
                sample.rules.prefix(6).map { "<a href=\"/rules/\(Address.encode($0))\">\($0)</a>" }.joined(" "),
                .link(sample.transaction, "/events/\(Address.encode(sample.transaction))"),
            ]
        }
        return Table(
            caption,
            [
                .tight("Time"), .tight("Client"), .init("Request"), .number("Status"), .init("Rules"),
                .tight("Transaction"),
            ],
            rows
        ).html
    }

    // MARK: Changed rules

    private func comparisonHTML(_ comparison: RulesComparison) -> HTML {
        let rate = comparison.seconds > 0 ? Int(Double(comparison.replayed) / comparison.seconds) : 0
        return Figure.row([
            Figure(
                name: "Replayed",
                value: Count.grouped(comparison.replayed),
                note: HTML(text: "\(Count.grouped(rate)) per second")
            ),
            Figure(name: "Stopped today", value: Count.grouped(comparison.stoppedToday)),
            Figure(name: "Stopped then", value: Count.grouped(comparison.stoppedThen)),
            Figure(name: "More", value: Count.grouped(comparison.more), note: "would be stopped and are not today"),
            Figure(name: "Fewer", value: Count.grouped(comparison.fewer), note: "are stopped and would not be"),
        ]) + "<br>"
            + .grid([
                Panel("By rule", .half, content: parts(comparison.byRule, "Rule") { rulePart($0) }),
                Panel(
                    "By route",
                    .half,
                    content: parts(comparison.byRoute, "Route") { "<span class=\"mono\">\($0.name)</span>" }
                ),
                Panel(
                    "Would be stopped and are not today",
                    content: examples("More that would be stopped", comparison.moreExamples)
                ),
                Panel(
                    "Are stopped today and would not be",
                    content: examples("Fewer that would be stopped", comparison.fewerExamples)
                ),
                Panel("How far to trust it", content: trust(comparison)),
            ])
    }

    private func rulePart(_ part: RulesComparison.Part) -> HTML {
        "<a href=\"/rules/\(Address.encode(part.name))\">\(part.name)</a><br><small>\(part.note ?? "")</small>"
    }

    private func parts(
        _ parts: [RulesComparison.Part],
        _ name: String,
        _ label: (RulesComparison.Part) -> HTML
    ) -> HTML {
        guard !parts.isEmpty else { return .empty("No difference") }
        let rows = parts.prefix(20).map { part -> [HTML] in
            [
                label(part), HTML(text: "+\(Count.grouped(part.more))"),
                HTML(text: "\u{2212}\(Count.grouped(part.fewer))"),
            ]
        }
        return Table("Differences by \(name.lowercased())", [.init(name), .number("More"), .number("Fewer")], rows).html
    }

    private func examples(_ caption: String, _ all: [TransactionSample]) -> HTML {
        all.isEmpty ? .empty("None") : samples(caption, all)
    }

    private func trust(_ comparison: RulesComparison) -> HTML {
        let drifted: HTML =
            comparison.drifted > 0
            ? "<p>\(Count.grouped(comparison.drifted)) are decided otherwise by the rules of today than when they were recorded, by counters of clients or changes since then; they are not counted as differences.</p>"
            : .empty
        let untouched: HTML =
            comparison.untouched > 0
            ? "<p>\(Count.grouped(comparison.untouched)) meet none of the rules that differ, and count as they were decided when they were recorded.</p>"
            : .empty
        return """
            <p>Responses are kept without their bodies, and counters of clients begin empty. Transactions without a \
            detection are one in a thousand.</p>
            """ + untouched + drifted + gaps(0, comparison.withoutRules, comparison.damaged)
    }
}

/// What applications take and rules refuse by a list, each with a button to take it.
struct DefaultsView {
    private let proposal: DefaultsProposal
    private let job: Job
    private let exchange: Exchange

    init(_ proposal: DefaultsProposal, _ job: Job, _ exchange: Exchange) {
        self.proposal = proposal
        self.job = job
        self.exchange = exchange
    }

    var html: HTML { Panel(content: list).html }

    var list: HTML {
        guard !proposal.findings.isEmpty else {
            return .empty("Nothing to propose", "What rules refuse by their lists was not sent by people at work.")
        }
        return .tasks(
            proposal.findings.enumerated().map { number, finding in
                (.badge(finding.subject, "low"), text(finding) + form(finding, number))
            }
        )
    }

    private func text(_ finding: DefaultsProposal.Finding) -> HTML {
        """
        <strong>\(finding.value)</strong> was sent \(Count.of(finding.count, "time")) by \
        \(Count.of(finding.clients, "client")) to \(routes(finding)), and \
        \(Count.percent(finding.answered, of: finding.count)) of it was answered with success. Rule \
        <a href="/rules/\(Address.encode(finding.draft.rules.description))">\(finding.draft.rules)</a> refuses what is not \
        in <code>\(finding.list)</code>: let it pass \(place(finding.draft)).
        """
    }

    private func routes(_ finding: DefaultsProposal.Finding) -> HTML {
        let shown = finding.routes.prefix(3).map { HTML.code($0) }.joined(", ")
        let more = finding.routes.count - 3
        return more > 0 ? shown + " and \(Count.of(more, "other route"))" : shown
    }

    private func place(_ draft: ExceptionProposal.Draft) -> HTML {
        let place = draft.place.description
        return place.isEmpty ? "everywhere" : "at <code>\(place)</code>"
    }

    private func form(_ finding: DefaultsProposal.Finding, _ number: Int) -> HTML {
        guard exchange.may(.respond) else { return .empty }
        return .disclosure(
            "Take it",
            Form(
                "/jobs/\(job.id)/take",
                [
                    .init(
                        "reason",
                        "Why",
                        value: "\(finding.value) is usual here",
                        required: true,
                        full: true,
                        length: 500
                    ),
                    .init("expires", "Until", .choice(DetectionExplanation.ends), value: ""),
                ],
                hidden: [("choice", "\(number)")],
                button: "Allow \(finding.value)",
                hint: finding.draft.contentType.map {
                    "Rule \(finding.draft.rules) does not look at bodies of the type \($0) there any more."
                } ?? "Rule \(finding.draft.rules) does not look there any more, whatever is sent.",
                name: "take-\(number)"
            ).html(exchange.token)
        )
    }
}
