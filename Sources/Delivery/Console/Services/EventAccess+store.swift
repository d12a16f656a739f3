// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import EventBus
package import Storage

extension EventAccess {
    /// - Parameters:
    ///   - store: where events are kept.
    ///   - bus: what carries those that happen.
    package init(_ store: EventStore, _ bus: EventBus) {
        self.init(
            search: { query in try await store.search(query) },
            subscribe: { name in
                var settings = EventSubscription.Settings()
                // A person looks on: what is new counts, and nobody waits for a slow screen.
                settings.queueBytes = 1 << 20
                settings.dropsOldest = true
                settings.exertsPressure = false
                return bus.subscribe(name, settings)
            },
            unsubscribe: { bus.unsubscribe($0) }
        )
    }
}
