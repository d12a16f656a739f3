// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Access
internal import EventBus

extension OCSFRecord {
    /// Something that was done to or with accounts: Authentication (3002), Account Change (3001) or Entity Management
    /// (3004).
    ///
    /// - Parameter uid: tells the act from others.
    package init(_ act: AccessAct, uid: String) {
        switch act.kind {
        case .loggedIn, .loginFailed, .tokenRefused, .sessionEnded, .sessionsEnded:
            self = Self.authentication(act, uid)
        case .userMade, .userChanged, .passwordSet:
            self = Self.accountChange(act, uid)
        case .linkMade, .tokenMade, .tokenRevoked, .exported, .payloadViewed, .undone:
            self = Self.entityChange(act, uid)
        }
    }

    private static func authentication(_ act: AccessAct, _ uid: String) -> OCSFRecord {
        let hasFailed = act.kind == .loginFailed || act.kind == .tokenRefused
        let isEnd = act.kind == .sessionEnded || act.kind == .sessionsEnded
        let base = OCSFWriter.Base(
            eventClass: .authentication,
            activity: isEnd ? 2 : 1,
            time: act.time,
            severity: hasFailed ? .low : .info,
            uid: uid,
            topic: .signIns
        )
        var writer = OCSFWriter()
        writer.begin(base)
        writer.text("message", message(act))
        writer.number("status_id", hasFailed ? 2 : 1)
        protocolUsed(act.means, to: &writer)
        writeSource(act, to: &writer)
        writer.object("service") { $0.text("name", "Redoubt console") }
        writeUser(act.user ?? act.actor, act.userID, to: &writer)
        writeRest(act, to: &writer)
        return writer.end(base)
    }

    /// OCSF's `auth_protocol_id`: OpenID has a number, a password of our own has none.
    private static func protocolUsed(_ means: String?, to writer: inout OCSFWriter) {
        guard let means, !means.isEmpty else { return }
        writer.number("auth_protocol_id", means == "openid" ? 4 : 99)
        writer.text("auth_protocol", means == "openid" ? "OpenID" : String(means.prefix { $0 != " " }))
    }

    private static func accountChange(_ act: AccessAct, _ uid: String) -> OCSFRecord {
        let activity = accountActivity(act)
        let base = OCSFWriter.Base(
            eventClass: .accountChange,
            activity: activity,
            activityName: activity == 99 ? "Update" : nil,
            time: act.time,
            severity: .low,
            uid: uid,
            topic: .accounts
        )
        var writer = OCSFWriter()
        writer.begin(base)
        writer.text("message", message(act))
        writer.number("status_id", 1)
        writeActor(act, to: &writer)
        writeSource(act, to: &writer)
        writeUser(act.user, act.userID, to: &writer)
        writeRest(act, to: &writer)
        return writer.end(base)
    }

    private static func accountActivity(_ act: AccessAct) -> Int {
        switch act.kind {
        case .userMade: return 1
        // One's own password is changed; somebody else's is reset.
        case .passwordSet: return act.actorID == nil || act.actorID == act.userID ? 3 : 4
        default: break
        }
        guard let disabled = act.details["disabled"] else { return 99 }
        return disabled.hasSuffix("true") ? 5 : 2
    }

    private static func entityType(_ kind: AccessAct.Kind) -> String {
        switch kind {
        case .linkMade: "Sign-in link"
        case .undone: "Act"
        case .exported, .payloadViewed: "Data"
        default: "API token"
        }
    }

    private static func entityChange(_ act: AccessAct, _ uid: String) -> OCSFRecord {
        let activity =
            switch act.kind {
            case .tokenRevoked: 4
            case .exported, .payloadViewed: 2
            case .undone: 99
            default: 1
            }
        let base = OCSFWriter.Base(
            eventClass: .entityManagement,
            activity: activity,
            activityName: activity == 99 ? "Undo" : nil,
            time: act.time,
            severity: act.kind == .undone ? .medium : .low,
            uid: uid,
            topic: .accounts
        )
        var writer = OCSFWriter()
        writer.begin(base)
        writer.text("message", message(act))
        writer.number("status_id", 1)
        writeActor(act, to: &writer)
        writeSource(act, to: &writer)
        writer.object("entity") { entity in
            entity.number("type_id", 99)
            entity.text("type", entityType(act.kind))
            entity.text("name", act.details["token"] ?? act.details["act"] ?? act.details["what"] ?? named(act.user))
        }
        writeRest(act, to: &writer)
        return writer.end(base)
    }

    // MARK: Parts

    private static func writeActor(_ act: AccessAct, to writer: inout OCSFWriter) {
        writer.object("actor") { actor in
            actor.object("user") { user in
                user.text("name", named(act.actor))
                user.text("uid", act.actorID.map { "\($0)" })
            }
        }
    }

    private static func writeUser(_ name: String?, _ id: UserID?, to writer: inout OCSFWriter) {
        writer.object("user") { user in
            user.text("name", named(name))
            user.text("uid", id.map { "\($0)" })
        }
    }

    private static func writeSource(_ act: AccessAct, to writer: inout OCSFWriter) {
        guard let address = act.address, !address.isEmpty else { return }
        writer.object("src_endpoint") { $0.text("ip", address) }
    }

    private static func writeRest(_ act: AccessAct, to writer: inout OCSFWriter) {
        writer.object("unmapped") { rest in
            rest.text("act", act.kind.rawValue)
            rest.text("means", act.means)
            for (name, value) in act.details.sorted(by: { $0.key < $1.key }) where name != "act" {
                rest.text("detail_\(name)", value)
            }
        }
    }

    private static func message(_ act: AccessAct) -> String {
        let whom = named(act.user)
        return switch act.kind {
        case .loggedIn: "\(whom) signed in"
        case .loginFailed: "somebody could not sign in" + (act.user.map { " as \($0)" } ?? "")
        case .sessionEnded: "\(whom) signed out"
        case .sessionsEnded: "all sessions of \(whom) were ended"
        case .userMade: "the user \(whom) was made"
        case .userChanged: "the user \(whom) was changed"
        case .passwordSet: "the password of \(whom) was set"
        case .linkMade: "a link for \(whom) was made"
        case .tokenMade: "a token of \(whom) was made"
        case .tokenRevoked: "a token of \(whom) was revoked"
        case .tokenRefused: "a token was refused"
        case .exported: "something was taken out: \(act.details["what"] ?? "unknown")"
        case .payloadViewed: "somebody looked into the kept transaction \(act.details["what"] ?? "unknown")"
        case .undone: "an act did not take effect"
        }
    }
}
