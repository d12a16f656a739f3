// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes
internal import Incidents
internal import Policy

/// The part of the API that reads and changes the policy.
enum PolicyRoutes {
    static let all: [Route] = modes + exceptions + blocks + neverBlocks + limits + whole + rehearsals

    /// A POST that changes the policy.
    private static func change(
        _ path: String,
        _ permission: Permission,
        _ id: String,
        _ summary: String,
        _ tag: String,
        _ fields: [InputField],
        _ change: @escaping @Sendable (Exchange) throws -> PolicyChange
    ) -> Route {
        .operation(
            .post,
            path,
            .granted(permission),
            id: id,
            summary,
            tag: tag,
            body: fields,
            answers: .shape("Change"),
            status: 201,
            hasRevision: true
        ) { exchange in
            let made = try await PolicyActions.apply(try change(exchange), exchange)
            var reply = Reply.json(PolicyShapes.change.json(made), revision: made.change.revision)
            reply.status = .created
            return reply
        }
    }

    /// A list of the policy, which is in memory.
    private static func list<Value>(
        _ path: String,
        _ id: String,
        _ summary: String,
        _ tag: String,
        _ shape: Shape<Value>,
        _ values: @escaping @Sendable (PolicyDocument) -> [Value]
    ) -> Route {
        .operation(
            .get,
            path,
            .granted(.see),
            id: id,
            summary,
            tag: tag,
            query: Cursors.fields,
            answers: .shape(shape.name + "Page"),
            hasRevision: true
        ) { exchange in
            let policy = exchange.services.policy.document()
            let (part, next) = try Cursors(exchange).page(of: values(policy))
            return .json(shape.page(part, next: next), revision: policy.revision)
        }
    }

    private static let modes: [Route] = [
        list("/modes", "listModes", "The modes that were set.", "Modes", PolicyShapes.mode) { $0.sortedModes },
        change("/modes", .administer, "setMode", "Sets the mode of a scope.", "Modes", PolicyActions.setMode) {
            try PolicyActions.setMode($0)
        },
        change(
            "/modes/clear",
            .administer,
            "clearMode",
            "Takes a setting away; the next wider scope counts then.",
            "Modes",
            PolicyActions.clearMode
        ) { try PolicyActions.clearMode($0) },
    ]

    private static let exceptions: [Route] = [
        list("/exceptions", "listExceptions", "Exceptions, newest first.", "Exceptions", PolicyShapes.exception) {
            $0.sortedExceptions
        },
        change(
            "/exceptions",
            .respond,
            "addException",
            "Lets what a rule finds pass.",
            "Exceptions",
            PolicyActions.addException
        ) { try PolicyActions.addException($0) },
        change(
            "/exceptions/remove",
            .respond,
            "removeException",
            "Ends an exception.",
            "Exceptions",
            PolicyActions.removeException
        ) { try PolicyActions.removeException($0) },
    ]

    private static let blocks: [Route] = [
        list("/blocks", "listBlocks", "Blocked entities, newest first.", "Blocks", PolicyShapes.block) {
            $0.sortedBlocks
        },
        change("/blocks", .respond, "block", "Blocks an entity across all controls.", "Blocks", PolicyActions.block) {
            try PolicyActions.block($0)
        },
        change("/blocks/remove", .respond, "unblock", "Ends a block.", "Blocks", PolicyActions.unblock) {
            try PolicyActions.unblock($0)
        },
    ]

    private static let neverBlocks: [Route] = [
        list("/never-block", "listNeverBlock", "Who is never blocked.", "Never-block list", PolicyShapes.neverBlock) {
            $0.neverBlocked.values.sorted { $0.entity.description < $1.entity.description }
        },
        change(
            "/never-block",
            .administer,
            "addNeverBlock",
            "Puts an entity on the list.",
            "Never-block list",
            PolicyActions.neverBlock
        ) { try PolicyActions.neverBlock($0) },
        change(
            "/never-block/remove",
            .administer,
            "removeNeverBlock",
            "Takes an entity off the list.",
            "Never-block list",
            PolicyActions.unblock
        ) { try PolicyActions.removeNeverBlock($0) },
    ]

    private static let limits: [Route] = [
        list("/limits", "listLimits", "Rate limits.", "Limits", PolicyShapes.limit) {
            $0.limits.values.sorted { $0.name < $1.name }
        },
        change("/limits", .administer, "setLimit", "Sets a rate limit.", "Limits", PolicyActions.setLimit) {
            try PolicyActions.setLimit($0)
        },
        change("/limits/remove", .administer, "removeLimit", "Ends a rate limit.", "Limits", PolicyActions.removeLimit)
        {
            try PolicyActions.removeLimit($0)
        },
    ]

    private static let whole: [Route] = [
        change(
            "/stand-down",
            .respond,
            "standDown",
            "Puts all controls to observe and lifts all blocks.",
            "Policy",
            PolicyActions.standDown
        ) { try PolicyActions.standDown($0) },
        change("/stand-up", .administer, "standUp", "Ends a stand-down.", "Policy", PolicyActions.standDown) {
            try PolicyActions.standUp($0)
        },
        change(
            "/resume",
            .administer,
            "resume",
            "Lets a control act again that the guard has put to observe.",
            "Policy",
            PolicyActions.resume
        ) { try PolicyActions.resume($0) },
    ]

    static let rehearsalFields = [
        InputField("scope", .text(maximum: 1200), required: true, "The scope, such as waf/app:shop."),
        InputField("since", .start, "From when on; the last 7 days where it is left out."),
    ]

    private static let rehearsals: [Route] = [
        .operation(
            .get,
            "/rehearsal",
            .granted(.see),
            id: "rehearse",
            "What enforce would have stopped.",
            tag: "Policy",
            query: rehearsalFields,
            answers: .shape("Rehearsal")
        ) { exchange in
            let counts = try await exchange.services.insight.rehearse(
                try exchange.query.required(Scope.self, "scope"),
                since: exchange.query.start("since") ?? exchange.now - 7 * Times.day,
                until: exchange.now
            )
            return .json(PolicyShapes.rehearsal.json(counts))
        },
        .operation(
            .get,
            "/applications",
            .granted(.see),
            id: "listApplications",
            "What is protected, and how.",
            tag: "Applications",
            query: Cursors.fields,
            answers: .shape("ApplicationPage")
        ) { exchange in
            let policy = exchange.services.policy.document()
            let states = exchange.services.applications().map { ApplicationState($0, in: policy, at: exchange.now) }
            let (part, next) = try Cursors(exchange).page(of: states)
            return .json(PolicyShapes.application.page(part, next: next))
        },
        .operation(
            .get,
            "/rules",
            .granted(.see),
            id: "listRules",
            "Rules that hit, those with the most hits first.",
            tag: "Rules",
            query: [InputField("since", .start, "From when on; the last 7 days where it is left out.")]
                + Cursors.fields,
            answers: .shape("RulePage")
        ) { exchange in
            let (part, next) = try Cursors(exchange).page(of: try await RuleHits.load(exchange))
            return .json(PolicyShapes.rule.page(part, next: next))
        },
        .operation(
            .get,
            "/rules/{id}",
            .granted(.see),
            id: "showRule",
            "One rule, with its text and its hits.",
            tag: "Rules",
            answers: .shape("Rule")
        ) { exchange in
            .json(PolicyShapes.rule.json(try await RuleHits.one(exchange)))
        },
    ]
}

/// How often rules hit.
enum RuleHits {
    static func load(_ exchange: Exchange) async throws -> [RuleState] {
        let top = try await exchange.services.insight.top(
            .rules,
            since: exchange.query.start("since") ?? exchange.now - 7 * Times.day,
            until: exchange.now,
            limit: 200
        )
        return top.entries.map { entry in
            RuleState(
                id: entry.name,
                message: entry.note,
                hits: entry.count,
                wouldStop: entry.wouldStop,
                stopped: entry.stopped,
                rule: (try? RuleID(parsing: entry.name)).flatMap { exchange.services.rules.find($0) }
            )
        }
    }

    static func one(_ exchange: Exchange) async throws -> RuleState {
        let id = try RuleID(parsing: exchange.parameters["id"] ?? "")
        let hits = try await load(exchange).first { $0.id == id.description }
        let rule = exchange.services.rules.find(id)
        guard hits != nil || rule != nil else { throw Problem.notFound("rule \(id)") }
        return RuleState(
            id: id.description,
            message: hits?.message ?? rule?.message,
            hits: hits?.hits ?? 0,
            wouldStop: hits?.wouldStop ?? 0,
            stopped: hits?.stopped ?? 0,
            rule: rule
        )
    }
}

/// Lengths of time in nanoseconds.
enum Times {
    static let second: Int64 = 1_000_000_000
    static let minute = 60 * second
    static let hour = 3600 * second
    static let day = 86_400 * second
}

extension PolicyDocument {
    var sortedModes: [ModeSetting] { modes.values.sorted { $0.scope.description < $1.scope.description } }
    var sortedExceptions: [PolicyException] { exceptions.values.sorted { $1.id < $0.id } }
    /// Of a million blocks the newest ten thousand.
    var sortedBlocks: [EntityBlock] {
        Array(
            blocks.values.sorted { ($1.by.time, $1.entity.description) < ($0.by.time, $0.entity.description) }
                .prefix(10_000)
        )
    }
}
