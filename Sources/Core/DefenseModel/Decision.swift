// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the policy made of an activity, or of itself, and why; the form that is kept as evidence.
package struct Decision: Codable, Hashable, Sendable {
    /// Why a decision is what it is; bounded, for metrics.
    package enum Reason: String, Sendable, Codable, CaseIterable {
        case noDetection = "no_detection"
        /// The control, or the rule that detected, is off there.
        case off
        /// The mode is `observe`.
        case observed
        /// The mode is `enforce`.
        case enforced
        case exception
        /// The client is one that is never blocked.
        case neverBlocked = "never_blocked"
        /// All controls are put to `observe`.
        case stoodDown = "stood_down"
        /// The control blocked more than it may, and waits for a person.
        case stoodBack = "stood_back"
        /// `enforce` holds for a share of clients to which this one does not belong.
        case outsideCanary = "outside_canary"
        /// An entity of the activity is blocked.
        case entityBlock = "entity_block"
        /// A limit was exceeded, and is enforced.
        case limitExceeded = "limit_exceeded"
        /// A fault, and what the failure policy says about it.
        case failure
        /// A person or a rule changed the policy.
        case change
    }

    package var id: Identifier
    /// When it was made, in nanoseconds since 1970, UTC.
    package var time: Int64
    package var control: ControlID?
    package var disposition: Disposition
    package var reason: Reason
    /// The mode that held, and the scope that set it; no scope where nothing was set.
    package var mode: Mode?
    package var scope: Scope?
    /// The revision of the policy by which it was made; of a change, the one that it made.
    package var revision: Int
    /// The client or other entity that it struck.
    package var subject: Entity?
    /// The detection that decided, and its rule.
    package var detection: Identifier?
    package var rule: RuleID?
    package var exception: Identifier?
    /// The reason in one sentence for people.
    package var message: String
    /// Who made the setting that decided.
    package var maker: String
    /// When what it rests on ends, in nanoseconds since 1970.
    package var expires: Int64?
    /// The command that takes it back.
    package var undo: String?

    package init(
        id: Identifier,
        time: Int64,
        control: ControlID?,
        disposition: Disposition,
        reason: Reason,
        mode: Mode? = nil,
        scope: Scope? = nil,
        revision: Int,
        subject: Entity? = nil,
        detection: Identifier? = nil,
        rule: RuleID? = nil,
        exception: Identifier? = nil,
        message: String,
        maker: String,
        expires: Int64? = nil,
        undo: String? = nil
    ) {
        self.id = id
        self.time = time
        self.control = control
        self.disposition = disposition
        self.reason = reason
        self.mode = mode
        self.scope = scope
        self.revision = revision
        self.subject = subject
        self.detection = detection
        self.rule = rule
        self.exception = exception
        self.message = message
        self.maker = maker
        self.expires = expires
        self.undo = undo
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, time, control, disposition, reason, mode, scope, revision, subject, detection, rule, exception
        case message, maker, expires, undo
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        id = try members.decode(Identifier.self, forKey: .id)
        time = try members.decode(Int64.self, forKey: .time)
        control = try members.decodeIfPresent(ControlID.self, forKey: .control)
        disposition = try members.decode(Disposition.self, forKey: .disposition)
        reason = try members.decode(Reason.self, forKey: .reason)
        mode = try members.decodeIfPresent(Mode.self, forKey: .mode)
        scope = try members.decodeIfPresent(Scope.self, forKey: .scope)
        revision = try members.decode(Int.self, forKey: .revision)
        subject = try members.decodeIfPresent(Entity.self, forKey: .subject)
        detection = try members.decodeIfPresent(Identifier.self, forKey: .detection)
        rule = try members.decodeIfPresent(RuleID.self, forKey: .rule)
        exception = try members.decodeIfPresent(Identifier.self, forKey: .exception)
        message = try members.decode(String.self, forKey: .message)
        maker = try members.decode(String.self, forKey: .maker)
        expires = try members.decodeIfPresent(Int64.self, forKey: .expires)
        undo = try members.decodeIfPresent(String.self, forKey: .undo)
    }
}
