// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A version of the Common Vulnerability Scoring System of FIRST.Org, Inc. that vectors are written in.
///
/// The specifications, which are the only source of every table and equation here: version 2.0
/// <https://www.first.org/cvss/v2/guide>, 3.0 <https://www.first.org/cvss/v3.0/specification-document>, 3.1
/// <https://www.first.org/cvss/v3.1/specification-document> and 4.0
/// <https://www.first.org/cvss/v4.0/specification-document>.
package enum CVSSVersion: String, Sendable, Hashable, CaseIterable {
    case v2 = "2.0"
    case v30 = "3.0"
    case v31 = "3.1"
    case v4 = "4.0"
}

/// The group of metrics that a metric belongs to.
package enum CVSSGroup: String, Sendable, Hashable {
    case base
    /// "Temporal" up to version 3.1, "threat" in 4.0.
    case threat
    case environmental
    /// Version 4.0 only; says more about a vulnerability and never changes a score.
    case supplemental
}
