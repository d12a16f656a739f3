// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A score from 0.0 to 10.0, kept as tenths so that it is exact.
package struct CVSSScore: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Ten times the score: 0 to 100.
    package let tenths: Int

    /// - Parameter tenths: ten times the score; what lies outside of 0 to 100 is clamped.
    package init(tenths: Int) {
        self.tenths = min(max(tenths, 0), 100)
    }

    /// The score of a published number such as 9.8; nil where it is no multiple of 0.1 between 0 and 10.
    package init?(_ number: Double) {
        guard number >= 0, number <= 10 else { return nil }
        let tenths = (number * 10).rounded()
        guard abs(number * 10 - tenths) < 1e-6 else { return nil }
        self.tenths = Int(tenths)
    }

    /// The score as a number.
    package var number: Double { Double(tenths) / 10 }

    /// The score with one decimal place, such as "9.3".
    package var description: String { "\(tenths / 10).\(tenths % 10)" }

    package static func < (left: CVSSScore, right: CVSSScore) -> Bool {
        left.tenths < right.tenths
    }

    /// The qualitative rating: section 5 of versions 3.0 and 3.1, section 6 of 4.0.
    ///
    /// Version 2.0 itself has none; the bands are those of the NVD, which knows neither "none" nor "critical".
    package func severity(in version: CVSSVersion) -> CVSSSeverity {
        switch tenths {
        case 0 where version != .v2: .none
        case ..<40: .low
        case ..<70: .medium
        case ..<90: .high
        default: version == .v2 ? .high : .critical
        }
    }
}

/// The qualitative rating of a score.
package enum CVSSSeverity: String, Sendable, Hashable, CaseIterable {
    case none
    case low
    case medium
    case high
    case critical
}

/// The scores of a vector; nil where the vector sets no metric of the group.
///
/// A metric that is "not defined" counts as not set. In version 4.0 they are CVSS-B, CVSS-BT and CVSS-BE or -BTE.
package struct CVSSScores: Sendable, Hashable {
    package var base: CVSSScore
    package var threat: CVSSScore?
    package var environmental: CVSSScore?

    /// The score of the most specific group that is set.
    package var overall: CVSSScore { environmental ?? threat ?? base }
}
