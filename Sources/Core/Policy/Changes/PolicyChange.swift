// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// One act on the policy. Applying it gives the change that takes it back.
package enum PolicyChange: Hashable, Sendable {
    /// Sets the mode of a scope, in place of what was set there.
    case setMode(ModeSetting)
    /// Takes a setting away, so that the next wider scope counts.
    case clearMode(Scope)
    case addException(PolicyException)
    case removeException(Identifier)
    /// Blocks an entity, in place of a block that it has.
    case block(EntityBlock)
    case unblock(Entity)
    case neverBlock(NeverBlock)
    case removeNeverBlock(Entity)
    /// Sets a limit, in place of one of its name.
    case setLimit(RateLimit)
    case removeLimit(RuleID)
    /// Sets what happens on a failure; nil for the default.
    case setFailure(FailureCase, FailureAction?)
    case setBlockRate(BlockRateLimit)
    /// Puts a control to `observe` until ``resume(_:)``, whatever its modes are.
    case standBack(ControlID, Authorship)
    case resume(ControlID)
    /// Puts all controls to `observe` and lifts all blocks until ``standUp``.
    case standDown(Authorship)
    case standUp
    /// Several changes of which all are made or none.
    case several([PolicyChange])
}

/// A change that was made.
package struct AppliedChange: Hashable, Sendable {
    package let change: PolicyChange
    /// The change that takes it back.
    package let inverse: PolicyChange
    /// The revision that it made.
    package let revision: Int
    package let by: Authorship

    /// The record of the change.
    package func decision(_ id: Identifier) -> Decision {
        let setting = change.setting
        return Decision(
            id: id,
            time: by.time,
            control: change.control,
            disposition: .changed,
            reason: .change,
            mode: setting?.mode,
            scope: setting?.scope ?? change.clearedScope,
            revision: revision,
            subject: change.subject,
            exception: change.exception,
            message: "\(change): \(by.reason)",
            maker: by.maker,
            expires: change.expires,
            undo: inverse.command
        )
    }
}

extension PolicyChange {
    private enum Detail {
        case setting(ModeSetting)
        case scope(Scope)
        case exception(Identifier, PolicyException?)
        case entity(Entity, expires: Int64?)
        case limit(RuleID, RateLimit?)
        case control(ControlID)
        case other
    }

    private var detail: Detail {
        switch self {
        case .setMode(let setting): .setting(setting)
        case .clearMode(let scope): .scope(scope)
        case .addException(let exception): .exception(exception.id, exception)
        case .removeException(let id): .exception(id, nil)
        case .block(let block): .entity(block.entity, expires: block.expires)
        case .neverBlock(let entry): .entity(entry.entity, expires: entry.expires)
        case .unblock(let entity), .removeNeverBlock(let entity): .entity(entity, expires: nil)
        case .setLimit(let limit): .limit(limit.name, limit)
        case .removeLimit(let name): .limit(name, nil)
        case .standBack(let control, _), .resume(let control): .control(control)
        case .setFailure, .setBlockRate, .standDown, .standUp, .several: .other
        }
    }

    var setting: ModeSetting? {
        if case .setting(let setting) = detail { setting } else { nil }
    }

    var clearedScope: Scope? {
        if case .scope(let scope) = detail { scope } else { nil }
    }

    var subject: Entity? {
        if case .entity(let entity, _) = detail { entity } else { nil }
    }

    var exception: Identifier? {
        if case .exception(let id, _) = detail { id } else { nil }
    }

    var control: ControlID? {
        switch detail {
        case .setting(let setting): setting.scope.control
        case .scope(let scope): scope.control
        case .exception(_, let exception): exception?.control
        case .entity: .entityBlocks
        case .limit: .rateLimits
        case .control(let control): control
        case .other: nil
        }
    }

    var expires: Int64? {
        switch detail {
        case .setting(let setting): setting.expires
        case .exception(_, let exception): exception?.expires
        case .entity(_, let expires): expires
        case .limit(_, let limit): limit?.expires
        case .scope, .control, .other: nil
        }
    }

    /// The command that makes this change; nil where there is none.
    package var command: String? {
        switch self {
        case .setMode(let setting):
            "redoubt mode set '\(setting.scope)' \(setting.mode.rawValue)"
                + (setting.canary.map { " --canary \($0)" } ?? "") + " --because TEXT"
        case .block(let block): "redoubt block add '\(block.entity)' --because TEXT"
        case .unblock(let entity): "redoubt block remove '\(entity)'"
        default: nil
        }
    }
}

extension PolicyChange: CustomStringConvertible {
    /// In words, without the reason.
    package var description: String {
        switch self {
        case .setMode(let setting):
            "\(setting.scope) set to \(setting.mode.rawValue)"
                + (setting.canary.map { " for \($0)% of clients" } ?? "")
        case .clearMode(let scope): "setting of \(scope) removed"
        case .addException(let exception): "exception for \(exception.rules) added"
        case .removeException(let id): "exception \(id) removed"
        case .block(let block): "\(block.entity) blocked"
        case .unblock(let entity): "\(entity) unblocked"
        case .neverBlock(let entry): "\(entry.entity) put on the never-block list"
        case .removeNeverBlock(let entity): "\(entity) taken off the never-block list"
        case .setLimit(let limit): "limit \(limit.name) set to \(limit.count) in \(limit.seconds) s"
        case .removeLimit(let name): "limit \(name) removed"
        case .setFailure(let failure, let action): "\(failure) set to \(action?.rawValue ?? "its default")"
        case .setBlockRate(let limit): "block-rate guard set to \(limit.clientPercent)% of clients"
        case .standBack(let control, _): "\(control) put back to observe"
        case .resume(let control): "\(control) resumed"
        case .standDown: "all controls put to observe, all blocks lifted"
        case .standUp: "stand-down ended"
        case .several(let changes): "\(changes.count) changes"
        }
    }
}
