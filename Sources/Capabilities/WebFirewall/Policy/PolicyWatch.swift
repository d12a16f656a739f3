// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Policy

/// Takes enforcement back where it does more than it should: when too large a share of clients is blocked, and when a
/// canary refuses more than the rest.
///
/// It is asked each second and says which changes are due; who asks makes and records them.
package struct PolicyWatch {
    private let counts: EnforcementCounts
    private var windowStart: Int64
    private var guardian: BlockRateGuard

    package init(_ counts: EnforcementCounts, _ policy: PolicyDocument, at time: Int64) {
        self.counts = counts
        windowStart = time
        guardian = BlockRateGuard(.webFirewall, policy.blockRate, standingBack: policy.stoodBack[.webFirewall])
    }

    /// A change that is due, and who makes it.
    package struct Due: Sendable {
        package let change: PolicyChange
        package let by: Authorship
    }

    /// - Parameter time: now, in nanoseconds since 1970.
    package mutating func look(at policy: PolicyDocument, time: Int64) -> [Due] {
        var due: [Due] = []
        guardian.limit = policy.blockRate
        if policy.stoodBack[.webFirewall] == nil, case .stoodBack = guardian.state { guardian.resume() }
        if let change = guardian.observe(counts.window(), at: time), case .standBack(_, let author) = change {
            due.append(Due(change: change, by: author))
        }
        let length = Int64(policy.blockRate.seconds) * 1_000_000_000
        if time - windowStart >= length || time < windowStart {
            counts.startWindow()
            windowStart = time
        }
        return due + returns(policy, time)
    }

    private func returns(_ policy: PolicyDocument, _ time: Int64) -> [Due] {
        counts.canaries(in: policy).compactMap { scope, counts in
            let looker = Authorship("canary", because: "answers were compared", at: time)
            let event = PromotionEvent.counts(canary: counts.inside, others: counts.outside)
            // Counts only lead back; what is thrown is about steps that people ask for.
            let step = try? Promotion(of: scope, in: policy, at: time).step(on: event, by: looker)
            guard let change = step?.change, case .setMode(let setting) = change else { return nil }
            return Due(change: change, by: setting.by)
        }
    }
}
