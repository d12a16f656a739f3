// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Which values of a collection are meant.
enum Selector: Sendable {
    case all
    /// The value of one key, lower-cased; keys compare without regard to ASCII case.
    case key([UInt8])
    case regex(Regex)
    /// `XML:/…`
    case xpath(String)
}

/// One entry of a rule's first argument: `ARGS`, `&TX:score`, `REQUEST_HEADERS:/^x-/`.
struct Target: Sendable {
    var variable: Variable
    var selector: Selector
    /// `&`: how many values there are instead of the values.
    var isCount: Bool = false
    /// The entry as it is shown in logs, `TX:ANOMALY_SCORE`.
    var displayName: [UInt8]
    /// Where a single `TX` variable lives; -1 for all else.
    var slot: Int = -1
}

/// The parsed first argument of a rule: what to look at and what to leave out.
struct TargetList {
    var targets: [Target] = []
    var exclusions: [Target] = []
}
