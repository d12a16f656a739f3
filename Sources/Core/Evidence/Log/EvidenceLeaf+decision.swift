// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
internal import Foundation

extension EvidenceLeaf {
    /// The leaf of a decision: its JSON with sorted keys.
    ///
    /// - Throws: ``EvidenceError/Code/malformed`` where it cannot be written as JSON.
    package init(_ decision: Decision) throws(EvidenceError) {
        try self.init(kind: .decision(decision.disposition), time: decision.time, json: decision)
    }

    /// A leaf whose content is JSON with sorted keys.
    ///
    /// - Throws: ``EvidenceError/Code/malformed`` where the content cannot be written as JSON.
    package init(kind: EvidenceKind, time: Int64, json content: some Encodable) throws(EvidenceError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            self.init(kind: kind, time: time, content: Array(try encoder.encode(content)))
        } catch {
            throw EvidenceError(.malformed, "a leaf of the kind \(kind) cannot be written as JSON: \(error)")
        }
    }
}
