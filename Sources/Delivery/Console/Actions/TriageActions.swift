// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import FindingIdentity
internal import HTTPTypes
internal import ReportFormats
internal import VulnerabilityManagement

/// What programs do about findings: acts, their undoing, and rules that act on all findings to come.
enum TriageActions {
    /// What is done.
    enum Verb: String, CaseIterable {
        case confirm, dismiss, accept, resolve, reopen, assign, rate, comment
    }

    static let actFields = [
        InputField("act", .choice(Verb.allCases.map(\.rawValue)), required: true, "What to do."),
        InputField(
            "dismissal",
            .choice(["false_positive", "mitigating_control", "used_in_tests", "not_applicable"]),
            "Why it needs no work; of dismiss."
        ),
        InputField(
            "until",
            .end,
            "When an accepted risk is looked at again, and till when a rating holds; of accept and rate."
        ),
        InputField("assignee", .text(maximum: TriageAct.Limits.longestName), "Whose it is, - for nobody; of assign."),
        InputField("severity", .choice(ReportedSeverity.allCases.map(\.rawValue)), "As bad as this; of rate."),
        reason,
    ]

    static let reason = InputField("reason", .text(maximum: TriageAct.Limits.longestComment), "Why, in words.")

    static let choice = [
        InputField("findings", .list(maximum: 500), "The identifiers of those that are meant."),
        InputField("filter", .text(maximum: FindingList.longestFilter), "In place of them: all that it chooses."),
        InputField("dry_run", .flag, "Whether to tell only what would be changed."),
    ]

    static func act(_ input: Input) throws(Problem) -> TriageAct {
        guard let verb = Verb(rawValue: input.text("act")) else { throw .invalid("act is missing", member: "act") }
        switch verb {
        case .confirm: return .confirm
        case .resolve: return .resolve
        case .reopen: return .reopen
        case .comment: return .comment
        case .dismiss:
            guard let reason = input["dismissal"].flatMap({ DismissalReason(rawValue: $0) }) else {
                throw .invalid("dismissal is missing: why it needs no work", member: "dismissal")
            }
            return .dismiss(reason)
        case .accept:
            guard let until = input.end("until") else {
                throw .invalid("until is missing: when the risk is looked at again, such as 90d", member: "until")
            }
            return .accept(until: Int(until / 1_000_000_000))
        case .assign:
            guard let name = input["assignee"] else {
                throw .invalid("assignee is missing; - is for nobody", member: "assignee")
            }
            return .assign(name == "-" ? nil : name)
        case .rate:
            guard let severity = input["severity"] else { throw .invalid("severity is missing", member: "severity") }
            return .rate(severity, until: input.end("until").map { Int($0 / 1_000_000_000) })
        }
    }

    // MARK: Acts

    /// Does what was ordered, or tells what it would do.
    static func take(_ exchange: Exchange) async throws -> (plan: TriagePlan, result: TriageResult?) {
        let input = exchange.body
        let (access, maker, now) = (try exchange.findings, try exchange.principal.name, exchange.seconds)
        let act = try act(input)
        let plan = try await plan(act, exchange)
        guard !input.flag("dry_run") else { return (plan, nil) }
        guard !plan.ids.isEmpty else { throw Problem.invalid("the filter chooses no finding", member: "filter") }
        try await exchange.record(plan.record(maker: maker))
        return (plan, try await access.read { try $0.apply(plan, maker: maker, facts: access.facts, now: now) })
    }

    private static func plan(_ act: TriageAct, _ exchange: Exchange) async throws -> TriagePlan {
        let (input, now) = (exchange.body, exchange.seconds)
        let (comment, bounds) = (input["reason"] ?? "", try exchange.triageBounds)
        guard input.list("findings").isEmpty != (input["filter"] == nil) else {
            throw Problem.invalid("give either findings or filter", member: "findings")
        }
        guard let text = input["filter"] else {
            let identifiers = try input.list("findings").map { text throws(Problem) in
                guard let id = try? Identifier(parsing: text) else {
                    throw .invalid("findings: \(text.prefix(60)) is no identifier", member: "findings")
                }
                return id
            }
            return try await exchange.findings.read {
                try $0.plan(act, comment: comment, on: identifiers, within: bounds, now: now)
            }
        }
        // Mostly a variable of a script that is not set.
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Problem.invalid("the filter is empty; say severity>=unknown if everything is meant", member: "filter")
        }
        let filter = try FindingList.filter(text).within(bounds)
        return try await exchange.findings.read { try $0.plan(act, comment: comment, on: filter, now: now) }
    }

    /// Puts back what an act changed. It is for who did it, and for administrators.
    static func undo(_ exchange: Exchange) async throws -> (act: Int64, restored: Int, changedSince: Int) {
        guard let act = Int64(exchange.parameters["act"] ?? "") else { throw Problem.notFound("act of this number") }
        let (access, principal, now) = (try exchange.findings, try exchange.principal, exchange.seconds)
        let isBound = try exchange.triageBounds != nil
        let maker: String
        do {
            maker = try await access.read { try $0.checkUndo(act) }
        } catch let error as TriageError {
            throw isBound ? noAct : error
        }
        guard BulkActPages.mayUndo(principal, maker) else { throw isBound ? noAct : Self.othersAct(act, maker) }
        try await requireReach(of: act, exchange)
        let record = access.store.undoRecord(act, comment: exchange.body["reason"] ?? "", maker: principal.name)
        try await exchange.record(record)
        let (restored, since) = try await access.read {
            try $0.undo(act, maker: principal.name, facts: access.facts, now: now)
        }
        return (act, restored, since)
    }

    /// Whoever is bound to projects does not learn whether others did something elsewhere.
    static var noAct: Problem { .notFound("act of yours that can be taken back by this number") }

    /// Refuses to take back what reached beyond the projects in which who asks may change findings now.
    static func requireReach(of act: Int64?, _ exchange: Exchange) async throws {
        guard let bounds = try exchange.triageBounds else { return }
        guard let act else { throw noAct }
        let projects = try await exchange.findings.read { try $0.projects(ofAct: act) }
        guard projects.allSatisfy({ bounds.contains($0) }) else {
            throw Problem(
                .forbidden,
                "denied",
                "It changed findings of projects in which you are no triager; an administrator takes it back."
            )
        }
    }

    static func othersAct(_ act: Int64, _ maker: String) -> Problem {
        Problem(
            .forbidden,
            "denied",
            "The act \(act) is \(maker)'s: that one or an administrator takes it back. Others change the findings again."
        )
    }

    // MARK: Rules

    static let ruleFields =
        [
            InputField("name", .text(maximum: TriageAct.Limits.longestName), required: true, "Its name."),
            InputField(
                "filter",
                .text(maximum: FindingList.longestFilter),
                required: true,
                "Which findings, now and to come."
            ),
            InputField("expires", .end, "From when on it does nothing any more."),
        ] + actFields

    static func rule(_ exchange: Exchange, named name: String? = nil) throws -> TriageRule {
        let input = exchange.body
        let rule = TriageRule(
            name: name ?? input.text("name"),
            filter: input.text("filter"),
            act: try act(input),
            // What is only tried needs no reason.
            comment: input["reason"] ?? (name == nil ? "" : "tried"),
            maker: try exchange.principal.name,
            created: exchange.seconds,
            expires: input.end("expires").map { Int($0 / 1_000_000_000) }
        )
        try rule.check(now: exchange.seconds)
        return rule
    }

    /// Keeps a rule, and applies it to all findings.
    ///
    /// - Returns: how many it changed.
    static func add(_ exchange: Exchange) async throws -> Int {
        let (access, now) = (try exchange.findings, exchange.seconds)
        let rule = try rule(exchange)
        let count = try await access.read { store in
            guard try !store.triageRules().contains(where: { $0.name == rule.name }) else {
                throw Problem(.conflict, "exists", "There is a rule \(rule.name) already.")
            }
            return try store.test(rule, now: now).count
        }
        try await exchange.record(rule.record(isAdded: true, maker: rule.maker, findings: count))
        return try await access.read { try $0.add(rule, facts: access.facts, now: now) }
    }

    static func remove(_ exchange: Exchange) async throws {
        let (access, maker) = (try exchange.findings, try exchange.principal.name)
        let name = exchange.parameters["rule"] ?? ""
        let rule = try await access.read { try $0.triageRules().first { $0.name == name } }
        guard let rule else { throw Problem.notFound("rule \(name.prefix(60))") }
        try await exchange.record(rule.record(isAdded: false, maker: maker, findings: 0))
        _ = try await access.read { try $0.removeTriageRule(name) }
    }
}

extension Exchange {
    /// Seconds since 1970, as findings have them.
    var seconds: Int { Int(now / 1_000_000_000) }

    /// Puts an act on findings into the evidence ledger, before it takes effect.
    ///
    /// - Throws: ``Problem`` where findings cannot be changed here, and what the ledger throws: then nothing may be changed.
    func record(_ record: TriageRecord) async throws {
        guard let keep = try findings.record else {
            throw Problem(.conflict, "unsupported", "Findings cannot be changed on this server.")
        }
        try await keep(record, now)
    }
}
