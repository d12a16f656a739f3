// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Where something fails.
package enum FailureHook: String, Sendable, CaseIterable {
    /// A request, or another activity, is looked at.
    case request
    /// The answer to it is looked at.
    case response
    /// What was decided is written down, before it takes effect.
    case record
}

/// Why something fails.
package enum FailureCause: String, Sendable, CaseIterable {
    case engineError = "engine_error"
    case storeAway = "store_away"
    case busAway = "bus_away"
    case diskFull = "disk_full"
    case overload
    case cpuBudget = "cpu_budget"
    case matchLimit = "match_limit"
    case parseError = "parse_error"
    case bodyOverLimit = "body_over_limit"

    /// Whether it is a fault of ours, and not something that a client can bring about.
    package var isOurs: Bool {
        switch self {
        case .engineError, .storeAway, .busAway, .diskFull, .overload: true
        case .cpuBudget, .matchLimit, .parseError, .bodyOverLimit: false
        }
    }
}

/// What is done about a failure.
package enum FailureAction: String, Sendable, Codable, CaseIterable {
    /// Go on as if nothing had been found. Where a decision cannot be recorded: do not act on it.
    case letPass = "let_pass"
    /// Refuse, in `enforce`.
    case deny
    /// Make it a detection, which refuses in `enforce` unless an exception lets it pass.
    case detect
    /// Look at what there is and go on.
    case inspectPart = "inspect_part"
    /// Act on decisions although they cannot be recorded.
    case actUnrecorded = "act_unrecorded"
}

/// A cause at a place where it can occur. As text `request.engine_error`.
package struct FailureCase: Hashable, Sendable, CustomStringConvertible {
    package let hook: FailureHook
    package let cause: FailureCause
    /// What it may be set to; the first is the default.
    package let actions: [FailureAction]

    /// - Returns: nil for a cause that does not occur there.
    package init?(_ hook: FailureHook, _ cause: FailureCause) {
        let actions = Self.actions(hook, cause)
        guard !actions.isEmpty else { return nil }
        self.hook = hook
        self.cause = cause
        self.actions = actions
    }

    package init?(_ text: String) {
        guard let found = Self.all.first(where: { $0.description == text }) else { return nil }
        self = found
    }

    package static let all = FailureHook.allCases.flatMap { hook in
        FailureCause.allCases.compactMap { FailureCase(hook, $0) }
    }

    package var description: String { "\(hook.rawValue).\(cause.rawValue)" }

    var standard: FailureAction { actions.first ?? .letPass }

    private static func actions(_ hook: FailureHook, _ cause: FailureCause) -> [FailureAction] {
        switch (hook, cause) {
        case (.request, .engineError), (.request, .storeAway), (.request, .busAway), (.request, .overload),
            (.response, .engineError), (.response, .overload):
            [.letPass, .deny]
        case (.record, .storeAway), (.record, .diskFull), (.record, .overload), (.record, .engineError):
            [.letPass, .actUnrecorded]
        case (.request, .bodyOverLimit):
            [.detect, .inspectPart]
        case (.response, .bodyOverLimit):
            [.inspectPart, .detect]
        case (.request, .cpuBudget), (.request, .matchLimit), (.request, .parseError),
            (.response, .cpuBudget), (.response, .matchLimit), (.response, .parseError):
            [.detect]
        case (.request, .diskFull), (.response, .storeAway), (.response, .busAway), (.response, .diskFull),
            (.record, _):
            []
        }
    }
}
