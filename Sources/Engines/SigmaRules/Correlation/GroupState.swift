// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What is asked of a group's state when an event comes.
struct CorrelatedEvent {
    var time: Int64
    /// Which of the correlation's stages the event is, as bits, and whether it ends what has begun.
    var stages: UInt64
    var isUntil: Bool
    /// The event's value of the counted field, as a hash and as a number; nil where it has none.
    var valueHash: UInt64?
    var number: Double?
}

/// How long things are kept, for one correlation.
struct CorrelationTimes {
    var span: Int64
    var lateness: Int64
}

/// The state of one group of one correlation.
class GroupState {
    private var isArmed = true
    private var firedAt = Int64.min

    /// Takes an event.
    ///
    /// - Returns: the measured value where the correlation fires.
    func take(_ event: CorrelatedEvent, _ correlation: Correlation, _ times: CorrelationTimes) -> Double? { nil }

    /// How many things it holds, for the limit of all groups together.
    var size: Int { 1 }

    /// Whether a condition that holds is news: once, and again when it did not hold in between or when a whole window
    /// has passed since.
    final func isNews(_ holds: Bool, at time: Int64, span: Int64) -> Bool {
        guard holds else {
            isArmed = true
            return false
        }
        guard isArmed || time > firedAt &+ span else { return false }
        isArmed = false
        firedAt = max(firedAt, time)
        return true
    }
}

/// `event_count`, `value_sum`, `value_avg` and percentiles of numbers.
final class NumberState: GroupState {
    private var window = TimeWindow()

    override var size: Int { window.count }

    override func take(_ event: CorrelatedEvent, _ correlation: Correlation, _ times: CorrelationTimes) -> Double? {
        guard let condition = correlation.condition else { return nil }
        let number: Double
        if correlation.kind == .eventCount {
            number = 0
        } else if let value = event.number {
            number = value
        } else {
            return nil
        }
        let isLate = event.time < window.latest
        window.add(number, at: event.time, span: times.span, retention: times.lateness)
        if isLate {
            var late: Double?
            window.forEachWindow(around: event.time, span: times.span) { end, total in
                guard let value = measure(total, correlation, isLatest: false), condition.holds(value),
                    isNews(true, at: end, span: times.span)
                else { return false }
                late = value
                return true
            }
            if let late { return late }
        }
        guard let value = measure(window.total, correlation, isLatest: true) else { return nil }
        return isNews(condition.holds(value), at: window.latest, span: times.span) ? value : nil
    }

    private func measure(_ total: TimeWindow.Total, _ correlation: Correlation, isLatest: Bool) -> Double? {
        switch correlation.kind {
        case .eventCount: total.weight
        case .valueSum: total.sum
        case .valueAverage: total.weight > 0 ? total.sum / total.weight : nil
        default: isLatest ? percentile(correlation.condition?.percentile ?? 50) : nil
        }
    }

    /// By nearest rank.
    private func percentile(_ percentile: Double) -> Double? {
        let sorted = window.window.map { (value: $0.sum / $0.weight, weight: $0.weight) }.sorted { $0.value < $1.value }
        let wanted = percentile / 100 * window.total.weight
        var weight = 0.0
        for entry in sorted {
            weight += entry.weight
            if weight >= wanted - 1e-9 { return entry.value }
        }
        return sorted.last?.value
    }
}

/// `value_count`: the values of a window, each with the time when it was last seen.
final class DistinctState: GroupState {
    private var lastSeen: RecencyTable<UInt64, Int64>
    private var latest = Int64.min

    init(limit: Int) {
        lastSeen = RecencyTable(limit: limit)
    }

    override var size: Int { lastSeen.count }

    override func take(_ event: CorrelatedEvent, _ correlation: Correlation, _ times: CorrelationTimes) -> Double? {
        guard let condition = correlation.condition, let value = event.valueHash else { return nil }
        latest = max(latest, event.time)
        if event.time >= latest &- times.span {
            lastSeen.use(value, make: { event.time }, change: { $0 = max($0, event.time) })
        }
        expire(before: latest &- times.span)
        let count = Double(lastSeen.count)
        return isNews(condition.holds(count), at: latest, span: times.span) ? count : nil
    }

    /// Late values may stand before older ones, by no more than the allowed lateness; then they go a little later.
    private func expire(before time: Int64) {
        while let last = lastSeen.last, last.value < time { lastSeen.removeLast() }
    }
}

/// `value_percentile` without a percentile: the share of the event's value among all values of the window, in percent.
/// Each value is news by itself.
final class ShareState: GroupState {
    private var counts: [UInt64: Int] = [:]
    private var queue: [(time: Int64, value: UInt64)] = []
    private var head = 0
    private var firedAt: [UInt64: Int64] = [:]
    private var latest = Int64.min
    static let mostEntries = 65_536

    override var size: Int { queue.count - head }

    override func take(_ event: CorrelatedEvent, _ correlation: Correlation, _ times: CorrelationTimes) -> Double? {
        guard let condition = correlation.condition, let value = event.valueHash else { return nil }
        latest = max(latest, event.time)
        guard event.time >= latest &- times.span else { return nil }
        var place = queue.count
        while place > head, queue[place - 1].time > event.time { place -= 1 }
        queue.insert((event.time, value), at: place)
        counts[value, default: 0] += 1
        while head < queue.count, queue[head].time < latest &- times.span || queue.count - head > Self.mostEntries {
            drop(queue[head].value)
            head += 1
        }
        if head > 1024, head > queue.count / 2 {
            queue.removeFirst(head)
            head = 0
        }
        let share = 100 * Double(counts[value] ?? 0) / Double(queue.count - head)
        guard condition.holds(share) else {
            firedAt[value] = nil
            return nil
        }
        if let last = firedAt[value], event.time <= last &+ times.span { return nil }
        firedAt[value] = event.time
        return share
    }

    private func drop(_ value: UInt64) {
        let left = (counts[value] ?? 1) - 1
        counts[value] = left > 0 ? left : nil
        if left <= 0 { firedAt[value] = nil }
    }
}

/// `temporal`: when each rule was last seen.
final class TemporalState: GroupState {
    private var lastSeen: [Int64]
    private var latest = Int64.min

    init(stages: Int) {
        lastSeen = [Int64](repeating: .min, count: stages)
    }

    override func take(_ event: CorrelatedEvent, _ correlation: Correlation, _ times: CorrelationTimes) -> Double? {
        latest = max(latest, event.time)
        for stage in lastSeen.indices where event.stages & 1 << UInt64(stage) != 0 {
            lastSeen[stage] = max(lastSeen[stage], event.time)
        }
        let seen = Double(lastSeen.count { $0 != .min && $0 >= latest &- times.span })
        let holds = correlation.condition?.holds(seen) ?? (seen == Double(lastSeen.count))
        return isNews(holds, at: latest, span: times.span) ? seen : nil
    }
}

/// Ours, `new_terms`: when each combination of values was last seen.
final class TermsState: GroupState {
    private var lastSeen: RecencyTable<UInt64, Int64>
    private var first: Int64?

    init(limit: Int) {
        lastSeen = RecencyTable(limit: limit)
    }

    override var size: Int { lastSeen.count }

    override func take(_ event: CorrelatedEvent, _ correlation: Correlation, _ times: CorrelationTimes) -> Double? {
        guard let value = event.valueHash else { return nil }
        let start = first ?? event.time
        first = min(start, event.time)
        let known = lastSeen[value]
        lastSeen.use(value, make: { event.time }, change: { $0 = max($0, event.time) })
        if let known, event.time <= known &+ times.span { return nil }
        return event.time >= start &+ correlation.learning ? 1 : nil
    }
}
