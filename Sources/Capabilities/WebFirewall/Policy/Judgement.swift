// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Policy
internal import SecLang

/// What the policy says about one exchange, by the snapshot that held when it began.
struct Judgement: Sendable {
    let snapshot: PolicySnapshot
    let facts: ActivityFacts
    /// When the exchange began, in nanoseconds since 1970; what holds then holds to its end.
    let time: Int64
    /// The mode of the configuration.
    let base: ModeOrigin
    let stance: Stance
    /// What a block or a limit says, whatever the rules will; nil where none concerns the client.
    let refusal: Ruling?

    init(_ policy: FirewallPolicy, _ facts: ActivityFacts, base: ModeOrigin, at time: Int64) {
        let snapshot = policy.inForce.snapshot
        self.snapshot = snapshot
        self.facts = facts
        self.time = time
        self.base = base
        stance = snapshot.stance(of: .webFirewall, for: facts, at: time, base: base)
        refusal = Self.refusal(snapshot, facts, policy.limiter, time)
    }

    private static func refusal(
        _ snapshot: PolicySnapshot,
        _ facts: ActivityFacts,
        _ limiter: RateLimiter,
        _ time: Int64
    ) -> Ruling? {
        if let ruling = snapshot.refusal(of: facts, at: time), ruling.reason != .off {
            return ruling
        }
        guard snapshot.hasLimits, let exceeded = limiter.charge(facts, under: snapshot, at: time) else { return nil }
        let ruling = snapshot.decide(exceeded, for: facts, at: time)
        return ruling.reason == .off ? nil : ruling
    }

    /// What the policy makes of an intervention of the rules.
    ///
    /// - Parameter identifier: of the detection.
    func ruling(_ intervention: Intervention, _ match: RuleMatch?, _ identifier: Identifier) -> Ruling {
        let message = match.map { String(decoding: $0.message, as: UTF8.self) } ?? ""
        let detection = Detection(
            id: identifier,
            time: time,
            control: .webFirewall,
            rule: RuleID(intervention.rule),
            severity: .high,
            message: message.isEmpty ? "the rules ended the exchange" : message,
            response: .block,
            target: match.map { String(decoding: $0.variable, as: UTF8.self) },
            tags: match?.tags.map { String(decoding: $0, as: UTF8.self) } ?? []
        )
        return snapshot.decide(.webFirewall, [detection], for: facts, at: time, base: base)
    }

    /// Whether a rule may end the exchange, where rules have modes of their own.
    func mayIntervene(_ rule: Int) -> Bool {
        snapshot.mayAct(RuleID(rule), .webFirewall, for: facts, at: time, base: base)
    }
}
