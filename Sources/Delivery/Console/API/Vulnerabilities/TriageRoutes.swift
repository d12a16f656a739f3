// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes
internal import VulnerabilityManagement

/// The part of the API that decides on findings.
enum TriageRoutes {
    static let all: [Route] = acts + rules

    private static let acts: [Route] = [
        .operation(
            .post,
            "/triage/acts",
            .grantedInProjects(.triage),
            id: "triageFindings",
            "Decides on findings: on some, or on all that a filter chooses; with dry_run it changes nothing.",
            tag: "Triage",
            body: TriageActions.choice + TriageActions.actFields,
            answers: .shape("TriageOutcome")
        ) { exchange in
            .json(TriageShapes.outcome.json(try await TriageActions.take(exchange)))
        },
        .operation(
            .post,
            "/triage/acts/{act}/undo",
            .grantedInProjects(.triage),
            id: "undoTriage",
            "Puts back what an act changed, where nobody changed it since; for who did it, and administrators.",
            tag: "Triage",
            body: [TriageActions.reason],
            answers: .shape("TriageUndone")
        ) { exchange in
            .json(TriageShapes.undone.json(try await TriageActions.undo(exchange)))
        },
    ]

    private static let rules: [Route] = [
        .operation(
            .get,
            "/triage/rules",
            .granted(.see),
            id: "listTriageRules",
            "Decisions that hold for all findings to come, in the order in which they are asked.",
            tag: "Triage",
            answers: .list(.shape("TriageRule"))
        ) { exchange in
            .json(.array(try await exchange.findings.read { try $0.triageRules() }.map(TriageShapes.rule.json)))
        },
        .operation(
            .post,
            "/triage/rules",
            .granted(.triage),
            id: "addTriageRule",
            "Adds a rule, and applies it to all findings.",
            tag: "Triage",
            body: TriageActions.ruleFields,
            answers: .shape("ChangedFindings"),
            status: 201
        ) { exchange in
            .json(TriageShapes.changed(try await TriageActions.add(exchange)), .created)
        },
        .operation(
            .post,
            "/triage/rule-tests",
            .granted(.see),
            id: "testTriageRule",
            "Says what a rule would change, without adding it.",
            tag: "Triage",
            body: TriageActions.ruleFields.filter { $0.name != "name" },
            answers: .shape("TriageRuleTest")
        ) { exchange in
            let rule = try TriageActions.rule(exchange, named: "test")
            let now = exchange.seconds
            return .json(TriageShapes.ruleTest.json(try await exchange.findings.read { try $0.test(rule, now: now) }))
        },
        .operation(
            .delete,
            "/triage/rules/{rule}",
            .granted(.triage),
            id: "removeTriageRule",
            "Removes a rule; what it did stays.",
            tag: "Triage",
            answers: nil
        ) { exchange in
            try await TriageActions.remove(exchange)
            return Reply(.noContent)
        },
    ]
}

/// The objects of the API about decisions on findings.
enum TriageShapes {
    static let outcome = Shape<(plan: TriagePlan, result: TriageResult?)>(
        name: "TriageOutcome",
        members: [
            .sometimes("act", .integer, "Its number, by which it is undone.") {
                $0.result.map { .integer(Int($0.act)) }
            },
            .sometimes("changed", .integer) { $0.result.map { .integer($0.changed) } },
            .sometimes("unchanged", .integer, "Those that were so already.") {
                $0.result.map { .integer($0.unchanged) }
            },
            .always("dry_run", .boolean) { .bool($0.result == nil) },
            .always("does", .text(), "The act, as it is stored.") { .text($0.plan.act.text) },
            .always("findings", .integer, "How many are meant.") { .integer($0.plan.ids.count) },
            .always("sha256", .text(), "Of their identifiers, as the evidence has it.") { .text($0.plan.hash) },
            .always("severities", .anything, "How many, by severity.") { counts($0.plan.severities) },
            .always("states", .anything, "How many, by state before.") { counts($0.plan.states) },
            .always("projects", .list(.shape("TriagedProject")), "Those with most of them.") {
                .array($0.plan.projects.map(project.json))
            },
            .always("sample", .list(.shape("Finding")), "The first of them.") {
                .array($0.plan.sample.map(FindingShapes.finding.json))
            },
        ]
    )

    static let project = Shape<(path: String, count: Int)>(
        name: "TriagedProject",
        members: [
            .always("path", .text()) { .text($0.path) },
            .always("findings", .integer) { .integer($0.count) },
        ]
    )

    static let undone = Shape<(act: Int64, restored: Int, changedSince: Int)>(
        name: "TriageUndone",
        members: [
            .always("act", .integer) { .integer(Int($0.act)) },
            .always("restored", .integer, "Findings that are as before.") { .integer($0.restored) },
            .always("changed_since", .integer, "Findings that others changed since; they stay.") {
                .integer($0.changedSince)
            },
        ]
    )

    static let rule = Shape<TriageRule>(
        name: "TriageRule",
        members: [
            .always("name", .text()) { .text($0.name) },
            .always("filter", .text()) { .text($0.filter) },
            .always("act", .text(), "As it is stored, such as dismiss used_in_tests.") { .text($0.act.text) },
            .always("comment", .text()) { .text($0.comment) },
            .always("by", .text()) { .text($0.maker) },
            .always("created", .time) { .time($0.created.nanoseconds) },
            .sometimes("expires", .time) { $0.expires.map { .time($0.nanoseconds) } },
        ]
    )

    static let ruleTest = Shape<(count: Int, sample: [FindingRow])>(
        name: "TriageRuleTest",
        members: [
            .always("findings", .integer, "How many would change.") { .integer($0.count) },
            .always("sample", .list(.shape("Finding"))) { .array($0.sample.map(FindingShapes.finding.json)) },
        ]
    )

    /// How many findings something changed.
    static func changed(_ count: Int) -> JSONValue { .object(["changed": .integer(count)]) }

    private static func counts(_ counts: [String: Int]) -> JSONValue {
        .object(
            counts.sorted { $0.key < $1.key }.map { JSONMember(name: Array($0.key.utf8), value: .integer($0.value)) }
        )
    }

    static let all: [DescribedShape] = [
        outcome.described, project.described, undone.described, rule.described, ruleTest.described,
        DescribedShape(
            name: "ChangedFindings",
            json: .object([
                "type": "object", "required": .array([.text("changed")]),
                "properties": .object(["changed": Schema.integer.json]),
            ])
        ),
    ]
}
