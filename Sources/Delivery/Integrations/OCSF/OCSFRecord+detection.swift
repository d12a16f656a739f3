// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import EventBus
package import Incidents

extension OCSFRecord {
    /// A detection as the console shows it: Detection Finding, 2004. Exchanges that are alike are one.
    package init(_ row: DetectionRow) {
        let base = OCSFWriter.Base(
            eventClass: .detectionFinding,
            activity: 1,
            time: row.time,
            severity: EventSeverity(row.severity),
            uid: "\(row.identifier)",
            correlation: row.transaction,
            hasControl: true,
            topic: .detections
        )
        var writer = OCSFWriter()
        writer.begin(base)
        let control = Self.control(row.outcome)
        writer.control(action: control.action, disposition: control.disposition)
        writer.flag("is_alert", row.severity >= .high || row.outcome.isStopped || row.outcome == .wouldStop)
        writer.text("message", row.message)
        writer.number("count", row.count)
        writer.number("start_time", Int(row.time / 1_000_000))
        writer.number("end_time", Int(row.lastTime / 1_000_000))
        writer.number("status_id", 1)
        writer.object("finding_info") { Self.write(row, to: &$0) }
        Self.writeEvidence(row, to: &writer)
        if !row.application.isEmpty {
            writer.single("resources") { resource in
                resource.text("name", row.application)
                resource.text("type", "application")
            }
        }
        Self.writeRest(row, to: &writer)
        self = writer.end(base, disposition: UInt8(clamping: control.disposition))
    }

    /// OCSF's `action_id` and `disposition_id`.
    private static func control(_ outcome: DetectionOutcome) -> (action: Int, disposition: Int) {
        switch outcome {
        case .other: (0, 0)
        case .allowed: (1, 1)
        case .excepted: (1, 8)
        case .blocked, .dropped: (2, outcome.rawValue)
        // Put off by a limit: refused for now.
        case .limited: (2, 2)
        case .wouldStop, .noted: (3, outcome.rawValue)
        }
    }

    private static func write(_ row: DetectionRow, to info: inout OCSFWriter) {
        info.text("uid", "\(row.identifier)")
        info.text("title", row.message)
        info.number("first_seen_time", Int(row.time / 1_000_000))
        info.number("last_seen_time", Int(row.lastTime / 1_000_000))
        if !row.kind.isEmpty {
            info.json.key("types")
            info.json.strings([OCSFWriter.cut(row.kind)])
        }
        if !row.rule.isEmpty { info.analytic(row.rule, name: row.message, category: row.control.rawValue) }
        if let technique = row.technique { info.attacks(technique) }
    }

    private static func writeEvidence(_ row: DetectionRow, to writer: inout OCSFWriter) {
        let address = row.client.flatMap { $0.kind == .address ? $0.key : nil }
        guard address != nil || row.path != nil || row.evidence != nil || row.target != nil else { return }
        writer.single("evidences") { evidence in
            if let address { evidence.object("src_endpoint") { $0.text("ip", address) } }
            evidence.object("data") { data in
                data.text("target", row.target)
                data.text("evidence", row.evidence)
                data.text("route", row.route)
            }
            guard row.path != nil || row.host != nil else { return }
            evidence.object("http_request") { request in
                if let method = row.method, OCSFMethods.known.contains(method) { request.text("http_method", method) }
                request.object("url") { url in
                    url.text("hostname", row.host)
                    url.text("path", row.path ?? "/")
                }
            }
            if row.status > 0 { evidence.object("http_response") { $0.number("code", row.status) } }
        }
    }

    private static func writeRest(_ row: DetectionRow, to writer: inout OCSFWriter) {
        writer.object("unmapped") { rest in
            rest.text("control", row.control.rawValue)
            rest.text("outcome", row.outcome.name)
            rest.text("reason", row.reason)
            rest.text("scope", row.scope)
            rest.number("revision", row.revision)
            rest.text("decision", row.decision.map { "\($0)" })
            rest.text("decided_by", row.decidedBy)
            if row.folding == .flood { rest.flag("is_flood", true) }
        }
    }
}

/// The methods that `http_request.http_method` may hold.
enum OCSFMethods {
    static let known: Set = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PATCH"]
}
