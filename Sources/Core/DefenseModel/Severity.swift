// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How bad it is when a detection is right, from the least to the worst.
public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    case info
    case low
    case medium
    case high
    case critical

    /// From 0 for `info` to 4 for `critical`; how stores and charts order severities.
    public var level: Int {
        switch self {
        case .info: 0
        case .low: 1
        case .medium: 2
        case .high: 3
        case .critical: 4
        }
    }

    public static func < (left: Severity, right: Severity) -> Bool {
        left.level < right.level
    }
}
