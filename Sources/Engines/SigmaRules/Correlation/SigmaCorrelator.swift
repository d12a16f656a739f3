// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How much correlations remember.
package struct SigmaCorrelationLimits: Sendable {
    /// The groups of one correlation; of more, the one that was not seen for longest is forgotten and counted.
    package var groups = 100_000
    /// The times and values of all groups of one correlation together; beyond, whole groups are forgotten.
    package var entries = 1 << 20
    /// The values of one group that are told apart.
    package var values = 65_536
    /// How much older than the newest event another may be, in nanoseconds. One that is later is not correlated.
    package var lateness: Int64 = 30_000_000_000
    /// How far ahead of the caller's clock an event's time may be, in nanoseconds, where the caller tells its clock.
    package var future: Int64 = 86_400_000_000_000

    package init() {}
}

/// A correlation that held.
package struct SigmaFiring: Sendable, Hashable {
    /// The correlation's index in its set.
    package var rule: Int
    /// The event's time that made it hold, in nanoseconds since 1970.
    package var time: Int64
    /// The values of the group, in the order of `group-by`.
    package var group: [String]
    /// The count, sum, average or share that was measured; of sequences and temporal ones how many rules were seen.
    package var value: Double
}

/// What correlations left out, to be watched: all are 0 as long as limits fit.
package struct SigmaCorrelationCounters: Sendable, Hashable {
    /// Events that were older than the allowed lateness.
    package var late: UInt64 = 0
    /// Events whose time is further ahead than allowed.
    package var future: UInt64 = 0
    /// Events without a time that could be read; they count as of now.
    package var untimed: UInt64 = 0
    /// Events that lack a field of `group-by`; they belong to no group.
    package var ungrouped: UInt64 = 0
    /// Groups that were forgotten because there were too many.
    package var evictedGroups: UInt64 = 0
}

/// Runs a set's correlations over what matched, in the order of events. One for each stream; partitioned streams need
/// all events of a group in one of them.
///
/// Windows slide with the events' own times, and hold both of their ends. A correlation fires once when its condition
/// comes to hold, and again when it did not hold in between or when a whole window has passed since; chains of ordered
/// ones begin anew. Conditions are looked at when an event comes, so one such as `lt: 5` holds from the first event on.
package final class SigmaCorrelator {
    private let set: SigmaRuleSet
    private let limits: SigmaCorrelationLimits
    private var tables: [RecencyTable<[UInt8], GroupState>]
    private var sizes: [Int]
    /// The correlations that a rule is part of, as indexes into the set's correlations.
    private var correlationsOfRule: [Int: [Int]] = [:]
    private var slots: [ObjectIdentifier: FieldSlots] = [:]
    private var latest = Int64.min
    /// Chains that wait for what must not come, until the time is over.
    private var pending = DeadlineHeap<PendingChain>()

    private struct PendingChain {
        var correlation: Int
        var group: [UInt8]
        var deadline: Int64
    }

    private static let mostPending = 100_000
    package private(set) var counters = SigmaCorrelationCounters()

    package init(_ set: SigmaRuleSet, limits: SigmaCorrelationLimits = SigmaCorrelationLimits()) {
        self.set = set
        self.limits = limits
        tables = set.correlations.map { _ in RecencyTable(limit: limits.groups) }
        sizes = set.correlations.map { _ in 0 }
        for (index, correlation) in set.correlations.enumerated() {
            for rule in correlation.groupFields.keys { correlationsOfRule[rule, default: []].append(index) }
        }
    }

    /// Takes what matched an event.
    ///
    /// - Parameters:
    ///   - matched: the rules' indexes, as ``SigmaMatcher/match(_:)`` returned them.
    ///   - matcher: the matcher, which still has the event.
    ///   - time: when the event happened, in nanoseconds since 1970; nil to read it from the event.
    ///   - clock: the caller's time, to refuse events from the future; nil to take all.
    /// - Returns: what fired, in the order of evaluation.
    package func take(
        _ matched: UnsafeBufferPointer<UInt32>,
        from matcher: SigmaMatcher,
        time: Int64? = nil,
        clock: Int64? = nil
    ) -> [SigmaFiring] {
        guard !set.correlations.isEmpty, let now = arrivalTime(matcher, time, clock) else { return [] }
        var firings = latest == .min ? [] : advance(to: latest &- limits.lateness)
        guard matched.contains(where: { correlationsOfRule[Int($0)] != nil }) else { return firings }
        var matchedRules = Set(matched.map { Int($0) })
        let slots = slots(of: matcher.program)
        for (index, correlation) in set.correlations.enumerated() {
            let rules = correlation.groupFields.keys.filter { matchedRules.contains($0) }.sorted()
            for rule in rules {
                let stage = self.stage(correlation, rule)
                guard let firing = take(index, rule, stage, matcher, slots, now) else { continue }
                firings.append(firing)
                matchedRules.insert(firing.rule)
            }
        }
        return firings
    }

    /// Lets time pass without an event, for correlations that fire when something did not come.
    ///
    /// - Parameter time: up to when all events have come, in nanoseconds since 1970.
    package func advance(to time: Int64) -> [SigmaFiring] {
        guard pending.next < time else { return [] }
        var firings: [SigmaFiring] = []
        while pending.next < time, let item = pending.removeNext() {
            let correlation = set.correlations[item.correlation]
            guard let state = tables[item.correlation][item.group] as? SequenceState,
                state.takePending(at: time, span: correlation.timespan)
            else { continue }
            let value = Double(correlation.stages.count { !$0.isMissing })
            firings.append(
                SigmaFiring(
                    rule: correlation.rule,
                    time: item.deadline,
                    group: GroupKey.texts(item.group),
                    value: value
                )
            )
        }
        return firings
    }

    // MARK: Time

    /// The time that an event counts at; nil where it is not correlated.
    private func arrivalTime(_ matcher: SigmaMatcher, _ time: Int64?, _ clock: Int64?) -> Int64? {
        var found = time
        if found == nil {
            for slot in slots(of: matcher.program).times where found == nil {
                found = matcher.firstText(slot).flatMap { EventTime.nanoseconds($0) }
            }
        }
        guard let found else {
            counters.untimed += 1
            latest = max(latest, clock ?? latest)
            return latest == .min ? 0 : latest
        }
        if let clock, found > clock &+ limits.future {
            counters.future += 1
            return nil
        }
        guard latest == .min || found >= latest &- limits.lateness else {
            counters.late += 1
            return nil
        }
        latest = max(latest, found)
        return found
    }

    // MARK: Correlations

    private func stage(_ correlation: Correlation, _ rule: Int) -> UInt64 {
        var stages: UInt64 = 0
        for (index, stage) in correlation.stages.enumerated() where stage.rule == rule {
            stages |= 1 << UInt64(index)
        }
        return stages
    }

    private func take(
        _ index: Int,
        _ rule: Int,
        _ stages: UInt64,
        _ matcher: SigmaMatcher,
        _ slots: FieldSlots,
        _ time: Int64
    ) -> SigmaFiring? {
        let correlation = set.correlations[index]
        guard let group = GroupKey.make(slots.groups[index][rule] ?? [], matcher) else {
            counters.ungrouped += 1
            return nil
        }
        var fired: Double?
        let valueSlots = slots.values[index]
        if valueSlots.count == 1, correlation.kind != .eventCount {
            // Each value of an array counts.
            _ = matcher.forEachValue(of: valueSlots[0]) { value in
                guard value.hasText else { return false }
                var event = CorrelatedEvent(time: time, stages: stages, isUntil: false)
                event.valueHash = GroupKey.hash(value.text)
                event.number = ValueTesting.number(value.text)
                fired = take(event, index, group) ?? fired
                return false
            }
        } else {
            var event = CorrelatedEvent(time: time, stages: stages, isUntil: correlation.until.contains(rule))
            if valueSlots.count > 1 {
                guard let key = GroupKey.make(valueSlots, matcher) else { return nil }
                event.valueHash = key.withUnsafeBufferPointer { GroupKey.hash($0) }
            }
            fired = take(event, index, group)
        }
        return fired.map {
            SigmaFiring(rule: correlation.rule, time: time, group: GroupKey.texts(group), value: $0)
        }
    }

    private func take(_ event: CorrelatedEvent, _ index: Int, _ group: [UInt8]) -> Double? {
        let correlation = set.correlations[index]
        let times = CorrelationTimes(span: correlation.timespan, lateness: limits.lateness)
        if tables[index].count == limits.groups, tables[index][group] == nil { dropLast(index) }
        var newlyPending: Int64?
        let change = { (state: inout GroupState) -> (Double?, Int) in
            let size = state.size
            let wasPending = (state as? SequenceState)?.pendingStart
            let value = state.take(event, correlation, times)
            if let start = (state as? SequenceState)?.pendingStart, start != wasPending { newlyPending = start }
            return (value, state.size - size)
        }
        let (value, growth) = tables[index].use(group, make: { makeState(correlation) }, change: change)
        sizes[index] += growth
        while sizes[index] > limits.entries, tables[index].count > 1 { dropLast(index) }
        if let start = newlyPending {
            if pending.count >= Self.mostPending {
                _ = pending.removeNext()
                counters.evictedGroups += 1
            }
            let deadline = start &+ correlation.timespan
            pending.insert(PendingChain(correlation: index, group: group, deadline: deadline), at: deadline)
        }
        return value
    }

    private func dropLast(_ index: Int) {
        guard let last = tables[index].last else { return }
        sizes[index] -= last.value.size
        tables[index].removeLast()
        counters.evictedGroups += 1
    }

    private func makeState(_ correlation: Correlation) -> GroupState {
        switch correlation.kind {
        case .eventCount, .valueSum, .valueAverage, .detection: NumberState()
        case .valueCount: DistinctState(limit: limits.values)
        case .valuePercentile: correlation.condition?.percentile == nil ? ShareState() : NumberState()
        case .temporal: TemporalState(stages: correlation.stages.count)
        case .temporalOrdered, .sequence: SequenceState(correlation)
        case .newTerms: TermsState(limit: limits.values)
        }
    }

    // MARK: Fields

    /// Where a program has the fields that correlations read.
    private struct FieldSlots {
        /// By correlation and rule.
        var groups: [[Int: [Int]]]
        var values: [[Int]]
        var times: [Int]
        /// Held so that no other program gets its place in memory, which is its key.
        var program: SigmaProgram
    }

    private func slots(of program: SigmaProgram) -> FieldSlots {
        let key = ObjectIdentifier(program)
        if let slots = slots[key] { return slots }
        let find = { (field: String) in program.slotOfField[field] ?? 0 }
        let made = FieldSlots(
            groups: set.correlations.map { $0.groupFields.mapValues { $0.map(find) } },
            values: set.correlations.map { ($0.condition?.fields ?? []).map(find) },
            times: EventTime.fields.map(find).filter { $0 != 0 },
            program: program
        )
        slots[key] = made
        return made
    }
}

/// The values that make a group, as one key.
enum GroupKey {
    /// - Returns: nil where one of the fields has no value.
    static func make(_ slots: [Int], _ matcher: SigmaMatcher) -> [UInt8]? {
        var key: [UInt8] = []
        for slot in slots {
            guard slot > 0, let text = matcher.firstText(slot) else { return nil }
            let part = text.prefix(mostBytes)
            let count = UInt32(part.count)
            key += [UInt8(count >> 8), UInt8(count & 0xFF)]
            key += part
        }
        return key
    }

    /// Longer values are told apart by their beginnings.
    private static let mostBytes = 4096

    static func texts(_ key: [UInt8]) -> [String] {
        var texts: [String] = []
        var place = 0
        while place + 2 <= key.count {
            let end = min(key.count, place + 2 + (Int(key[place]) << 8) + Int(key[place + 1]))
            texts.append(String(decoding: key[(place + 2)..<max(place + 2, end)], as: UTF8.self))
            place = max(place + 2, end)
        }
        return texts
    }

    /// Seeded anew by each process, so that nobody can make values that collide.
    static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(text))
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
