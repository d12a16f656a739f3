// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import Synchronization

/// The policy by which activities are judged now; a change puts another snapshot in its place.
///
/// Each thread reads its own copy of the reference, under a lock that nobody else takes but who changes the policy, so that
/// threads do not wait for one another and share no line of the cache but the snapshot's count of references.
package final class PolicyInForce: Sendable {
    private let places: [Place]

    private final class Place: Sendable {
        let snapshot: Mutex<PolicySnapshot>

        init(_ snapshot: PolicySnapshot) {
            self.snapshot = Mutex(snapshot)
        }
    }

    package init(_ snapshot: PolicySnapshot) {
        places = (0..<16).map { _ in Place(snapshot) }
    }

    /// What holds for an activity that begins now.
    package var snapshot: PolicySnapshot {
        // Descriptors of threads lie far apart; the product's high bits differ for all of them.
        let thread = UInt64(UInt(pthread_self())) &* 0x9E37_79B9_7F4A_7C15
        return places[Int(thread >> 60)].snapshot.withLock { $0 }
    }

    /// Activities that have begun are judged by what they began with.
    package func replace(_ snapshot: PolicySnapshot) {
        for place in places {
            place.snapshot.withLock { $0 = snapshot }
        }
    }
}
