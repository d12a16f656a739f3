// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Policy

/// The policy as web firewalls ask for it.
package struct FirewallPolicy: Sendable {
    let inForce: PolicyInForce
    /// One for all applications, as a client is one client everywhere.
    let limiter: RateLimiter
    let counts: EnforcementCounts

    package init(
        _ inForce: PolicyInForce,
        limiter: RateLimiter,
        counts: EnforcementCounts = EnforcementCounts()
    ) {
        self.counts = counts
        self.inForce = inForce
        self.limiter = limiter
    }

    /// Where nobody decides anything: the configuration alone counts.
    static func unchanged() -> FirewallPolicy {
        let snapshot = PolicySnapshot(PolicyDocument(), key: HashKey(0, 0))
        return FirewallPolicy(PolicyInForce(snapshot), limiter: RateLimiter(capacity: 512))
    }
}
