// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A number from 0 to 1,000 that orders findings with the same decision, and what it is made of.
///
/// `1000 * min(1, threat * severity * asset * reachability)`, on whole numbers, so that it is the same everywhere and can be
/// stored. What is not known counts as neither good nor bad; a finding that is not reachable sinks and never vanishes.
package struct Priority: Sendable, Hashable {
    /// What a number was derived from and who says so.
    package struct Factor: Sendable, Hashable, CustomStringConvertible {
        /// Such as "threat".
        package var name: String
        /// In words, such as "EPSS 4.3 %".
        package var value: String
        package var source: String
        /// By what it multiplies, in thousandths.
        package var thousandths: Int

        package var description: String { "\(name): \(value) (\(source))" }
    }

    /// 0 to 1,000.
    package var score: Int
    /// In the order in which they are multiplied.
    package var factors: [Factor]
}

/// A value and who says so.
package struct Sourced<Value: Sendable & Hashable>: Sendable, Hashable {
    package var value: Value
    package var source: String

    package init(_ value: Value, source: String) {
        self.value = value
        self.source = source
    }
}

/// What the priority of a finding depends on; nil where nothing is known.
package struct PriorityInputs: Sendable, Hashable {
    /// How far attackers are (SSVC's exploitation).
    package enum Exploitation: Int, Sendable, Hashable, Comparable, CaseIterable {
        case none
        case proofOfConcept
        case active

        package static func < (left: Exploitation, right: Exploitation) -> Bool { left.rawValue < right.rawValue }
    }

    /// Who can reach the asset.
    package enum Exposure: Int, Sendable, Hashable, CaseIterable {
        case small
        case controlled
        case open
    }

    /// What hangs on the asset.
    package enum Criticality: Int, Sendable, Hashable, CaseIterable {
        case low
        case medium
        case high
    }

    /// Whether the weak code runs.
    package enum Reachability: String, Sendable, Hashable, CaseIterable {
        case unreachable
        case unknown
        case potential
        case statically
        case atRuntime
    }

    /// The severity that a report gives; `unknown` counts as medium.
    package enum Severity: String, Sendable, Hashable, CaseIterable {
        case unknown
        case info
        case low
        case medium
        case high
        case critical

        /// The middle of the band, in tenths.
        var tenths: Int {
            switch self {
            case .info: 5
            case .low: 30
            case .unknown, .medium: 50
            case .high: 75
            case .critical: 90
            }
        }
    }

    package var severity: Sourced<Severity>
    /// Base scores of all who gave one; 0.0 is left out.
    package var baseScores: [Sourced<CVSSScore>] = []
    /// The EPSS probability in millionths.
    package var epss: Sourced<Int>?
    package var exploitation: Sourced<Exploitation>?
    /// Set where the vulnerability is known to be exploited.
    package var knownExploited: Sourced<Bool>?
    package var ransomware: Sourced<Bool>?
    /// Set where our own sensors saw an attack on the finding.
    package var observedAttack: Sourced<Bool>?
    package var criticality: Sourced<Criticality>?
    package var exposure: Sourced<Exposure>?
    package var reachability: Sourced<Reachability>?

    package init(severity: Sourced<Severity>) {
        self.severity = severity
    }
}
