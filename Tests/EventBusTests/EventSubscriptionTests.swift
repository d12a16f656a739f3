// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import EventBus

@Suite struct EventSubscriptionTests {
    private let size = Fixture.batch(10, padding: 90).byteCount

    private func subscription(
        _ batches: Int,
        _ change: (inout EventSubscription.Settings) -> Void = { _ in }
    )
        -> EventSubscription
    {
        var settings = EventSubscription.Settings()
        settings.queueBytes = batches * size
        change(&settings)
        return EventSubscription(name: "test", settings)
    }

    private func batch(_ number: Int) -> EventBatch {
        Fixture.batch(10, first: UInt64(number * 10), padding: 90)
    }

    @Test func `drops what comes last when its queue is full, and shows the gap`() {
        let subscription = subscription(3)
        for number in 0..<5 { subscription.offer(batch(number)) }
        #expect(subscription.statistics.drops[.queueFull] == 20)
        #expect(subscription.statistics.waitingBytes == 3 * size)
        var gaps = EventGapDetector()
        for _ in 0..<3 { #expect(subscription.nextIfAny().flatMap { gaps.note($0) } == nil) }
        #expect(subscription.nextIfAny() == nil)
        subscription.offer(batch(5))
        let gap = subscription.nextIfAny().flatMap { gaps.note($0) }
        #expect(gap == EventGap(origin: EventOrigin(source: 1, epoch: 1), first: 30, count: 20))
        #expect(subscription.statistics.waitingBytes == 0)
    }

    @Test func `drops what has waited longest where that is wanted`() {
        let subscription = subscription(3) { $0.dropsOldest = true }
        for number in 0..<5 { subscription.offer(batch(number)) }
        #expect(subscription.statistics.drops[.queueFull] == 20)
        for number in 2..<5 { #expect(subscription.nextIfAny()?.firstSequence == UInt64(number * 10)) }
    }

    @Test func `takes a batch that is larger than its queue while nothing waits`() {
        let subscription = subscription(1) { $0.queueBytes = 10 }
        subscription.offer(batch(0))
        subscription.offer(batch(1))
        #expect(subscription.nextIfAny()?.count == 10)
        #expect(subscription.nextIfAny() == nil)
        #expect(subscription.statistics.drops[.queueFull] == 10)
    }

    @Test func `asks sources to pause till half of its queue is free`() async {
        let bus = Fixture.bus { $0.batchEvents = 10 }
        var settings = EventSubscription.Settings()
        settings.queueBytes = 4 * size
        let subscription = bus.subscribe("test", settings)
        let producer = bus.producer(source: 1, epoch: 1)
        for number in 0..<30 { producer.append(Fixture.event(number % 10, padding: 90), Fixture.facts(1)) }
        #expect(!producer.shouldPause)
        for number in 0..<10 { producer.append(Fixture.event(number, padding: 90), Fixture.facts(1)) }
        #expect(producer.shouldPause)
        let waiter = Task { await producer.waitForRoom() }
        _ = await subscription.next()
        #expect(producer.shouldPause)
        _ = await subscription.next()
        #expect(!producer.shouldPause)
        await waiter.value
        await bus.close(within: .zero)
    }

    @Test func `asks nobody to pause where it may lose events`() {
        let subscription = subscription(1) { $0.exertsPressure = false }
        for number in 0..<3 { subscription.offer(batch(number)) }
        #expect(!subscription.wantsPause)
    }

    @Test func `sources that wait go on when it ends`() async {
        let bus = Fixture.bus { $0.batchEvents = 10 }
        var settings = EventSubscription.Settings()
        settings.queueBytes = size
        let subscription = bus.subscribe("test", settings)
        let producer = bus.producer(source: 1, epoch: 1)
        for number in 0..<20 { producer.append(Fixture.event(number % 10, padding: 90), Fixture.facts(1)) }
        #expect(producer.shouldPause)
        let waiter = Task { await producer.waitForRoom() }
        bus.unsubscribe(subscription)
        await waiter.value
        #expect(!bus.shouldPause)
        #expect(subscription.nextIfAny() == nil)
        #expect(subscription.statistics.drops[.closed] == 10)
        await bus.close()
    }

    @Test func `a receiver that is cancelled stops waiting`() async {
        let subscription = subscription(1)
        let taker = Task { await subscription.next() == nil }
        taker.cancel()
        #expect(await taker.value)
        subscription.offer(batch(0))
        #expect(subscription.nextIfAny()?.count == 10)
    }

    @Test func `what waits before the end is taken after it`() async {
        let subscription = subscription(4)
        for number in 0..<3 { subscription.offer(batch(number)) }
        subscription.close()
        for number in 0..<3 { #expect(await subscription.next()?.firstSequence == UInt64(number * 10)) }
        #expect(await subscription.next() == nil)
    }

    @Test func `gaps are found within an epoch, and a new epoch begins at zero`() {
        var gaps = EventGapDetector(maximumOrigins: 2)
        #expect(gaps.note(Fixture.batch(5)) == nil)
        #expect(gaps.note(Fixture.batch(5, first: 5)) == nil)
        #expect(gaps.note(Fixture.batch(5, first: 5)) == nil)
        #expect(gaps.note(Fixture.batch(5, first: 12))?.count == 2)
        #expect(gaps.note(Fixture.batch(5, first: 0, epoch: 2)) == nil)
        #expect(gaps.note(Fixture.batch(5, first: 3, epoch: 3))?.first == 0)
    }

    @Test func `an entity's key depends on its kind and on each byte`() {
        let key = EntityKey(kind: 1, name: "10.0.0.1".utf8)
        #expect(key == EntityKey(kind: 1, name: Array("10.0.0.1".utf8)))
        #expect(key != EntityKey(kind: 2, name: "10.0.0.1".utf8))
        #expect(key != EntityKey(kind: 1, name: "10.0.0.2".utf8))
        #expect(key != EntityKey(kind: 1, name: "10.0.0.1\0".utf8))
    }

    @Test func `classes keep their bits and have numbers of their own`() {
        #expect(EventClass.allCases.allSatisfy { $0.rawValue < 64 })
        #expect(Set(EventClass.allCases.map(\.ocsfIdentifier)).count == EventClass.allCases.count)
        #expect(EventClass.httpActivity.rawValue == 14)
        #expect(EventClassSet(.httpActivity).rawValue == 1 << 14)
    }
}
