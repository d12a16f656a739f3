// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A metric of one version with its values.
package struct CVSSMetric: Sendable, Hashable {
    /// As it stands in vectors, such as "AV".
    package let abbreviation: String
    /// In words, such as "Attack Vector".
    package let name: String
    package let group: CVSSGroup
    /// The values in the order of ``CVSSMetrics``; those of optional metrics start with "not defined".
    package let values: [Value]

    /// One value of a metric.
    package struct Value: Sendable, Hashable {
        /// As it stands in vectors, such as "N".
        package let abbreviation: String
        /// In words, such as "Network".
        package let name: String
    }
}

/// All metrics of one version, made once from a text, with what the reader of vectors compares bytes with.
///
/// A value is known by its place: 0 where a vector does not have the metric, else one more than its index.
package final class CVSSMetrics: Sendable {
    /// The metrics in the order of the specification.
    package let all: [CVSSMetric]
    /// How many metrics of the base group lead the list.
    let baseCount: Int
    /// The threat group follows the base group.
    let threatRange: Range<Int>
    let environmentalRange: Range<Int>
    /// The abbreviations, packed by ``pack(_:)``.
    let keys: FlatTable<UInt64>
    /// The abbreviations of the values, packed, in rows of ``valuesPerMetric``; 0 where a row has no more.
    let codes: FlatTable<UInt64>

    static let valuesPerMetric = 6

    /// The metrics of a version.
    package static func of(_ version: CVSSVersion) -> CVSSMetrics {
        switch version {
        case .v2: second
        case .v30, .v31: third
        case .v4: fourth
        }
    }

    private static let second = CVSSMetrics(text2, base: 6, threat: 3, environmental: 5)
    private static let third = CVSSMetrics(text3, base: 8, threat: 3, environmental: 11)
    private static let fourth = CVSSMetrics(text4, base: 11, threat: 1, environmental: 14)

    private init(_ text: StaticString, base: Int, threat: Int, environmental: Int) {
        let threatRange = base..<(base + threat)
        let environmentalRange = threatRange.upperBound..<(threatRange.upperBound + environmental)
        all = text.description.split(separator: "\n").enumerated().map { index, line in
            CVSSMetrics.metric(
                line,
                group: index < base
                    ? .base
                    : threatRange.contains(index)
                        ? .threat : environmentalRange.contains(index) ? .environmental : .supplemental
            )
        }
        baseCount = base
        self.threatRange = threatRange
        self.environmentalRange = environmentalRange
        keys = FlatTable(all.map { CVSSMetrics.pack($0.abbreviation) })
        let codes = all.flatMap { metric in
            (0..<CVSSMetrics.valuesPerMetric).map { index in
                index < metric.values.count ? CVSSMetrics.pack(metric.values[index].abbreviation) : 0
            }
        }
        self.codes = FlatTable(codes)
    }

    private static func metric(_ line: Substring, group: CVSSGroup) -> CVSSMetric {
        let fields = line.split(separator: "|")
        return CVSSMetric(
            abbreviation: String(fields[0]),
            name: String(fields[1]),
            group: group,
            values: fields.dropFirst(2).map { field in
                let parts = field.split(separator: "=")
                return CVSSMetric.Value(abbreviation: String(parts[0]), name: String(parts[1]))
            }
        )
    }

    /// The bytes of a short text as one number, the last byte lowest; no two texts of up to eight bytes are equal.
    static func pack(_ text: String) -> UInt64 {
        text.utf8.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
