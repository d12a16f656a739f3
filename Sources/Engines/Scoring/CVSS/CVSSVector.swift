// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A CVSS vector: a version and the values of its metrics, packed into 16 bytes.
///
/// ```swift
/// let vector = try CVSSVector(parsing: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
/// vector.scores.base.number  // 9.3
/// ```
///
/// Two vectors are equal when the same metrics stand in both with the same values, in whatever order.
package struct CVSSVector: Sendable, Hashable {
    package let version: CVSSVersion
    /// Four bits for each metric, the first metric lowest; 0 where the metric does not stand in the vector.
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(version: CVSSVersion) {
        self.version = version
    }

    /// The place of a metric's value: 0 for absent, else one more than its index.
    @inline(__always)
    func place(_ metric: Int) -> Int {
        Int(truncatingIfNeeded: (metric < 16 ? low : high) &>> UInt64(truncatingIfNeeded: metric &* 4)) & 15
    }

    /// Sets the place of a value that has none yet.
    @inline(__always)
    mutating func set(_ metric: Int, place: Int) {
        let bits = UInt64(truncatingIfNeeded: place) &<< UInt64(truncatingIfNeeded: metric &* 4)
        if metric < 16 {
            low |= bits
        } else {
            high |= bits
        }
    }

    /// The index of a base metric's value.
    @inline(__always)
    func base(_ metric: Int) -> Int {
        place(metric) &- 1
    }

    /// The index of an optional metric's value; 0 for "not defined", whether it stands there or not.
    @inline(__always)
    func optional(_ metric: Int) -> Int {
        max(place(metric) &- 1, 0)
    }

    /// Whether one of these optional metrics has a value other than "not defined".
    func isAnySet(_ metrics: Range<Int>) -> Bool {
        metrics.contains { optional($0) > 0 }
    }

    /// The scores of the vector, by the equations of its version, without rounding errors.
    package var scores: CVSSScores {
        switch version {
        case .v2: CVSS2Equations.scores(of: self)
        case .v30, .v31: CVSS3Equations.scores(of: self)
        case .v4: CVSS4Equations.scores(of: self)
        }
    }

    /// The metrics that stand in the vector, in the order of the specification, in words.
    package var explanation: [CVSSStatement] {
        let metrics = CVSSMetrics.of(version)
        return metrics.all.indices.compactMap { index in
            let place = place(index)
            guard place > 0 else { return nil }
            let metric = metrics.all[index]
            return CVSSStatement(metric: metric, value: metric.values[place - 1])
        }
    }

    /// The vector as the specification writes it: its order, every metric that stands in it.
    package var canonicalText: String {
        let parts = explanation.map { "\($0.metric.abbreviation):\($0.value.abbreviation)" }
        return ((version == .v2 ? [] : ["CVSS:\(version.rawValue)"]) + parts).joined(separator: "/")
    }
}

/// A metric of a vector and the value it has there.
package struct CVSSStatement: Sendable, Hashable, CustomStringConvertible {
    package let metric: CVSSMetric
    package let value: CVSSMetric.Value

    /// Such as "Attack Vector: Network".
    package var description: String { "\(metric.name): \(value.name)" }
}
