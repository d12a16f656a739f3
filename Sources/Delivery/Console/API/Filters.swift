// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Incidents

/// What lists are asked for, by the API and by pages alike.
enum Filters {
    private static let since = InputField("since", .start, "Not before: a time, or how long ago, such as 7d.")
    private static let until = InputField("until", .start, "Before: a time, or how long ago.")
    private static let severity = InputField(
        "severity",
        .choice(Severity.allCases.map(\.rawValue)),
        "This severity and above."
    )
    private static let client = InputField("client", .text(maximum: 300), "An address or another entity.")
    private static let application = InputField("application", .text(maximum: 128), "The name of an application.")

    static let detections = [
        InputField("q", .text(maximum: 200), "Words of message, path, rule, kind, host, application and client."),
        since, until, severity,
        InputField("rule", .text(maximum: 128), "The rule."),
        InputField("kind", .text(maximum: 64), "The kind of attack, such as sqli."),
        client, application,
        InputField("outcome", .choice(DetectionOutcome.allCases.map(\.name)), "What became of it."),
        InputField("route", .text(maximum: 1024), "The route, such as GET /orders/{id}."),
    ]

    static func detections(_ input: Input) throws -> DetectionFilter {
        var filter = DetectionFilter()
        filter.text = input["q"]
        filter.since = input.start("since")
        filter.until = input.start("until")
        filter.severity = input["severity"].flatMap { Severity(rawValue: $0) }
        filter.rule = input["rule"]
        filter.kind = input["kind"]
        filter.client = try input.value(Entity.self, "client")
        filter.application = input["application"]
        if let outcome = input["outcome"].flatMap({ DetectionOutcome(name: $0) }) { filter.outcomes = [outcome] }
        filter.route = input["route"]
        return filter
    }

    static let incidents = [
        InputField(
            "state",
            .choice(["open"] + Incident.State.allCases.map(\.name)),
            "The state; open for all that are."
        ),
        severity, client, application,
        InputField("assignee", .text(maximum: 128), "Whose it is."), since,
    ]

    static func incidents(_ input: Input) throws -> IncidentFilter {
        var filter = IncidentFilter()
        if input["state"] == "open" { filter = .open }
        if let state = input["state"].flatMap({ Incident.State(name: $0) }) { filter.states = [state] }
        filter.severity = input["severity"].flatMap { Severity(rawValue: $0) }
        filter.client = try input.value(Entity.self, "client")
        filter.application = input["application"]
        filter.assignee = input["assignee"]
        filter.since = input.start("since")
        return filter
    }

    static let entities = [
        InputField("kind", .choice(Entity.Kind.allCases.map(\.rawValue)), "The kind of entity."), since, severity,
    ]

    static func entities(_ input: Input) -> EntityFilter {
        var filter = EntityFilter()
        filter.kind = input["kind"].flatMap { Entity.Kind(rawValue: $0) }
        filter.since = input.start("since")
        filter.severity = input["severity"].flatMap { Severity(rawValue: $0) }
        return filter
    }

    static let decisions = [
        since, until,
        InputField("subject", .text(maximum: 300), "Whom it struck."),
        InputField("disposition", .choice(Disposition.allCases.map(\.rawValue)), "What was done."),
        InputField("reason", .choice(Decision.Reason.allCases.map(\.rawValue)), "Why."),
        InputField("control", .choice(ControlID.allCases.map(\.rawValue)), "The control."),
    ]

    static func decisions(_ input: Input) throws -> DecisionFilter {
        var filter = DecisionFilter()
        filter.since = input.start("since")
        filter.until = input.start("until")
        filter.subject = try input.value(Entity.self, "subject")
        filter.disposition = input["disposition"].flatMap { Disposition(rawValue: $0) }
        filter.reason = input["reason"].flatMap { Decision.Reason(rawValue: $0) }
        filter.control = input["control"].flatMap { ControlID(rawValue: $0) }
        return filter
    }
}
