// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Synchronization
import Testing

@testable import EventBus

@Suite struct EventBusTests {
    @Test func `hands on a batch when it has its events`() async {
        let bus = Fixture.bus { $0.batchEvents = 3 }
        let subscription = bus.subscribe("test")
        let producer = bus.producer(source: 7, epoch: 9)
        for number in 0..<5 { #expect(producer.append(Fixture.event(number), Fixture.facts(5)) == .accepted) }
        let batch = subscription.nextIfAny()
        #expect(batch?.count == 3)
        #expect(batch?.origin == EventOrigin(source: 7, shard: 0, epoch: 9))
        #expect(batch?.bytes == Array("{\"number\":0}\n{\"number\":1}\n{\"number\":2}\n".utf8))
        #expect(subscription.nextIfAny() == nil)
        bus.flush()
        let rest = subscription.nextIfAny()
        #expect(rest?.count == 2)
        #expect(rest?.firstSequence == 3)
        await bus.close()
    }

    @Test func `hands on a batch when it has its bytes`() async {
        let bus = Fixture.bus { $0.batchBytes = 100 }
        let subscription = bus.subscribe("test")
        let producer = bus.producer(source: 1, epoch: 1)
        producer.append(Fixture.event(1, padding: 60), Fixture.facts(1))
        #expect(subscription.nextIfAny() == nil)
        producer.append(Fixture.event(1, padding: 60), Fixture.facts(1))
        #expect(subscription.nextIfAny()?.count == 2)
        await bus.close()
    }

    @Test func `hands on a lone event after the delay, again and again`() async {
        let bus = EventBus()
        let subscription = bus.subscribe("test")
        let producer = bus.producer(source: 1, epoch: 1, shards: 4)
        for number in 0..<20 {
            producer.append(Fixture.event(number), Fixture.facts(1), shard: number)
            let batch = await subscription.next()
            #expect(batch.map { Array($0.event(at: 0)) } == Fixture.event(number))
        }
        await bus.close()
    }

    @Test func `gives each subscriber all events, in the order of each shard`() async {
        let bus = Fixture.bus { $0.batchEvents = 7 }
        let subscriptions = (0..<3).map { bus.subscribe("\($0)") }
        let producer = bus.producer(source: 1, epoch: 1, shards: 3)
        await withTaskGroup(of: Void.self) { group in
            for shard in 0..<3 {
                group.addTask {
                    for number in 0..<500 {
                        producer.append(Fixture.event(number), Fixture.facts(Int64(number)), shard: shard)
                    }
                }
            }
        }
        bus.flush()
        for subscription in subscriptions {
            var next: [UInt16: Int64] = [:]
            var gaps = EventGapDetector()
            while let batch = subscription.nextIfAny() {
                #expect(gaps.note(batch) == nil)
                for (place, header) in batch.headers.enumerated() {
                    let expected = next[batch.origin.shard, default: 0]
                    #expect(header.facts.time == expected)
                    #expect(Array(batch.event(at: place)) == Fixture.event(Int(expected)))
                    next[batch.origin.shard] = expected + 1
                }
            }
            #expect(next == [0: 500, 1: 500, 2: 500])
            #expect(subscription.statistics.deliveredEvents == 1500)
        }
        #expect(bus.statistics.acceptedEvents == 1500)
        await bus.close()
    }

    @Test func `counts what it does not take, by reason`() async {
        let bus = Fixture.bus { $0.maximumEventBytes = 20 }
        let subscription = bus.subscribe("test")
        let producer = bus.producer(source: 1, epoch: 1)
        let good = Fixture.facts(1)
        var strange = good
        strange.stream = 64
        #expect(producer.append([], good) == .dropped(.malformed))
        #expect(producer.append(Array("{\n}".utf8), good) == .dropped(.malformed))
        #expect(producer.append(Array("{}".utf8), strange) == .dropped(.malformed))
        #expect(producer.append([UInt8](repeating: 0x20, count: 21), good) == .dropped(.tooLarge))
        #expect(producer.append([UInt8](repeating: 0x20, count: 20), good) == .accepted)
        await bus.close(within: .zero)
        #expect(producer.append(Array("{}".utf8), good) == .dropped(.closed))
        let drops = bus.statistics.drops
        #expect(drops[.malformed] == 3)
        #expect(drops[.tooLarge] == 1)
        #expect(drops[.closed] == 1)
        #expect(drops.total == 5)
        #expect(subscription.nextIfAny()?.count == 1)
    }

    @Test func `counts what nobody hears`() async {
        let bus = Fixture.bus { $0.batchEvents = 2 }
        let producer = bus.producer(source: 1, epoch: 1)
        for number in 0..<4 { producer.append(Fixture.event(number), Fixture.facts(1)) }
        #expect(bus.statistics.drops[.unheard] == 4)
        await bus.close()
    }

    @Test func `drains what was gathered when it closes`() async {
        let bus = Fixture.bus()
        let subscription = bus.subscribe("test")
        let producer = bus.producer(source: 1, epoch: 1, shards: 2)
        for number in 0..<10 { producer.append(Fixture.event(number), Fixture.facts(1), shard: number) }
        let taker = Task {
            var count = 0
            while let batch = await subscription.next() { count += batch.count }
            return count
        }
        #expect(await bus.close() == 0)
        #expect(await taker.value == 10)
        // Late comers learn that it is over.
        #expect(await bus.subscribe("late").next() == nil)
        #expect(bus.producer(source: 2, epoch: 1).append(Fixture.event(1), Fixture.facts(1)) == .dropped(.closed))
    }

    @Test func `tells how many events nobody took before it closed`() async {
        let bus = Fixture.bus()
        let subscription = bus.subscribe("test")
        let producer = bus.producer(source: 1, epoch: 1)
        for number in 0..<10 { producer.append(Fixture.event(number), Fixture.facts(1)) }
        #expect(await bus.close(within: .zero) == 10)
        #expect(subscription.statistics.waitingEvents == 10)
    }

    @Test func `a bus that is let go ends its thread`() async {
        weak var gone: EventBus?
        do {
            let bus = EventBus()
            _ = bus.producer(source: 1, epoch: 1)
            gone = bus
        }
        #expect(gone == nil)
    }

    @Test func `takes the same bytes out as were put in`() async {
        var random = SeededGenerator(seed: 11)
        let bus = Fixture.bus { $0.batchBytes = 4096 }
        let subscription = bus.subscribe("test")
        let producer = bus.producer(source: 1, epoch: 1)
        var expected: [([UInt8], EventFacts, [EntityKey])] = []
        for _ in 0..<2000 {
            let length = Int.random(in: 1...300, using: &random)
            let event = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let keys = (0..<Int.random(in: 0...6, using: &random)).map { _ in EntityKey(hash: random.next()) }
            let facts = EventFacts(
                time: Int64.random(in: .min ... .max, using: &random),
                eventClass: EventClass.allCases.randomElement(using: &random) ?? .other,
                severity: EventSeverity.allCases.randomElement(using: &random) ?? .info,
                disposition: UInt8.random(in: 0...255, using: &random),
                stream: UInt8.random(in: 0...63, using: &random)
            )
            let admission = producer.append(event, facts, entities: keys)
            #expect(admission == (event.contains(0x0A) ? .dropped(.malformed) : .accepted))
            if admission == .accepted { expected.append((event, facts, keys)) }
        }
        bus.flush()
        var place = 0
        while let batch = subscription.nextIfAny() {
            for index in 0..<batch.count {
                #expect(Array(batch.event(at: index)) == expected[place].0)
                #expect(batch.headers[index].facts == expected[place].1)
                #expect(Array(batch.entities(at: index)) == expected[place].2)
                place += 1
            }
        }
        #expect(place == expected.count)
        await bus.close()
    }
}
