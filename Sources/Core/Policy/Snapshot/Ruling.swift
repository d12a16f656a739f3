// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// What the policy says about an activity, by reference to what it rests on; the record of it is made when it is needed.
package struct Ruling: Sendable {
    package let control: ControlID
    package let disposition: Disposition
    package internal(set) var reason: Decision.Reason
    package let mode: ResolvedMode
    package let revision: Int
    /// Whom it strikes, as an address; made an entity only when there is a record to be made.
    var client: IPAddress?
    var entity: Entity?
    /// The detection that decided, of those that were handed in.
    package internal(set) var detection: Detection?
    package internal(set) var exception: PolicyException?
    package internal(set) var neverBlock: NeverBlock?
    package internal(set) var block: BlockHit?
    package internal(set) var exceededLimit: ExceededLimit?
    /// Who stood the control back or everything down, where that is the reason.
    package internal(set) var cap: Authorship?

    /// - Parameter facts: of the activity, where it is struck, or would be.
    init(
        _ control: ControlID,
        _ disposition: Disposition,
        _ reason: Decision.Reason,
        _ mode: ResolvedMode,
        _ facts: ActivityFacts,
        revision: Int
    ) {
        self.init(control, disposition, reason, mode, revision: revision)
        client = facts.address
        entity = client == nil ? facts.entities.first : nil
    }

    init(
        _ control: ControlID,
        _ disposition: Disposition,
        _ reason: Decision.Reason,
        _ mode: ResolvedMode,
        revision: Int
    ) {
        self.control = control
        self.disposition = disposition
        self.reason = reason
        self.mode = mode
        self.revision = revision
    }

    /// Whom it strikes: what is blocked, else the client.
    package var subject: Entity? { block?.entity ?? client.map { Entity($0) } ?? entity }

    /// The record of the ruling.
    ///
    /// - Parameters:
    ///   - id: of the decision.
    ///   - time: when it was made, in nanoseconds since 1970.
    package func decision(_ id: Identifier, at time: Int64) -> Decision {
        Decision(
            id: id,
            time: time,
            control: control,
            disposition: disposition,
            reason: reason,
            mode: mode.mode,
            scope: mode.scope,
            revision: revision,
            subject: subject,
            detection: detection?.id,
            rule: detection?.rule ?? exceededLimit?.limit.name,
            exception: exception?.id,
            message: message,
            maker: maker,
            expires: expires,
            undo: undo
        )
    }

    private var maker: String {
        neverBlock?.by.maker ?? exception?.by.maker ?? cap?.maker ?? block?.maker ?? mode.origin.setting?.by.maker
            ?? "redoubt"
    }

    /// When the reason ends.
    private var expires: Int64? {
        if let neverBlock { return neverBlock.expires }
        if let exception { return exception.expires }
        if let block { return block.expires == .max ? nil : block.expires }
        return mode.origin.setting?.expires
    }

    /// The command that lets the like of it pass from now on.
    private var undo: String? {
        guard disposition.isAct else { return nil }
        if let block { return PolicyChange.unblock(block.entity).command }
        guard let setting = mode.origin.setting else { return nil }
        var observed = setting
        observed.mode = .observe
        observed.canary = nil
        return PolicyChange.setMode(observed).command
    }

    /// The reason in one sentence.
    package var message: String {
        switch reason {
        case .noDetection: "nothing was detected that asks for a response"
        case .off: "\(mode.scope?.description ?? control.rawValue) is off"
        case .observed: "\(what); \(origin)"
        case .enforced: "\(what); \(origin)"
        case .exception: "\(what); let pass by an exception of \(exception?.owner ?? "")"
        case .neverBlocked: "\(what); \(neverBlock?.entity.description ?? "") is never blocked: \(neverBlockText)"
        case .stoodDown: "\(what); all controls are put to observe: \(cap?.reason ?? "")"
        case .stoodBack: "\(what); \(control) was put back to observe: \(cap?.reason ?? "")"
        case .outsideCanary: "\(what); \(origin), and this client is not among them"
        case .entityBlock: what
        case .limitExceeded, .failure, .change: what
        }
    }

    private var neverBlockText: String { neverBlock?.by.reason ?? "" }

    private var what: String {
        if let block { return "\(block.entity) is blocked: \(block.reason)" }
        if let limit = exceededLimit?.limit {
            return "limit \(limit.name): more than \(limit.count) in \(limit.seconds) s"
        }
        guard let detection else { return "detected" }
        return "rule \(detection.rule): \(detection.message)"
    }

    private var origin: String {
        guard let setting = mode.origin.setting else { return "nothing is set, so it is observed" }
        return "\(setting.scope) is set to \(setting.mode.rawValue)"
            + (setting.canary.map { " for \($0)% of clients" } ?? "")
    }
}
