// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes
internal import Policy

/// What is tried on kept transactions, as the API and the pages both ask for it.
enum TrialActions {
    static let scope = InputField(
        "scope",
        .text(maximum: 1200),
        "The scope, such as waf/app:shop; waf where it is left out."
    )
    static let since = InputField("since", .start, "From when on; the last 7 days where it is left out.")

    static let suggest = [
        scope, since,
        InputField("rule", .text(maximum: 20), "Only transactions in which this rule matched should pass."),
        InputField(
            "transactions",
            .list(maximum: 200),
            "Those that should pass; those that look benign where it is left out."
        ),
    ]

    static let defaults = [scope, since]

    static let compare = [
        scope, since,
        InputField("rules", .text(maximum: 900_000), "The rules as they would be, in SecLang; they cannot name files."),
        InputField(
            "files",
            .list(maximum: 64),
            "Files of rules on the server's machine; for commands on that machine."
        ),
    ]

    static func trials(_ exchange: Exchange) throws(Problem) -> RuleTrials {
        guard let trials = exchange.services.trials else {
            throw Problem(.conflict, "nothing_kept", "no transactions are kept here on which rules could be tried")
        }
        return trials
    }

    private static func order(_ exchange: Exchange) throws(Problem) -> TrialOrder {
        let scope = try exchange.body.value(Scope.self, "scope") ?? Scope(.webFirewall)
        guard scope.control == .webFirewall else {
            throw .invalid("only rules of the web firewall can be tried; a scope begins with waf", member: "scope")
        }
        return TrialOrder(
            scope,
            since: exchange.body.start("since") ?? exchange.now - 7 * Times.day,
            until: exchange.now
        )
    }

    static func suggest(_ exchange: Exchange) throws -> Job {
        let trials = try trials(exchange)
        var order = try order(exchange)
        order.rule = try exchange.body.value(RuleID.self, "rule")
        order.transactions = exchange.body.list("transactions")
        let asked = order
        return try exchange.services.jobs.start(.exceptions, "\(order.scope)", by: try exchange.principal) { progress in
            try trials.exceptions(asked) { progress.report($0) }.map { .exceptions($0) }
        }
    }

    static func defaults(_ exchange: Exchange) throws -> Job {
        let trials = try trials(exchange)
        let order = try order(exchange)
        return try exchange.services.jobs.start(.defaults, "\(order.scope)", by: try exchange.principal) { progress in
            try trials.defaults(order) { progress.report($0) }.map { .defaults($0) }
        }
    }

    static func compare(_ exchange: Exchange) throws -> Job {
        let trials = try trials(exchange)
        let order = try order(exchange)
        let rules = TrialRules(files: exchange.body.list("files"), text: exchange.body["rules"])
        guard !rules.files.isEmpty || rules.text != nil else {
            throw Problem.invalid("rules are missing: what would be instead of those in force", member: "rules")
        }
        // A file that is no rules would be told of in an error, line by line.
        if !rules.files.isEmpty, case .local = try exchange.principal.means {
        } else if !rules.files.isEmpty {
            throw Problem(.forbidden, "denied", "files are named by commands on the server's machine; send the rules")
        }
        return try exchange.services.jobs.start(.comparison, "\(order.scope)", by: try exchange.principal) { progress in
            try trials.comparison(order, rules) { progress.report($0) }.map { .comparison($0) }
        }
    }

    // MARK: Jobs

    static func job(_ exchange: Exchange) throws -> Job {
        guard let job = exchange.services.jobs.job(try exchange.identifier(), for: try exchange.principal) else {
            throw Problem.notFound("job of this identifier that is yours and still kept")
        }
        return job
    }

    static func remove(_ exchange: Exchange) throws {
        guard exchange.services.jobs.remove(try exchange.identifier(), for: try exchange.principal) else {
            throw Problem.notFound("job of this identifier that is yours and still kept")
        }
    }

    static let take = [
        InputField("choice", .integer(0...999), "Which of the proposed defaults, from 0 on; all where it is left out."),
        InputField("owner", .text(maximum: 128), "Who answers for it; you, where it is left out."),
        PolicyActions.expires, PolicyActions.reason,
    ]

    /// Makes exceptions of what a job proposes: one change, one decision, one undo.
    static func take(_ exchange: Exchange) async throws -> RecordedChange {
        let drafts: [ExceptionProposal.Draft]
        switch try job(exchange).result {
        case .exceptions(let proposal): drafts = proposal.drafts
        case .defaults(let proposal):
            let findings = proposal.findings
            if let choice = exchange.body.integer("choice") {
                guard findings.indices.contains(choice) else {
                    throw Problem.invalid("there is no proposal \(choice)", member: "choice")
                }
                drafts = [findings[choice].draft]
            } else {
                drafts = findings.map(\.draft)
            }
        case .comparison, nil: drafts = []
        }
        var changes: [PolicyChange] = []
        var seen: Set<String> = []
        for draft in drafts
        where seen.insert(
            "\(draft.rules) \(draft.target?.description ?? "") \(draft.contentType?.description ?? "") \(draft.place)"
        ).inserted {
            changes.append(.addException(try exception(draft, exchange)))
        }
        guard let first = changes.first else { throw Problem.invalid("this job proposes nothing that could be taken") }
        return try await PolicyActions.apply(changes.count == 1 ? first : .several(changes), exchange)
    }

    private static func exception(_ draft: ExceptionProposal.Draft, _ exchange: Exchange) throws -> PolicyException {
        PolicyException(
            NewIdentifier.make(at: exchange.now),
            .webFirewall,
            rules: draft.rules,
            target: draft.target,
            place: draft.place,
            contentType: draft.contentType,
            owner: try exchange.body["owner"] ?? exchange.principal.name,
            by: try exchange.author(),
            expires: exchange.body.end("expires")
        )
    }
}
