// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes
internal import VulnerabilityManagement

/// The part of the API about rules of the web firewall that guard findings.
///
/// The firewall reads them when it starts and on SIGHUP. What only looks takes the permission to respond; what stops requests
/// takes that to administer, as a change of a mode does.
enum PatchRoutes {
    static let all: [Route] = [list, propose] + PatchAccess.Act.allCases.map(act) + [retireResolved]

    private static let list = Route.operation(
        .get,
        "/virtual-patches",
        .granted(.see),
        id: "listVirtualPatches",
        "Virtual patches, and how often they matched.",
        tag: "Virtual patches",
        query: [InputField("all", .flag, "Whether those that are retired are told of too.")],
        answers: .list(.shape("VirtualPatch"))
    ) { exchange in
        let isAll = exchange.query.flag("all")
        let patches = try await exchange.findings.read { store in
            try store.virtualPatches().filter { isAll || $0.state != .retired }
        }
        return .json(.array(patches.map(PatchShapes.patch.json)))
    }

    private static let propose = Route.operation(
        .post,
        "/virtual-patches",
        .granted(.respond),
        id: "proposeVirtualPatch",
        "Writes a rule that guards a finding; no firewall has it yet.",
        tag: "Virtual patches",
        body: [
            InputField("finding", .text(maximum: 36), required: true, "Its identifier."),
            InputField("route", .text(maximum: 2048), "In place of the finding's own, such as GET /cart/{id}."),
            InputField("parameter", .text(maximum: 256), "In place of the finding's own."),
        ],
        answers: .shape("ProposedPatch"),
        status: 201
    ) { exchange in
        let id = try exchange.body.required(Identifier.self, "finding")
        let route = try exchange.body["route"].map { try RoutePattern(parsing: $0) }
        let found = try await exchange.findings.read { try $0.finding(id: FindingRow.id(of: id))?.row }
        guard let found, found.identifier == id else { throw Problem.notFound("finding of this identifier") }
        let made = try await exchange.patches.propose(
            found.id,
            route,
            exchange.body["parameter"],
            try exchange.principal.name,
            exchange.seconds
        )
        return .json(
            .object(["patch": PatchShapes.patch.json(made.patch), "text": .text(made.text)]),
            .created
        )
    }

    private static func act(_ act: PatchAccess.Act) -> Route {
        .operation(
            .post,
            "/virtual-patches/{rule}/\(act.rawValue)",
            .granted(act == .enforce ? .administer : .respond),
            id: "\(act.rawValue)VirtualPatch",
            summary(act),
            tag: "Virtual patches",
            body: [InputField("reason", .text(maximum: 2000), required: true, "Why, for those who ask later.")],
            answers: .shape("VirtualPatch")
        ) { exchange in
            guard let rule = Int(exchange.parameters["rule"] ?? "") else {
                throw Problem.notFound("virtual patch of this number")
            }
            let reason = exchange.body.text("reason")
            let maker = try exchange.principal.name
            return .json(
                PatchShapes.patch.json(try await exchange.patches.act(act, rule, reason, maker, exchange.seconds))
            )
        }
    }

    private static func summary(_ act: PatchAccess.Act) -> String {
        switch act {
        case .apply: "Brings a proposed rule to the firewall, where it is observed."
        case .observe: "Lets an enforced rule be observed only."
        case .enforce: "Lets a rule stop requests, as far as the mode of the firewall goes."
        case .retire: "Takes a rule back from the firewall."
        }
    }

    private static let retireResolved = Route.operation(
        .post,
        "/virtual-patches/retire-resolved",
        .granted(.respond),
        id: "retireResolvedPatches",
        "Takes back the rules of all findings that are closed.",
        tag: "Virtual patches",
        body: [
            InputField("even_hidden", .flag, "Also those that may be why scans no longer see the weakness.")
        ],
        answers: .shape("RetiredPatches")
    ) { exchange in
        let (retired, hidden) = try await exchange.patches.retireResolved(
            exchange.body.flag("even_hidden"),
            try exchange.principal.name,
            exchange.seconds
        )
        return .json(
            .object([
                "retired": .array(retired.map(PatchShapes.patch.json)),
                "hidden": .array(hidden.map(PatchShapes.patch.json)),
            ])
        )
    }
}

extension Exchange {
    /// - Throws: ``Problem`` where there is no firewall that could have rules.
    var patches: PatchAccess {
        get throws {
            guard let patches = try findings.patches else {
                throw Problem(.conflict, "unsupported", "This server keeps no virtual patches.")
            }
            return patches
        }
    }
}

enum PatchShapes {
    static let patch = Shape<VirtualPatch>(
        name: "VirtualPatch",
        members: [
            .always("rule", .integer, "Its number.") { .integer($0.rule) },
            .always("state", .choice(VirtualPatch.State.allCases.map(\.rawValue))) { .text($0.state.rawValue) },
            .always("finding", .identifier) { .text("\($0.findingIdentifier)") },
            .always("class", .text(), "Of the attacks that it looks for, such as sqli.") { .text($0.attackClass) },
            .always("route", .text()) { .text($0.pattern.description) },
            .sometimes("parameter", .text()) { $0.parameter.map { .text($0) } },
            .always("attacks", .integer, "That it matched.") { .integer($0.hits) },
            .sometimes("last_attack", .time) { $0.lastHit.map { .time($0.nanoseconds) } },
            .always("changed", .time, "When it got into its state.") { .time($0.changed.nanoseconds) },
            .always("by", .text()) { .text($0.maker) },
            .always("because", .text()) { .text($0.because) },
            .always("finding_is_closed", .boolean) { .bool($0.isObsolete) },
            .always("patch_may_hide_finding", .boolean, "Whether it may be why scans no longer see the weakness.") {
                .bool($0.mayBeHidden)
            },
        ]
    )

    static let all: [DescribedShape] = [
        patch.described,
        DescribedShape(
            name: "ProposedPatch",
            json: .object([
                "type": "object", "required": .array([.text("patch"), .text("text")]),
                "properties": .object(["patch": Schema.shape("VirtualPatch").json, "text": Schema.text().json]),
            ])
        ),
        DescribedShape(
            name: "RetiredPatches",
            json: .object([
                "type": "object", "required": .array([.text("retired"), .text("hidden")]),
                "properties": .object([
                    "retired": Schema.list(.shape("VirtualPatch")).json,
                    "hidden": Schema.list(.shape("VirtualPatch")).json,
                ]),
            ])
        ),
    ]
}
