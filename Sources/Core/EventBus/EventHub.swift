// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Synchronization

/// What producers know of a bus: who subscribes, and the thread that hands on what is not filled in time.
final class EventHub: Sendable {
    let settings: EventBus.Settings
    private let subscriptions = Mutex<[EventSubscription]>([])
    private let closed = Atomic(false)
    /// Whether the flusher is awake or has been woken.
    private let isFlusherAwake = Atomic(false)
    private let flusherCall = DispatchSemaphore(value: 0)

    init(_ settings: EventBus.Settings) {
        self.settings = settings
    }

    var isClosed: Bool { closed.load(ordering: .acquiring) }

    func close() {
        closed.store(true, ordering: .releasing)
        flusherCall.signal()
    }

    // MARK: Subscriptions

    func subscribe(_ name: String, _ settings: EventSubscription.Settings) -> EventSubscription {
        let subscription = EventSubscription(name: name, settings)
        subscriptions.withLock { $0.append(subscription) }
        if isClosed { subscription.close() }
        return subscription
    }

    func unsubscribe(_ subscription: EventSubscription) {
        subscriptions.withLock { $0.removeAll { $0 === subscription } }
        subscription.cancel()
    }

    /// - Returns: the subscriptions, which end once what waits has been taken.
    func endSubscriptions() -> [EventSubscription] {
        let all = subscriptions.withLock { $0 }
        for subscription in all { subscription.close() }
        return all
    }

    /// - Returns: whether anyone subscribes.
    func deliver(_ batch: EventBatch) -> Bool {
        subscriptions.withLock { subscriptions in
            for subscription in subscriptions { subscription.offer(batch) }
            return !subscriptions.isEmpty
        }
    }

    var shouldPause: Bool {
        subscriptions.withLock { $0.contains { $0.wantsPause } }
    }

    func waitForRoom() async {
        while let slow = subscriptions.withLock({ $0.first { $0.wantsPause } }) {
            await slow.waitForRoom()
        }
    }

    // MARK: The flusher

    /// Called for the first event of a batch; costs an atomic read while the flusher is awake.
    func wakeFlusher() {
        guard !isFlusherAwake.load(ordering: .relaxed),
            !isFlusherAwake.exchange(true, ordering: .acquiringAndReleasing)
        else { return }
        flusherCall.signal()
    }

    /// Starts a thread that comes twice in each delay while anything is gathered, and sleeps else.
    ///
    /// - Parameter flush: hands on what was there at its last call; tells whether nothing is left.
    func startFlusher(_ flush: @escaping @Sendable () -> Bool) {
        let pause = settings.batchDelay / .seconds(2)
        let thread = Thread {
            while true {
                self.flusherCall.wait()
                repeat {
                    if self.isClosed { return }
                    Thread.sleep(forTimeInterval: pause)
                } while self.flushAgain(flush)
            }
        }
        thread.name = "event-flusher"
        thread.start()
    }

    /// - Returns: whether to come again after the pause.
    private func flushAgain(_ flush: () -> Bool) -> Bool {
        guard flush() else { return true }
        // A batch that was begun while this thread still counted as awake has called nobody, so it is looked for.
        isFlusherAwake.store(false, ordering: .sequentiallyConsistent)
        if flush() { return false }
        // Where somebody has called meanwhile, the call is answered at once.
        return !isFlusherAwake.exchange(true, ordering: .acquiringAndReleasing)
    }
}
