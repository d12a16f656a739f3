// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Console
package import DefenseModel
package import Evidence
internal import Foundation
package import Incidents
package import Policy
internal import Synchronization

/// A policy whose changes are evidence and decisions, kept in memory.
package final class TestLedger: Sendable {
    private struct State {
        var document = PolicyDocument()
        var inverses: [Identifier: PolicyChange] = [:]
    }

    private let state = Mutex(State())
    private let log: EvidenceLog
    private let insight: InsightStore

    package init(_ log: EvidenceLog, _ insight: InsightStore) {
        self.log = log
        self.insight = insight
    }

    package var document: PolicyDocument { state.withLock { $0.document } }

    package func inverse(_ decision: Identifier) -> PolicyChange? { state.withLock { $0.inverses[decision] } }

    package func apply(_ change: PolicyChange, _ author: Authorship, _ revision: Int?) async throws -> RecordedChange {
        let applied = try state.withLock { try $0.document.apply(change, by: author, expecting: revision) }
        let id = Identifier(
            milliseconds: UInt64(author.time / 1_000_000),
            random: (.random(in: .min ... .max), .random(in: .min ... .max))
        )
        let decision = applied.decision(id)
        let content = Array(try JSONEncoder().encode(decision))
        let kind = EvidenceKind.decision(decision.disposition)
        let position = try await log.append(EvidenceLeaf(kind: kind, time: author.time, content: content))
        try await insight.keep([(decision, Int64(position.index))])
        state.withLock { $0.inverses[id] = applied.inverse }
        return RecordedChange(applied, decision: id)
    }
}
