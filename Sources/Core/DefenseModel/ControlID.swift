// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A control: a part of the defence that has a mode of its own. Its text is the first part of every ``Scope``.
package enum ControlID: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case webFirewall = "waf"
    case runtimeProtection = "rasp"
    case dataLossPrevention = "dlp"
    case threatDetection = "threats"
    case containerBehavior = "containers"
    case behaviorAnalytics = "behavior"
    case networkSecurity = "network"
    /// Blocks of entities, across all other controls.
    case entityBlocks = "blocks"
    case rateLimits = "limits"

    /// - Throws: ``ModelError`` with the nearest name there is.
    package init(parsing text: String) throws(ModelError) {
        guard let control = ControlID(rawValue: text) else {
            let names = Self.allCases.map(\.rawValue)
            let hint = NearestName.hint(for: text, among: names) ?? "expected \(names.joined(separator: ", "))"
            throw ModelError(.control, "\(ModelError.quote(text.utf8)) is no control; \(hint)")
        }
        self = control
    }

    package var description: String { rawValue }

    /// The position among all controls, for tables.
    package var index: Int {
        switch self {
        case .webFirewall: 0
        case .runtimeProtection: 1
        case .dataLossPrevention: 2
        case .threatDetection: 3
        case .containerBehavior: 4
        case .behaviorAnalytics: 5
        case .networkSecurity: 6
        case .entityBlocks: 7
        case .rateLimits: 8
        }
    }
}
