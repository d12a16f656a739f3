// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Incidents
internal import Policy

/// The objects of the API that are about the policy.
enum PolicyShapes {
    static let change = Shape<RecordedChange>(
        name: "Change",
        members: [
            .always("decision", .identifier, "The record of the change; it can be taken back by it.") {
                .text("\($0.decision)")
            },
            .always("revision", .integer, "Of the policy, after the change.") { .integer($0.change.revision) },
            .always("change", .text()) { .text("\($0.change.change)") },
            .always("by", .text()) { .text($0.change.by.maker) },
            .sometimes("undo", .text(), "The command that takes it back.") {
                $0.change.inverse.command.map { .text($0) }
            },
        ]
    )

    static let mode = Shape<ModeSetting>(
        name: "Mode",
        members: [
            .always("scope", .text()) { .text($0.scope.description) },
            .always("mode", .choice(Mode.allCases.map(\.rawValue))) { .text($0.mode.rawValue) },
            .sometimes("canary", .integer) { $0.canary.map { .integer($0) } },
        ] + authorship { $0.by } + [expires { $0.expires }]
    )

    static let exception = Shape<PolicyException>(
        name: "Exception",
        members: [
            .always("id", .identifier) { .text("\($0.id)") },
            .always("control", .text()) { .text($0.control.rawValue) },
            .always("rules", .text()) { .text($0.rules.description) },
            .sometimes("target", .text()) { $0.target.map { .text($0.description) } },
            .always("place", .text(), "Empty for everywhere.") { .text($0.place.description) },
            .sometimes("content_type", .text(), "Only of bodies of this type.") {
                $0.contentType.map { .text($0.description) }
            },
            .sometimes("client", .text()) { $0.client.map { .text($0.description) } },
            .always("owner", .text()) { .text($0.owner) },
        ] + authorship { $0.by } + [expires { $0.expires }]
    )

    static let block = Shape<EntityBlock>(
        name: "Block",
        members: [.always("entity", .text()) { .text($0.entity.description) }] + authorship { $0.by }
            + [expires { $0.expires }]
    )

    static let neverBlock = Shape<NeverBlock>(
        name: "NeverBlock",
        members: [
            .always("entity", .text()) { .text($0.entity.description) },
            .always("kind", .choice(NeverBlock.Kind.allCases.map(\.rawValue))) { .text($0.kind.rawValue) },
        ] + authorship { $0.by } + [expires { $0.expires }]
    )

    static let limit = Shape<RateLimit>(
        name: "Limit",
        members: [
            .always("name", .text()) { .text($0.name.description) },
            .always("place", .text(), "Empty for everywhere.") { .text($0.place.description) },
            .always("key", .choice(RateLimit.Key.allCases.map(\.rawValue))) { .text($0.key.rawValue) },
            .always("count", .integer) { .integer($0.count) },
            .always("seconds", .integer) { .integer($0.seconds) },
            .always("burst", .integer) { .integer($0.burst) },
        ] + authorship { $0.by } + [expires { $0.expires }]
    )

    private static func authorship<Value>(
        _ by: @escaping @Sendable (Value) -> Authorship
    ) -> [Shape<Value>.Member] {
        [
            .always("maker", .text()) { .text(by($0).maker) },
            .always("because", .text()) { .text(by($0).reason) },
            .always("since", .time) { .time(by($0).time) },
        ]
    }

    private static func expires<Value>(_ end: @escaping @Sendable (Value) -> Int64?) -> Shape<Value>.Member {
        .sometimes("expires", .time) { end($0).map { .time($0) } }
    }

    static let application = Shape<ApplicationState>(
        name: "Application",
        members: [
            .always("name", .text()) { .text($0.application.name) },
            .always("upstream", .text()) { .text($0.application.upstream) },
            .always("hosts", .list(.text())) { .array($0.application.hosts.map { .text($0) }) },
            .sometimes("rule_set", .text()) { $0.application.ruleSet.map { .text($0) } },
            .always("mode", .choice(Mode.allCases.map(\.rawValue))) { .text($0.mode.rawValue) },
            .sometimes("canary", .integer) { $0.canary.map { .integer($0) } },
            .sometimes("origin", .text(), "The scope that set the mode.") { $0.origin.map { .text($0) } },
        ]
    )

    static let rehearsal = Shape<RehearsalCounts>(
        name: "Rehearsal",
        members: [
            .always("from", .time) { .time($0.from) },
            .always("until", .time) { .time($0.until) },
            .always("requests", .integer, "All in the scope.") { .integer($0.requests) },
            .always("would_stop", .integer, "Those that enforce would have stopped.") { .integer($0.wouldStop) },
            .always("stopped", .integer, "Those that were stopped already.") { .integer($0.stopped) },
            .always("by_rule", .list(.shape("RehearsalPart"))) { .array($0.byRule.map(rehearsalPart.json)) },
            .always("by_route", .list(.shape("RehearsalPart"))) { .array($0.byRoute.map(rehearsalPart.json)) },
            .always("by_client", .list(.shape("RehearsalPart"))) { .array($0.byClient.map(rehearsalPart.json)) },
            .always("by_status_class", .list(.integer), "Of those, by the first digit of the answer's status.") {
                .array($0.byStatusClass.map { .integer($0) })
            },
            .always("groups", .list(.shape("RehearsalGroup")), "Those that look benign first.") {
                .array($0.groups.map(rehearsalGroup.json))
            },
        ]
    )

    static let rehearsalPart = Shape<RehearsalCounts.Part>(
        name: "RehearsalPart",
        members: [
            .always("name", .text()) { .text($0.name) },
            .sometimes("note", .text()) { $0.note.map { .text($0) } },
            .sometimes("application", .text()) { $0.application.map { .text($0) } },
            .always("would_stop", .integer) { .integer($0.wouldStop) },
            .always("stopped", .integer) { .integer($0.stopped) },
            .sometimes("requests", .integer) { $0.requests.map { .integer($0) } },
        ]
    )

    static let rehearsalGroup = Shape<RehearsalCounts.Group>(
        name: "RehearsalGroup",
        members: [
            .always("application", .text()) { .text($0.application) },
            .always("rule", .text()) { .text($0.rule) },
            .sometimes("message", .text()) { $0.message.map { .text($0) } },
            .always("route", .text()) { .text($0.route) },
            .always("would_stop", .integer) { .integer($0.wouldStop) },
            .always("stopped", .integer) { .integer($0.stopped) },
            .always("clients", .integer, "An estimate.") { .integer($0.clients) },
            .always("succeeded", .integer) { .integer($0.succeeded) },
            .always("requests", .integer) { .integer($0.requests) },
            .always("benign_likeness", .number, "From 0 to 1.") { .number($0.benignLikeness) },
        ]
    )

    static let rule = Shape<RuleState>(
        name: "Rule",
        members: [
            .always("id", .text()) { .text($0.id) },
            .sometimes("message", .text()) { $0.message.map { .text($0) } },
            .always("hits", .integer) { .integer($0.hits) },
            .always("would_stop", .integer) { .integer($0.wouldStop) },
            .always("stopped", .integer) { .integer($0.stopped) },
            .sometimes("text", .text()) { $0.rule.map { .text($0.text) } },
            .sometimes("file", .text()) { $0.rule.map { .text($0.file) } },
            .sometimes("line", .integer) { $0.rule.map { .integer($0.line) } },
            .always("tags", .list(.text())) { .array($0.rule?.tags.map { .text($0) } ?? []) },
        ]
    )

    static var all: [DescribedShape] {
        [
            change.described, mode.described, exception.described, block.described, neverBlock.described,
            limit.described, application.described, rehearsal.described, rehearsalPart.described,
            rehearsalGroup.described, rule.described,
            .page(of: "Mode"), .page(of: "Exception"), .page(of: "Block"), .page(of: "NeverBlock"), .page(of: "Limit"),
            .page(of: "Application"), .page(of: "Rule"),
        ]
    }
}

/// An application and the mode that holds for all of it.
struct ApplicationState: Sendable {
    let application: ProtectedApplication
    let mode: Mode
    let canary: Int?
    /// The scope that set the mode; nil where nothing was set.
    let origin: String?
    let setting: ModeSetting?

    init(_ application: ProtectedApplication, in policy: PolicyDocument, at time: Int64) {
        self.application = application
        let scopes = [Scope(.webFirewall, .application(application.name)), Scope(.webFirewall)]
        setting = scopes.lazy.compactMap { policy.modes[$0] }.first { ($0.expires ?? .max) > time }
        let isCapped = policy.stoodDown != nil || policy.stoodBack[.webFirewall] != nil
        let set = setting?.mode ?? application.configured
        mode = isCapped && set == .enforce ? .observe : set
        canary = mode == .enforce ? setting?.canary : nil
        origin = setting?.scope.description ?? (application.configured == .observe ? nil : "the configuration")
    }

    var scope: Scope { Scope(.webFirewall, .application(application.name)) }
}

/// A rule, what is known of it, and how often it hit.
struct RuleState: Sendable {
    var id: String
    var message: String?
    var hits: Int
    var wouldStop: Int
    var stopped: Int
    var rule: CatalogueRule?
}
