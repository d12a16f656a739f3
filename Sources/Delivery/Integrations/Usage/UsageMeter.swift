// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import EventBus
package import Logging
internal import Storage
internal import Synchronization

/// Counts how Redoubt is used, in memory, and adds it to the day's row each minute.
///
/// What was counted since then is lost when the process is killed. Nothing of it leaves the machine from here.
package final class UsageMeter: Sendable {
    private let store: OutputStore
    private let logger: Logger
    private let counts = Mutex<[UsageCounter: Int]>([:])
    private let source = Mutex<Source?>(nil)
    private let end = EndSignal()
    private let work = Mutex<Task<Void, Never>?>(nil)

    /// A structure, as the compiler wraps a bare function anew each time that a lock gives it out.
    private struct Source: Sendable {
        var counts: @Sendable () -> [UsageCounter: Int]
    }

    private static let pause: Duration = .seconds(60)
    /// How long days are kept.
    static let keptDays: Int64 = 400

    package init(_ store: OutputStore, _ logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Begins to write each minute.
    package func start() {
        let task = Task { [weak self] in
            while let meter = self, !meter.end.hasCome {
                await meter.end.wait(atMost: Self.pause)
                await meter.flush()
            }
        }
        work.withLock { $0 = task }
    }

    package func count(_ counter: UsageCounter, _ times: Int = 1) {
        guard times > 0 else { return }
        counts.withLock { $0[counter, default: 0] += times }
    }

    /// Counts the exchanges of a batch by what their headers say.
    package func count(_ batch: EventBatch) {
        var requests = 0
        var detections = 0
        var wouldBlock = 0
        var blocked = 0
        for header in batch.headers where header.facts.eventClass == .httpActivity {
            let facts = header.facts
            requests += 1
            if OutputTopic(facts) == .detectedActivity { detections += 1 }
            switch facts.disposition {
            case 2, 6, 14: blocked += 1
            case 15: wouldBlock += 1
            default: break
            }
        }
        guard requests > 0 else { return }
        let seen = (requests, detections, wouldBlock, blocked)
        counts.withLock { counts in
            counts[.requests, default: 0] += seen.0
            counts[.detections, default: 0] += seen.1
            counts[.wouldHaveBlocked, default: 0] += seen.2
            counts[.blocked, default: 0] += seen.3
        }
    }

    /// Asks for what others have counted since they were last asked, each time before it writes.
    package func gather(_ body: @escaping @Sendable () -> [UsageCounter: Int]) {
        source.withLock { $0 = Source(counts: body) }
    }

    /// Writes what was counted.
    package func flush() async {
        for (counter, times) in source.withLock({ $0 })?.counts() ?? [:] { count(counter, times) }
        let counted = counts.withLock { counts in
            defer { counts = [:] }
            return counts.filter { $0.value > 0 }
        }
        guard !counted.isEmpty else { return }
        do throws(StorageError) {
            try await store.addUsage(counted, day: UsageDay.of(Clocks.now))
        } catch {
            // It is added to what is counted next.
            counts.withLock { $0.merge(counted) { $0 + $1 } }
            logger.warning("how Redoubt is used could not be counted: \(error)")
        }
    }

    package func close() async {
        end.come()
        await work.withLock { $0 }?.value
        await flush()
    }
}

/// Days since 1970, in UTC.
enum UsageDay {
    static func of(_ time: Int64) -> Int64 { max(0, time) / 86_400_000_000_000 }

    /// `2026-11-22`.
    static func text(_ day: Int64) -> String { String(Clocks.text(day * 86_400_000_000_000).prefix(10)) }
}
