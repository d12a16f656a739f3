// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// A limit as buckets need it.
struct CompiledLimit: Sendable {
    let limit: RateLimit
    let expires: Int64
    /// Tells the buckets of different limits apart.
    let salt: UInt64
    /// The time in which one more is within the limit, in nanoseconds.
    let interval: Int64
    /// How far ahead of its pace a client may be, in nanoseconds.
    let tolerance: Int64

    init(_ limit: RateLimit, key: HashKey) {
        self.limit = limit
        expires = limit.expires ?? .max
        var hash = SipHash(key)
        salt = hash.finish(limit.name.description.utf8)
        interval = max(1, Int64(limit.seconds) * 1_000_000_000 / Int64(limit.count))
        tolerance = interval * Int64(limit.burst - 1)
    }
}

/// The limits by the application that they are for.
struct LimitTable: Sendable {
    private var ofApplications: [String: [CompiledLimit]] = [:]
    private var others: [CompiledLimit] = []
    let key: HashKey

    var isEmpty: Bool { ofApplications.isEmpty && others.isEmpty }

    init(_ limits: some Sequence<RateLimit>, key: HashKey) {
        self.key = key
        for limit in limits {
            switch limit.place {
            case .application(let name), .route(let name?, _):
                ofApplications[name, default: []].append(CompiledLimit(limit, key: key))
            default:
                others.append(CompiledLimit(limit, key: key))
            }
        }
    }

    /// Calls the body with each limit that an activity counts towards, and the hash of its bucket.
    ///
    /// A request whose path is ambiguous counts towards those of all routes of its application, as it may be on any.
    func forEach(_ facts: ActivityFacts, at time: Int64, _ body: (CompiledLimit, UInt64) -> Void) {
        visit(others, facts, time, body)
        guard !ofApplications.isEmpty, let name = facts.application, let limits = ofApplications[name] else { return }
        visit(limits, facts, time, body)
    }

    private func visit(
        _ limits: [CompiledLimit],
        _ facts: ActivityFacts,
        _ time: Int64,
        _ body: (CompiledLimit, UInt64) -> Void
    ) {
        for limit in limits where limit.expires > time && isWithin(limit.limit.place, facts) {
            guard limit.limit.key == .session else {
                if let bucket = bucket(of: limit, facts) { body(limit, bucket) }
                continue
            }
            // The application may believe any of them, so that each counts.
            for session in facts.entities where session.kind == .session { body(limit, bucket(of: limit, session)) }
        }
    }

    private func isWithin(_ place: Scope.Place, _ facts: ActivityFacts) -> Bool {
        if case .route(let name, let pattern) = place, facts.path?.isAmbiguous == true {
            return (name == nil || name == facts.application) && pattern.covers(method: facts.method)
        }
        return facts.isAt(place)
    }

    /// nil where the activity has nothing to be counted by, or is counted by its sessions.
    private func bucket(of limit: CompiledLimit, _ facts: ActivityFacts) -> UInt64? {
        var hash = SipHash(key)
        hash.combine(limit.salt)
        switch limit.limit.key {
        case .route:
            return hash.finish(EmptyCollection())
        case .address:
            guard let bits = facts.clientBits else { return nil }
            hash.combine(bits)
            return hash.finish(EmptyCollection())
        case .session:
            return nil
        }
    }

    private func bucket(of limit: CompiledLimit, _ session: Entity) -> UInt64 {
        var hash = SipHash(key)
        hash.combine(limit.salt)
        return hash.finish(session.key.utf8)
    }
}
