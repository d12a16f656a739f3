// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a text is no CVSS vector, and where.
package struct CVSSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong; the names are few and fixed, so that they can label a metric.
    package enum Code: String, Sendable, CaseIterable {
        /// The text starts with "CVSS:" and a version that does not exist, or not at all as a vector does.
        case prefix
        /// A part between slashes is not `metric:value`, or a parenthesis has no partner.
        case malformed
        /// A metric that this version does not have.
        case unknown
        /// A metric without a value.
        case empty
        /// A value that the metric does not have.
        case value
        /// A metric that stands twice.
        case duplicate
        /// A base metric that does not stand at all.
        case missing
        /// A metric that the specification wants further in front.
        case order
    }

    package var code: Code
    /// The index of the first offending byte; for `missing` the length of the text.
    package var offset: Int
    /// The metric concerned, as it stands in the text or in the specification; empty where none is.
    package var metric: String

    package var description: String {
        switch code {
        case .prefix: "the prefix is none of CVSS:3.0, CVSS:3.1 and CVSS:4.0"
        case .malformed: "byte \(offset) is not where a metric and its value start"
        case .unknown: "the version has no metric \(metric)"
        case .empty: "the metric \(metric) has no value"
        case .value: "the metric \(metric) has no such value"
        case .duplicate: "the metric \(metric) stands twice"
        case .missing: "the metric \(metric) is missing"
        case .order: "the metric \(metric) stands behind one that follows it in the specification"
        }
    }
}
