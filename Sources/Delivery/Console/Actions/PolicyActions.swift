// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Policy

/// The changes of the policy that people make, as the API and the pages both read them: what they need to be told, and the
/// change that follows from it.
enum PolicyActions {
    static let reason = InputField(
        "reason",
        .text(maximum: Authorship.maximumReasonLength),
        required: true,
        "Why, for those who ask later."
    )
    static let expires = InputField("expires", .end, "When it ends: a time, or how long from now, such as 8h or 30d.")
    private static let entity = InputField(
        "entity",
        .text(maximum: 300),
        required: true,
        """
        An address, a network, or a kind and a key such as user:alice. Of sessions and devices a keyed hash is kept; what is \
        not one of 32 digits is taken for the cookie's value and hashed.
        """
    )

    /// The entity of a body as activities name it.
    private static func entity(_ exchange: Exchange) throws -> Entity {
        exchange.services.policy.known(try exchange.body.required(Entity.self, "entity"))
    }

    /// The entity of an entry that is there: as it stands in it, or as activities name it.
    private static func entity(_ exchange: Exchange, in entries: (PolicyDocument) -> Set<Entity>) throws -> Entity {
        let literal = try exchange.body.required(Entity.self, "entity")
        return entries(exchange.services.policy.document()).contains(literal) ? literal : try entity(exchange)
    }

    // MARK: Modes

    static let setMode = [
        InputField("scope", .text(maximum: 1200), required: true, "What it is about, such as waf or waf/app:shop."),
        InputField("mode", .choice(Mode.allCases.map(\.rawValue)), required: true, "How far the control may go."),
        InputField("canary", .integer(1...99), "The share of clients in percent for which enforce holds."),
        expires, reason,
    ]

    static func setMode(_ exchange: Exchange) throws -> PolicyChange {
        let input = exchange.body
        guard let mode = Mode(rawValue: input.text("mode")) else { throw Problem.invalid("mode", member: "mode") }
        return .setMode(
            ModeSetting(
                try input.required(Scope.self, "scope"),
                mode,
                // The form of a page has the field for all modes.
                canary: mode == .enforce ? input.integer("canary") : nil,
                by: try exchange.author(),
                expires: input.end("expires")
            )
        )
    }

    static let clearMode = [setMode[0], reason]

    static func clearMode(_ exchange: Exchange) throws -> PolicyChange {
        .clearMode(try exchange.body.required(Scope.self, "scope"))
    }

    // MARK: Exceptions

    static let addException = [
        InputField("control", .choice(ControlID.allCases.map(\.rawValue)), "The control; waf where it is left out."),
        InputField("rules", .text(maximum: 140), required: true, "A rule, a range such as 942100-942190, or tag:NAME."),
        InputField("target", .text(maximum: 256), "A part of the activity, such as ARGS:comment; empty for all."),
        InputField(
            "place",
            .text(maximum: 1200),
            "Where, such as app:shop/route:POST /comments; empty for everywhere."
        ),
        InputField(
            "content_type",
            .text(maximum: MediaType.maximumLength),
            "Only of bodies of this type, such as text/csv; empty for all."
        ),
        InputField("client", .text(maximum: 300), "An address, a network or another entity; empty for all."),
        InputField("owner", .text(maximum: 128), "Who answers for it; you, where it is left out."),
        expires, reason,
    ]

    static func addException(_ exchange: Exchange) throws -> PolicyChange {
        let input = exchange.body
        return .addException(
            PolicyException(
                NewIdentifier.make(at: exchange.now),
                ControlID(rawValue: input["control"] ?? "") ?? .webFirewall,
                rules: try input.required(RuleSelector.self, "rules"),
                target: try input.value(TargetSelector.self, "target"),
                place: try input.value(Scope.Place.self, "place") ?? .installation,
                contentType: try input.value(MediaType.self, "content_type"),
                client: try input.value(Entity.self, "client").map(exchange.services.policy.known),
                owner: try input["owner"] ?? exchange.principal.name,
                by: try exchange.author(),
                expires: input.end("expires")
            )
        )
    }

    static let removeException = [InputField("id", .text(maximum: 36), required: true, "The exception."), reason]

    static func removeException(_ exchange: Exchange) throws -> PolicyChange {
        .removeException(try exchange.body.required(Identifier.self, "id"))
    }

    // MARK: Blocks

    static let block = [entity, expires, reason]

    static func block(_ exchange: Exchange) throws -> PolicyChange {
        let entity = try entity(exchange)
        if let network = entity.network, let own = exchange.request.peer.address, network.contains(own) {
            throw Problem.invalid("\(entity) is where you are yourself; a block would lock you out", member: "entity")
        }
        return .block(EntityBlock(entity, by: try exchange.author(), expires: exchange.body.end("expires")))
    }

    static let unblock = [entity, reason]

    static func unblock(_ exchange: Exchange) throws -> PolicyChange {
        .unblock(try entity(exchange) { Set($0.blocks.keys) })
    }

    static let neverBlock = [
        entity,
        InputField(
            "kind",
            .choice(NeverBlock.Kind.allCases.filter { $0 != .loopback }.map(\.rawValue)),
            "Why it is never blocked; listed where it is left out."
        ),
        expires, reason,
    ]

    static func neverBlock(_ exchange: Exchange) throws -> PolicyChange {
        .neverBlock(
            NeverBlock(
                try entity(exchange),
                NeverBlock.Kind(rawValue: exchange.body["kind"] ?? "") ?? .listed,
                by: try exchange.author(),
                expires: exchange.body.end("expires")
            )
        )
    }

    static func removeNeverBlock(_ exchange: Exchange) throws -> PolicyChange {
        .removeNeverBlock(try entity(exchange) { Set($0.neverBlocked.keys) })
    }

    // MARK: Limits

    static let setLimit = [
        InputField("name", .text(maximum: 128), required: true, "The limit's name; one of this name is replaced."),
        InputField("place", .text(maximum: 1200), "Where, such as app:shop/route:POST /login; empty for everywhere."),
        InputField(
            "key",
            .choice(RateLimit.Key.allCases.map(\.rawValue)),
            required: true,
            "Whose activities count together."
        ),
        InputField("count", .integer(RateLimit.counts), required: true, "How many are within the limit."),
        InputField("seconds", .integer(RateLimit.durations), required: true, "In which time."),
        InputField(
            "burst",
            .integer(RateLimit.counts),
            "How many may come at once; as many as count where it is left out."
        ),
        expires, reason,
    ]

    static func setLimit(_ exchange: Exchange) throws -> PolicyChange {
        let input = exchange.body
        guard let key = RateLimit.Key(rawValue: input.text("key")), let count = input.integer("count"),
            let seconds = input.integer("seconds")
        else { throw Problem.invalid("a limit has a key, a count and seconds") }
        return .setLimit(
            RateLimit(
                try input.required(RuleID.self, "name"),
                place: try input.value(Scope.Place.self, "place") ?? .installation,
                per: key,
                count: count,
                seconds: seconds,
                burst: input.integer("burst"),
                by: try exchange.author(),
                expires: input.end("expires")
            )
        )
    }

    static let removeLimit = [setLimit[0], reason]

    static func removeLimit(_ exchange: Exchange) throws -> PolicyChange {
        .removeLimit(try exchange.body.required(RuleID.self, "name"))
    }

    // MARK: All of it

    static let standDown = [reason]

    static func standDown(_ exchange: Exchange) throws -> PolicyChange { .standDown(try exchange.author()) }
    static func standUp(_ exchange: Exchange) throws -> PolicyChange { .standUp }

    static let resume = [
        InputField("control", .choice(ControlID.allCases.map(\.rawValue)), required: true, "The control."), reason,
    ]

    static func resume(_ exchange: Exchange) throws -> PolicyChange {
        guard let control = ControlID(rawValue: exchange.body.text("control")) else {
            throw Problem.invalid("control", member: "control")
        }
        return .resume(control)
    }

    /// Makes a change, in the name of who asks for it.
    static func apply(_ change: PolicyChange, _ exchange: Exchange) async throws -> RecordedChange {
        try await exchange.services.policy.apply(change, try exchange.author(), try exchange.expectedRevision())
    }

    /// Takes back what a decision has changed.
    static func undo(_ exchange: Exchange) async throws -> RecordedChange {
        let id = try exchange.identifier()
        guard let change = try await exchange.services.policy.inverse(id) else {
            throw Problem.invalid("there is nothing that could be taken back about decision \(id)")
        }
        if change.needsAdministrator { try exchange.principal.require(.administer) }
        return try await apply(change, exchange)
    }
}

extension PolicyChange {
    /// Whether it is more than those may do who respond to attacks.
    var needsAdministrator: Bool {
        switch self {
        case .block, .unblock, .addException, .removeException, .standDown: false
        case .several(let changes): changes.contains { $0.needsAdministrator }
        default: true
        }
    }
}

/// Makes identifiers.
enum NewIdentifier {
    static func make(at time: Int64) -> Identifier {
        Identifier(
            milliseconds: UInt64(max(0, time)) / 1_000_000,
            random: (.random(in: .min ... .max), .random(in: .min ... .max))
        )
    }
}
