// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import Incidents
internal import Policy

/// The objects of the API.
enum Shapes {
    static let severities = Schema.choice(Severity.allCases.map(\.rawValue))
    static let outcomes = Schema.choice(DetectionOutcome.allCases.map(\.name))

    static let detection = Shape<DetectionRow>(
        name: "Detection",
        members: [
            .always("id", .identifier) { .text("\($0.identifier)") },
            .always("time", .time, "When the first exchange began.") { .time($0.time) },
            .always("last_time", .time) { .time($0.lastTime) },
            .always("count", .integer, "How many exchanges it stands for.") { .integer($0.count) },
            .always("severity", severities) { .text($0.severity.rawValue) },
            .always("outcome", outcomes, "What became of it.") { .text($0.outcome.name) },
            .always("control", .text()) { .text($0.control.rawValue) },
            .always("rule", .text(), "The rule that tells most.") { .text($0.rule) },
            .sometimes("decided_by", .text(), "The rule that decided, where it is another.") {
                $0.decidedBy.map { .text($0) }
            },
            .always("kind", .text(), "What kind of attack, such as sqli; may be empty.") { .text($0.kind) },
            .sometimes("technique", .text(), "Of MITRE ATT&CK.") { $0.technique.map { .text($0) } },
            .always("message", .text()) { .text($0.message) },
            .sometimes("target", .text()) { $0.target.map { .text($0) } },
            .sometimes("evidence", .text(), "What matched, masked.") { $0.evidence.map { .text($0) } },
            .sometimes("client", .text()) { $0.client.map { .text($0.description) } },
            .always("application", .text()) { .text($0.application) },
            .sometimes("method", .text()) { $0.method.map { .text($0) } },
            .sometimes("host", .text()) { $0.host.map { .text($0) } },
            .sometimes("path", .text()) { $0.path.map { .text($0) } },
            .always("route", .text()) { .text($0.route) },
            .always("status", .integer, "What the client was answered; 0 for nothing.") { .integer($0.status) },
            .sometimes("reason", .text(), "Why the policy decided so.") { $0.reason.map { .text($0) } },
            .sometimes("scope", .text(), "What set the mode.") { $0.scope.map { .text($0) } },
            .sometimes("revision", .integer, "Of the policy.") { $0.revision.map { .integer($0) } },
            .sometimes("decision", .identifier) { $0.decision.map { .text("\($0)") } },
            .sometimes("transaction", .text()) { $0.transaction.map { .text($0) } },
        ]
    )

    static let detectedRule = Shape<DetectedRule>(
        name: "DetectedRule",
        members: [
            .always("rule", .text()) { .text($0.rule) },
            .always("message", .text()) { .text($0.message) },
            .always("severity", severities) { .text($0.severity.rawValue) },
            .sometimes("target", .text()) { $0.target.map { .text($0) } },
            .sometimes("kind", .text()) { $0.kind.map { .text($0) } },
            .sometimes("technique", .text()) { $0.technique.map { .text($0) } },
            .sometimes("evidence", .text()) { $0.evidence.map { .text($0) } },
        ]
    )

    static let detectionDetail = Shape<DetectionDetail>(
        name: "DetectionDetail",
        members: [
            .always("detection", .shape("Detection")) { detection.json($0.row) },
            .always("rules", .list(.shape("DetectedRule"))) { .array($0.rules.map(detectedRule.json)) },
            .always("more_rules", .integer, "How many matched beyond those.") { .integer($0.moreRules) },
        ]
    )

    static let incident = Shape<Incident>(
        name: "Incident",
        members: [
            .always("id", .identifier) { .text("\($0.identifier)") },
            .always("opened", .time) { .time($0.opened) },
            .always("first_time", .time) { .time($0.firstTime) },
            .always("last_time", .time) { .time($0.lastTime) },
            .sometimes("client", .text()) { $0.client.map { .text($0.description) } },
            .sometimes("technique", .text()) { $0.technique.map { .text($0) } },
            .always("kind", .text()) { .text($0.kind) },
            .always("title", .text()) { .text($0.title) },
            .always("severity", severities) { .text($0.severity.rawValue) },
            .always("state", .choice(Incident.State.allCases.map(\.name))) { .text($0.state.name) },
            .sometimes("assignee", .text()) { $0.assignee.map { .text($0) } },
            .always("revision", .integer, "The number in the ETag.") { .integer($0.revision) },
            .always("requests", .integer) { .integer($0.requests) },
            .always("stopped", .integer) { .integer($0.stopped) },
            .always("would_stop", .integer) { .integer($0.wouldStop) },
            .always("passed", .integer, "Of high severity, not stopped, and answered with success.") {
                .integer($0.passed)
            },
            .always("rules", .list(.shape("Share"))) { .array($0.rules.map(share.json)) },
            .always("applications", .list(.shape("Share"))) { .array($0.applications.map(share.json)) },
        ]
    )

    static let share = Shape<Incident.Share>(
        name: "Share",
        members: [
            .always("name", .text()) { .text($0.name) },
            .always("count", .integer) { .integer($0.count) },
        ]
    )

    static let incidentAct = Shape<IncidentAct>(
        name: "IncidentAct",
        members: [
            .always("time", .time) { .time($0.time) },
            .always("maker", .text()) { .text($0.maker) },
            .always("kind", .choice(IncidentAct.Kind.allCases.map(\.rawValue))) { .text($0.kind.rawValue) },
            .sometimes("before", .text()) { $0.before.map { .text($0) } },
            .sometimes("after", .text()) { $0.after.map { .text($0) } },
        ]
    )

    static let entity = Shape<EntityRow>(
        name: "Entity",
        members: [
            .always("entity", .text()) { .text($0.entity.description) },
            .always("first_seen", .time) { .time($0.firstSeen) },
            .always("last_seen", .time) { .time($0.lastSeen) },
            .always("detections", .integer) { .integer($0.detections) },
            .always("would_stop", .integer) { .integer($0.wouldStop) },
            .always("stopped", .integer) { .integer($0.stopped) },
            .always("worst", severities) { .text($0.worst.rawValue) },
        ]
    )

    static let decision = Shape<KeptDecision>(
        name: "Decision",
        members: [
            .always("id", .identifier) { .text("\($0.decision.id)") },
            .always("time", .time) { .time($0.decision.time) },
            .sometimes("control", .text()) { $0.decision.control.map { .text($0.rawValue) } },
            .always("disposition", .choice(Disposition.allCases.map(\.rawValue))) {
                .text($0.decision.disposition.rawValue)
            },
            .always("reason", .choice(Decision.Reason.allCases.map(\.rawValue))) { .text($0.decision.reason.rawValue) },
            .sometimes("mode", .text()) { $0.decision.mode.map { .text($0.rawValue) } },
            .sometimes("scope", .text()) { $0.decision.scope.map { .text($0.description) } },
            .always("revision", .integer) { .integer($0.decision.revision) },
            .sometimes("subject", .text()) { $0.decision.subject.map { .text($0.description) } },
            .sometimes("rule", .text()) { $0.decision.rule.map { .text($0.description) } },
            .sometimes("exception", .identifier) { $0.decision.exception.map { .text("\($0)") } },
            .always("message", .text()) { .text($0.decision.message) },
            .always("maker", .text()) { .text($0.decision.maker) },
            .sometimes("expires", .time) { $0.decision.expires.map { .time($0) } },
            .sometimes("undo", .text(), "The command that takes it back.") { $0.decision.undo.map { .text($0) } },
            .sometimes("leaf", .integer, "Its number in the evidence log.") { $0.leaf.map { .integer(Int($0)) } },
        ]
    )

    static var all: [DescribedShape] {
        [
            detection.described, detectedRule.described, detectionDetail.described, incident.described, share.described,
            incidentAct.described, entity.described, decision.described,
            .page(of: "Detection"), .page(of: "Incident"), .page(of: "Entity"), .page(of: "Decision"),
        ] + PolicyShapes.all + AccessShapes.all + EvidenceShapes.all + OutputShapes.all + JobShapes.all
            + FindingShapes.all + ComponentRoutes.shapes + DashboardShapes.all + DefectDojoRoutes.shapes
            + TriageShapes.all + ProjectShapes.all + PatchShapes.all + SavedViewRoutes.shapes
    }
}
