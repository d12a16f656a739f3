// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a control does about an activity that it finds wrong.
package enum Countermeasure: String, Sendable, Codable, CaseIterable {
    /// Refuse it.
    case block
    /// Refuse it for now, as there is too much of it.
    case limit
    /// Let it pass without the data that it must not carry.
    case mask
    /// End the process or connection.
    case kill
}

/// What became of an activity.
package enum Disposition: String, Sendable, Codable, CaseIterable {
    /// Nothing spoke against it.
    case allowed
    /// What spoke against it is let pass by an exception.
    case excepted
    case wouldBlock
    case blocked
    case wouldLimit
    case limited
    case wouldMask
    case masked
    case wouldKill
    case killed
    /// The activity was an act on the policy itself, which now is another one.
    case changed

    /// What a response is called where it is carried out, and where it is only recorded.
    package init(_ response: Countermeasure, isCarriedOut: Bool) {
        self =
            switch response {
            case .block: isCarriedOut ? .blocked : .wouldBlock
            case .limit: isCarriedOut ? .limited : .wouldLimit
            case .mask: isCarriedOut ? .masked : .wouldMask
            case .kill: isCarriedOut ? .killed : .wouldKill
            }
    }

    /// Whether something was done to the activity, so that a record has to be on disk before it takes effect.
    package var isAct: Bool {
        switch self {
        case .blocked, .limited, .masked, .killed, .changed: true
        case .allowed, .excepted, .wouldBlock, .wouldLimit, .wouldMask, .wouldKill: false
        }
    }
}
