// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// A policy as activities are judged by it: compiled, immutable, and read without locks.
///
/// A gateway holds one in an atomic reference and puts another in its place when the policy changes; a request is judged
/// by the one that it began with. The time is handed in, so that the same facts at the same time get the same answer, and
/// an answer can be explained afterwards.
///
/// ```swift
/// if let ruling = snapshot.refusal(of: facts, at: now), ruling.disposition.isAct { return deny(ruling) }
/// guard snapshot.mode(of: .webFirewall, for: facts, at: now).mode != .off else { return pass() }
/// let ruling = snapshot.decide(.webFirewall, firewall.inspect(request), for: facts, at: now)
/// ```
package final class PolicySnapshot: Sendable {
    package let revision: Int
    package let failures: FailurePolicy
    package let blockRate: BlockRateLimit
    /// Set while all controls are put to `observe` and all blocks are lifted.
    package let stoodDown: Authorship?
    /// By ``ControlID/index``.
    private let stoodBack: [Authorship?]
    let tables: PolicyTables

    /// Compiles a policy. For a million blocks this takes about a second; ``updated(to:after:)`` is for changes.
    ///
    /// - Parameter key: the secret by which clients are put into canaries; the same on all machines and across restarts.
    package convenience init(_ policy: PolicyDocument, key: HashKey) {
        self.init(policy, PolicyTables(policy, blocks: BlockIndex(policy.blocks), key: key))
    }

    private init(_ policy: PolicyDocument, _ tables: PolicyTables) {
        revision = policy.revision
        failures = policy.failures
        blockRate = policy.blockRate
        stoodDown = policy.stoodDown
        stoodBack = ControlID.allCases.map { policy.stoodBack[$0] }
        self.tables = tables
    }

    private init(_ other: PolicySnapshot, stoodDown: Authorship) {
        revision = other.revision
        failures = other.failures
        blockRate = other.blockRate
        stoodBack = other.stoodBack
        tables = other.tables
        self.stoodDown = stoodDown
    }

    /// The snapshot after a change, with all that the change did not touch.
    ///
    /// - Parameter policy: the document after the change.
    package func updated(to policy: PolicyDocument, after change: PolicyChange) -> PolicySnapshot {
        let (entities, isAll) = change.blockedEntities
        let blocks = entities.isEmpty ? tables.blocks : tables.blocks.updated(entities, in: policy.blocks)
        guard isAll else {
            return PolicySnapshot(policy, PolicyTables(policy, blocks: blocks, key: tables.key))
        }
        var tables = self.tables
        tables.blocks = blocks
        return PolicySnapshot(policy, tables)
    }

    /// The same policy with every mode capped to `observe` and every block lifted; needs no document and no store.
    package func standingDown(_ author: Authorship) -> PolicySnapshot {
        PolicySnapshot(self, stoodDown: author)
    }

    // MARK: Modes

    /// The mode of a control for an activity, before anything was detected: in `off` it need not look.
    ///
    /// - Parameter base: what holds where nothing is set.
    package func mode(
        of control: ControlID,
        for facts: ActivityFacts,
        at time: Int64,
        base: ModeOrigin = .standard
    ) -> ResolvedMode {
        resolve(tables.modes.origin(control, facts, at: time) ?? base, control, facts)
    }

    /// How far a control may go with an activity that it has not looked at yet.
    ///
    /// - Parameter base: the mode that holds where nothing is set.
    package func stance(
        of control: ControlID,
        for facts: ActivityFacts,
        at time: Int64,
        base: ModeOrigin = .standard
    ) -> Stance {
        let mode = mode(of: control, for: facts, at: time, base: base)
        return Stance(
            mode: mode.mode,
            mayAct: mode.mode == .enforce && neverBlock(facts, by: control, at: time) == nil,
            hasRuleModes: tables.modes.hasRuleModes(control),
            hasExceptions: !tables.exceptions[control.index].isEmpty,
            canary: Self.canary(mode)
        )
    }

    private static func canary(_ mode: ResolvedMode) -> Stance.Canary? {
        guard let setting = mode.origin.setting, setting.canary != nil else { return nil }
        switch mode.cap {
        case nil: return Stance.Canary(setting: setting, isInside: true)
        case .outsideCanary: return Stance.Canary(setting: setting, isInside: false)
        case .stoodDown, .stoodBack: return nil
        }
    }

    /// Whether a control would carry out what a rule of its own asks for, by the rule's own mode where it has one.
    package func mayAct(
        _ rule: RuleID,
        _ control: ControlID,
        for facts: ActivityFacts,
        at time: Int64,
        base: ModeOrigin
    ) -> Bool {
        mode(of: rule, control, for: facts, at: time, base: base).mode == .enforce
            && neverBlock(facts, by: control, at: time) == nil
    }

    /// Whether there are limits, which activities have to be counted for.
    package var hasLimits: Bool { !tables.limits.isEmpty }

    /// The mode of a rule for an activity: its own where it has one there, else that of its control.
    package func mode(
        of rule: RuleID,
        _ control: ControlID,
        for facts: ActivityFacts,
        at time: Int64,
        base: ModeOrigin = .standard
    ) -> ResolvedMode {
        guard let origin = tables.modes.origin(of: rule, control, facts, at: time) else {
            return mode(of: control, for: facts, at: time, base: base)
        }
        return resolve(origin, control, facts)
    }

    /// Applies what stands above settings.
    func resolve(_ origin: ModeOrigin, _ control: ControlID, _ facts: ActivityFacts) -> ResolvedMode {
        guard origin.mode == .enforce else { return ResolvedMode(mode: origin.mode, origin: origin, cap: nil) }
        let cap: ResolvedMode.Cap? =
            if stoodDown != nil { .stoodDown } else if stoodBack[control.index] != nil {
                .stoodBack
            } else if let percent =
                origin.setting?.canary, !isInCanary(facts, percent: percent, salt: origin.salt)
            { .outsideCanary } else { nil }
        return ResolvedMode(mode: cap == nil ? .enforce : .observe, origin: origin, cap: cap)
    }

    /// Who put a control back to `observe`; nil where nobody did.
    package func standBack(of control: ControlID) -> Authorship? { stoodBack[control.index] }

    /// Whether a client belongs to a share of all clients. It stays in it when the share grows, and falls into the share
    /// of another scope independently. An activity without a client belongs to none.
    func isInCanary(_ facts: ActivityFacts, percent: Int, salt: UInt64) -> Bool {
        var hash = SipHash(tables.key)
        hash.combine(salt)
        let value: UInt64
        if let bits = facts.clientBits {
            hash.combine(bits)
            value = hash.finish(EmptyCollection())
        } else if let entity = facts.entities.first {
            value = hash.finish(entity.description.utf8)
        } else {
            return false
        }
        return value.multipliedFullWidth(by: 100).high < UInt64(max(0, percent))
    }

    // MARK: Exceptions and the never-block list

    /// The cheapest exception that lets a detection pass; nil where none does.
    package func exception(for detection: Detection, _ facts: ActivityFacts, at time: Int64) -> PolicyException? {
        tables.exceptions[detection.control.index].exception(for: detection, facts, at: time)
    }

    /// The exceptions of a control that hold for an activity, for an engine that leaves out what they name.
    package func exceptions(of control: ControlID, for facts: ActivityFacts, at time: Int64) -> [PolicyException] {
        tables.exceptions[control.index].exceptions(holdingFor: facts, at: time)
    }

    /// Why an activity is never blocked by a control; nil where it may be.
    ///
    /// Loopback addresses are exempt from what strikes a client for what it is or did before. A control that finds an attack
    /// in a single activity may refuse that one: all clients of a proxy on this machine come from there, and nobody is locked
    /// out by it. The same holds for users, sessions and devices, which clients merely claim to be.
    package func neverBlock(_ facts: ActivityFacts, by control: ControlID, at time: Int64) -> NeverBlock? {
        let strikesClients = control == .entityBlocks || control == .rateLimits
        guard let entry = tables.neverBlocked.entry(facts, at: time) else { return nil }
        let claims: [Entity.Kind] = [.user, .session, .device]
        let isOfClients = entry.kind == .loopback || claims.contains(entry.entity.kind)
        return isOfClients && !strikesClients ? nil : entry
    }
}
