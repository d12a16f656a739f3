// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a published score turns out to be, once it is computed from the vector beside it.
///
/// About one published record in a hundred carries the score of another group in the field for the base score, or one
/// that belongs to no group of its vector at all. A store keeps vector, claim and computed score, and trusts the last.
package enum CVSSLint: String, Sendable, Hashable, CaseIterable {
    /// The claim is the base score.
    case right
    /// The temporal score (in 4.0 that with threat metrics) published as the base score.
    case threatScore
    /// The environmental score published as the base score.
    case environmentalScore
    /// None of the vector's scores.
    case wrong

    /// Compares a claimed base score with the vector's scores.
    package init(claimed: CVSSScore, for vector: CVSSVector) {
        let scores = vector.scores
        if claimed == scores.base {
            self = .right
        } else if claimed == scores.threat {
            self = .threatScore
        } else if claimed == scores.environmental {
            self = .environmentalScore
        } else {
            self = .wrong
        }
    }

    /// What to tell about a claim; nil where it is right.
    package func message(claimed: CVSSScore, for vector: CVSSVector) -> String? {
        let base = "its base score is \(vector.scores.base)"
        let threat = vector.version == .v4 ? "threat" : "temporal"
        switch self {
        case .right: return nil
        case .threatScore: return "\(claimed) is the \(threat) score of the vector; \(base)"
        case .environmentalScore:
            return "\(claimed) is the environmental score of the vector; \(base)"
        case .wrong: return "\(claimed) is not a score of the vector; \(base)"
        }
    }
}
