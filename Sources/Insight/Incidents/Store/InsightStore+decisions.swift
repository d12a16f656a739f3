// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import Storage

extension InsightStore {
    /// Keeps decisions for lists and pages; one that is kept already stays as it is. The evidence log has them already,
    /// so that they survive the loss of power with what is written some seconds later.
    ///
    /// - Parameter decisions: each with the leaf of the evidence log that holds it. Together with those of other callers
    ///   they are written in one transaction.
    package func keep(_ decisions: [(decision: Decision, leaf: Int64?)]) async throws(StorageError) {
        guard !decisions.isEmpty else { return }
        try await database.write(survivesPowerLoss: false) { connection throws(StorageError) in
            for (decision, leaf) in decisions {
                try connection.execute(InsightSQL.insertDecision, decision.values + [.integer(orNull: leaf)])
            }
        }
    }

    /// Decisions, newest first.
    package func decisions(
        _ filter: DecisionFilter = DecisionFilter(),
        after place: PagePlace? = nil,
        limit: Int = 50
    ) async throws(StorageError) -> Page<KeptDecision> {
        var sql = InsightSQL.decisionsByTime
        var values = DetectionScan.range(filter.since, filter.until, place)
        if let subject = filter.subject {
            sql = InsightSQL.decisionsBySubject
            values.insert(.text(subject.description), at: 0)
        } else if let disposition = filter.disposition {
            sql = InsightSQL.decisionsByDisposition
            values.insert(.text(disposition.rawValue), at: 0)
        }
        let scan = ListScan(sql: sql, values: values, limit: limit)
        return try await database.read { connection throws(StorageError) in
            try scan.page(connection) { row throws(StorageError) in
                let place = PagePlace(time: try row.integer(2), id: try row.integer(0))
                guard let decision = try KeptDecision(row) else { return (nil, place) }
                return (filter.takes(decision.decision) ? decision : nil, place)
            }
        }
    }

    package func decision(_ identifier: Identifier) async throws(StorageError) -> KeptDecision? {
        try await database.read { connection throws(StorageError) in
            try connection.first(InsightSQL.decision, [.text(identifier.description)]) { row throws(StorageError) in
                try KeptDecision(row)
            } ?? nil
        }
    }
}

extension DecisionFilter {
    fileprivate func takes(_ other: Decision) -> Bool {
        disposition ?? other.disposition == other.disposition && reason ?? other.reason == other.reason
            && (control == nil || control == other.control) && (subject == nil || subject == other.subject)
    }
}

extension Decision {
    /// The columns of a decision but for its leaf.
    fileprivate var values: [Value] {
        [
            .text(id.description), .integer(time), .text(orNull: control?.rawValue), .text(disposition.rawValue),
            .text(reason.rawValue), .text(orNull: mode?.rawValue), .text(orNull: scope?.description),
            .integer(revision), .text(orNull: subject?.description), .text(orNull: detection?.description),
            .text(orNull: rule?.description), .text(orNull: exception?.description), .text(message), .text(maker),
            .integer(orNull: expires), .text(orNull: undo),
        ]
    }
}

extension KeptDecision {
    /// nil for a row that others made.
    fileprivate init?(_ row: borrowing Row) throws(StorageError) {
        guard let uid = try? Identifier(parsing: try row.text(1)),
            let disposition = Disposition(rawValue: try row.text(4)),
            let reason = Decision.Reason(rawValue: try row.text(5))
        else { return nil }
        let decision = Decision(
            id: uid,
            time: try row.integer(2),
            control: try row.textOrNull(3).flatMap { ControlID(rawValue: $0) },
            disposition: disposition,
            reason: reason,
            mode: try row.textOrNull(6).flatMap { Mode(rawValue: $0) },
            scope: try row.textOrNull(7).flatMap { try? Scope(parsing: $0) },
            revision: try row.int(8),
            subject: try row.textOrNull(9).flatMap { Entity(kept: $0) },
            detection: try row.textOrNull(10).flatMap { try? Identifier(parsing: $0) },
            rule: try row.textOrNull(11).flatMap { try? RuleID(parsing: $0) },
            exception: try row.textOrNull(12).flatMap { try? Identifier(parsing: $0) },
            message: try row.text(13),
            maker: try row.text(14),
            expires: try row.integerOrNull(15),
            undo: try row.textOrNull(16)
        )
        self.init(id: try row.integer(0), decision: decision, leaf: try row.integerOrNull(17))
    }
}
