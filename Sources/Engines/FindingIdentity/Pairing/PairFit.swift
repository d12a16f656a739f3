// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How well two findings fit, without regard to where their neighbours went.
struct PairFit {
    /// Weights of the alignment; whole numbers, so that a run gives the same on every machine.
    enum Weight {
        static let message: Int32 = 20
        static let skeleton: Int32 = 16
        static let ruleOnly: Int32 = 9
        static let evidence: Int32 = 60
        static let differingEvidence: Int32 = -9
        /// Equal surroundings alone say little: below a function they become those of a copy that is put there.
        static let surroundings: Int32 = 4
        static let column: Int32 = 4
        static let differingColumn: Int32 = -5
        static let scope: Int32 = 6
        static let height: Int32 = 2
        /// Taken off where a pair moved by another number of lines than the pair before it.
        static let shiftChange: Int32 = 8
        /// Taken off where an earlier finding of the report fits the same known one as well: of a function and its copy
        /// the original is mostly the one above.
        static let copy: Int32 = 4
        /// The same where only the surroundings are another's.
        static let copyInPlace: Int32 = 8
        /// How many lines further down a copy lies at least. Nearer ones are lines that were written twice, of which
        /// nothing says that the first is the older.
        static let copyDistance: Int32 = 5
    }

    /// Greater is better; always positive.
    var weight: Int32
    var equalEvidence: EvidenceAlgorithm?
    /// Trusted evidence of the flagged code differs and none is equal.
    var isContradicted: Bool
    var isSameMessage: Bool

    /// The fit of two findings; nil where they cannot be the same: another kind, rule or subject.
    init?(_ old: FindingDigest, _ new: FindingDigest, _ trust: borrowing EvidenceTrust) {
        guard old.rule == new.rule, old.kind == new.kind, old.subject == new.subject else { return nil }
        let evidence = trust.compare(old.evidence, new.evidence)
        equalEvidence = evidence.equal
        isContradicted = evidence.equal == nil && evidence.differs
        isSameMessage = old.message == new.message || old.skeleton == new.skeleton
        var weight =
            old.message == new.message
            ? Weight.message : old.skeleton == new.skeleton ? Weight.skeleton : Weight.ruleOnly
        if evidence.equal == .rollingHash {
            weight += evidence.differs ? 0 : Weight.surroundings
        } else if evidence.equal != nil {
            weight += Weight.evidence - (evidence.differs || evidence.differsAround ? 10 : 0)
        } else if evidence.differs {
            weight += Weight.differingEvidence
        }
        if old.column != 0, new.column != 0 {
            weight += old.column == new.column ? Weight.column : Weight.differingColumn
        }
        if old.scope != 0, new.scope != 0 {
            weight += old.scope == new.scope ? Weight.scope : -Weight.scope
        }
        if old.endLine &- old.line == new.endLine &- new.line { weight += Weight.height }
        self.weight = max(weight, 1)
    }
}
