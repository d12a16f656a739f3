// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
internal import EventBus

extension OCSFRecord {
    /// A decision that is in the evidence log: a change of the policy is Entity Management (3004), what was done to a
    /// request is a Detection Finding (2004).
    ///
    /// - Parameter leaf: the number of the leaf that proves it.
    package init(_ decision: Decision, leaf: Int) {
        self = decision.disposition == .changed ? Self.change(decision, leaf) : Self.act(decision, leaf)
    }

    private static func change(_ decision: Decision, _ leaf: Int) -> OCSFRecord {
        let base = OCSFWriter.Base(
            eventClass: .entityManagement,
            activity: 3,
            time: decision.time,
            // Whatever is enforced, or is enforced no longer, is worth a look.
            severity: .low,
            uid: "\(decision.id)",
            topic: .changes
        )
        var writer = OCSFWriter()
        writer.begin(base)
        writer.object("actor") { actor in actor.object("user") { $0.text("name", Self.named(decision.maker)) } }
        writer.text("comment", decision.message)
        writer.text("message", decision.message)
        writer.number("status_id", 1)
        writer.object("entity") { entity in
            entity.number("type_id", 5)
            entity.text("type", "Policy")
            entity.text("name", decision.scope?.description ?? "policy")
            entity.text("version", "\(decision.revision)")
        }
        writeRest(decision, leaf, to: &writer)
        return writer.end(base)
    }

    private static func act(_ decision: Decision, _ leaf: Int) -> OCSFRecord {
        let control = control(decision.disposition)
        let base = OCSFWriter.Base(
            eventClass: .detectionFinding,
            activity: 1,
            time: decision.time,
            severity: decision.disposition.isAct ? .medium : .low,
            uid: "\(decision.id)",
            correlation: decision.detection.map { "\($0)" },
            hasControl: true,
            topic: .decisions
        )
        var writer = OCSFWriter()
        writer.begin(base)
        writer.control(action: control.action, disposition: control.disposition)
        writer.flag("is_alert", false)
        writer.text("message", decision.message)
        writer.object("finding_info") { info in
            info.text("uid", "\(decision.id)")
            info.text("title", decision.message)
            info.number("created_time", Int(decision.time / 1_000_000))
            info.json.key("types")
            info.json.strings(["decision"])
            if let rule = decision.rule {
                info.analytic(rule.description, name: nil, category: decision.control?.rawValue)
            }
        }
        if let subject = decision.subject {
            writer.single("evidences") { evidence in
                if subject.kind == .address {
                    evidence.object("src_endpoint") { $0.text("ip", subject.key) }
                } else {
                    evidence.object("data") { $0.text("entity", subject.description) }
                }
            }
        }
        writeRest(decision, leaf, to: &writer)
        return writer.end(base, disposition: UInt8(clamping: control.disposition))
    }

    private static func control(_ disposition: Disposition) -> (action: Int, disposition: Int) {
        switch disposition {
        case .allowed: (1, 1)
        case .excepted: (1, 8)
        case .blocked, .limited: (2, 2)
        case .killed: (2, 6)
        // What it must not carry was taken out.
        case .masked: (4, 11)
        case .wouldBlock, .wouldLimit, .wouldMask, .wouldKill: (3, 15)
        case .changed: (0, 0)
        }
    }

    private static func writeRest(_ decision: Decision, _ leaf: Int, to writer: inout OCSFWriter) {
        writer.object("unmapped") { rest in
            rest.text("disposition", decision.disposition.rawValue)
            rest.text("reason", decision.reason.rawValue)
            rest.text("control", decision.control?.rawValue)
            rest.text("mode", decision.mode?.rawValue)
            rest.text("scope", decision.scope?.description)
            rest.number("revision", decision.revision)
            rest.text("subject", decision.subject?.description)
            rest.text("exception", decision.exception.map { "\($0)" })
            rest.text("maker", decision.maker)
            rest.number("expires", decision.expires.map { Int($0 / 1_000_000) })
            rest.text("undo", decision.undo)
            rest.number("evidence_leaf", leaf)
        }
    }

    /// A name that is never empty, as OCSF wants one.
    static func named(_ name: String?) -> String {
        guard let name, !name.isEmpty else { return "unknown" }
        return name
    }
}
