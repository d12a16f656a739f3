// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Policy

/// What can be tried on the kept transactions of an application, from its page.
struct TrialForms {
    private let state: ApplicationState
    private let exchange: Exchange

    init(_ state: ApplicationState, _ exchange: Exchange) {
        self.state = state
        self.exchange = exchange
    }

    private var since: String { exchange.query["since"] ?? "7d" }

    /// Looks for the exceptions that let those pass that look like people at work.
    var suggest: HTML {
        guard exchange.services.trials != nil, exchange.may(.respond) else { return .empty }
        return Form(
            "/jobs/exceptions",
            hidden: [("scope", state.scope.description), ("since", since)],
            button: "Suggest exceptions",
            hint:
                "Replays what was kept: the fewest exceptions that let those pass that look like people at work, and what else would pass.",
            name: "suggest"
        ).html(exchange.token)
    }

    /// What the last look at defaults proposed, and a button for the next one.
    var proposals: HTML {
        guard exchange.services.trials != nil else { return .empty("No transactions are kept here") }
        let button =
            exchange.may(.respond)
            ? Form(
                "/jobs/defaults",
                hidden: [("scope", state.scope.description), ("since", since)],
                button: "Look for defaults",
                hint: "Content types and the like that people send here and rules refuse by a list.",
                name: "defaults"
            ).html(exchange.token) : .empty
        guard let principal = try? exchange.principal,
            let job = exchange.services.jobs.jobs(for: principal).first(where: isProposal),
            case .defaults(let found)? = job.result
        else {
            return .empty("Nobody has looked lately", "What was seen here can become what is usual here.") + button
        }
        return "<p class=\"quiet\">From the look \(HTML.age(job.made, now: exchange.now)).</p>"
            + DefaultsView(found, job, exchange).list + button
    }

    private func isProposal(_ job: Job) -> Bool {
        job.kind == .defaults && job.state == .done && job.subject == state.scope.description
    }

    /// Rules as they would be, on what was kept.
    var comparison: HTML {
        guard exchange.services.trials != nil else { return .empty("No transactions are kept here") }
        guard exchange.may(.administer) else {
            return "<p class=\"quiet\">To try rules you need the role of an administrator.</p>"
        }
        return "<p>How many more or fewer would be stopped, had the rules been others?</p>"
            + Form(
                "/jobs/comparison",
                [
                    .init(
                        "rules",
                        "Rules in SecLang",
                        .area,
                        note: "in place of those in force",
                        required: true,
                        full: true,
                        length: 900_000
                    )
                ],
                hidden: [("scope", state.scope.description), ("since", since)],
                button: "Try them",
                hint: "Files are tried with: redoubt rehearse \(state.scope) --rules FILE",
                name: "try"
            ).html(exchange.token)
    }
}
