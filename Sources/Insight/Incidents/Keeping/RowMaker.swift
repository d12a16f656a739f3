// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import EventBus

/// Makes the row of an event that was read.
struct RowMaker {
    let line: UnsafeBufferPointer<UInt8>
    let event: ObservedEvent
    let leader: (rule: ObservedEvent.Rule, hasDecided: Bool)?

    static let longestName = 128
    private static let longestText = 512

    func row(
        id: Int64,
        _ facts: EventFacts,
        _ exchange: Exchange,
        _ application: String,
        _ route: String
    ) -> DetectionRow {
        let rule = leader?.rule ?? event.finding
        let uid = rule.uid ?? event.decider
        let refusal = text(event.refusal)
        let kind = text(rule.kind) ?? uid.flatMap { AttackKind.ofCoreRule(line.part($0)) } ?? ""
        let name = text(uid) ?? refusal.map { "gateway.\($0)" } ?? "unknown"
        return DetectionRow(
            id: id,
            time: exchange.time,
            lastTime: exchange.time,
            count: 1,
            severity: Severity(level: Int(facts.severity.rawValue) - 1),
            outcome: exchange.outcome,
            control: control,
            rule: name,
            decidedBy: leader?.hasDecided == true ? nil : text(event.decider).flatMap { $0 == name ? nil : $0 },
            kind: kind,
            technique: text(rule.technique) ?? AttackKind.technique(of: kind),
            message: message(rule, name, refusal),
            target: text(rule.target, Self.longestText),
            evidence: text(rule.evidence, Self.longestText),
            client: client,
            application: application,
            method: text(event.method, 24),
            host: text(event.host, 255),
            path: text(event.path, Self.longestText),
            route: route,
            status: event.status,
            reason: text(event.reason),
            scope: text(event.scope, Self.longestText),
            revision: event.revision,
            decision: event.decision.flatMap { Identifier(line.part($0)) },
            transaction: text(event.transaction),
            samples: [],
            folding: .none,
            incident: nil
        )
    }

    /// A text of the event; nil where there is none, or an empty one.
    private func text(_ range: Range<Int>?, _ limit: Int = Self.longestName) -> String? {
        guard let range, !range.isEmpty else { return nil }
        return JSONText.string(line.part(range), atMost: limit)
    }

    private func message(_ rule: ObservedEvent.Rule, _ name: String, _ refusal: String?) -> String {
        if let message = text(rule.message, Self.longestText) { return message }
        if let message = text(event.finding.message, Self.longestText) { return message }
        if let refusal { return "The gateway refused the request: \(refusal)" }
        return event.isBroken ? "An event that cannot be read" : "Rule \(name) matched"
    }

    /// The scope begins with the control.
    private var control: ControlID {
        guard let scope = text(event.scope) else { return .webFirewall }
        return ControlID(rawValue: String(scope.prefix { $0 != "/" })) ?? .webFirewall
    }

    private var client: Entity? {
        guard let range = event.client else { return nil }
        return IPAddress(line.part(range)).map { Entity($0) }
    }

    /// Puts the rules as JSON, as they stand in the event, behind what is there, as UTF-8.
    func appendRules(to bytes: inout [UInt8]) {
        guard let range = event.rules else {
            bytes.append(contentsOf: "[]".utf8)
            return
        }
        let part = line.part(range)
        if part.contains(where: { $0 >= 0x80 }) {
            bytes.append(contentsOf: String(decoding: part, as: UTF8.self).utf8)
        } else {
            bytes.append(contentsOf: part)
        }
        if event.rulesAreCut { bytes.append(UInt8(ascii: "]")) }
    }
}
