// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `temporal_ordered`, and our `sequence`: rules in order, with some that must not come in between.
///
/// For each number of stages that were passed, the newest chain that passed them is kept, by the time of its first
/// event: what a newer chain cannot complete in time, an older one cannot either. So a group takes the same room
/// however many events it has. A short history lets late events be put in their place by going through it again.
final class SequenceState: GroupState {
    private struct Chain {
        var start: Int64
        var last: Int64
    }

    /// By number of stages passed; the first one is not used.
    private var chains: [Chain?]
    /// When a rule was seen that must not come before the first stage.
    private var unwantedBefore = Int64.min
    /// A complete chain that waits for what must not come behind it: when it started.
    private(set) var pendingStart: Int64?
    private var history: [CorrelatedEvent] = []
    private static let mostHistory = 256

    /// The stages that have to come, and for each place between them the ones that must not.
    private let wanted: [Int]
    private let unwanted: [UInt64]

    override var size: Int { history.count + 1 }

    init(_ correlation: Correlation) {
        var wanted: [Int] = []
        var unwanted: [UInt64] = [0]
        for (index, stage) in correlation.stages.enumerated() {
            if stage.isMissing {
                unwanted[unwanted.count - 1] |= 1 << UInt64(index)
            } else {
                wanted.append(index)
                unwanted.append(0)
            }
        }
        self.wanted = wanted
        self.unwanted = unwanted
        chains = [Chain?](repeating: nil, count: wanted.count + 1)
    }

    override func take(_ event: CorrelatedEvent, _ correlation: Correlation, _ times: CorrelationTimes) -> Double? {
        let isLate = history.last.map { event.time < $0.time } ?? false
        remember(event, times)
        guard isLate else { return step(event, times) ? Double(wanted.count) : nil }
        forget()
        var fires = false
        let events = history
        for event in events where step(event, times) { fires = true }
        return fires ? Double(wanted.count) : nil
    }

    private func remember(_ event: CorrelatedEvent, _ times: CorrelationTimes) {
        var place = history.count
        while place > 0, history[place - 1].time > event.time { place -= 1 }
        history.insert(event, at: place)
        guard let latest = history.last?.time else { return }
        let old = history.prefix { $0.time < latest &- times.span &- times.lateness }.count
        let surplus = max(old, history.count - Self.mostHistory)
        if surplus > 32 || history.count > Self.mostHistory { history.removeFirst(surplus) }
    }

    private func forget() {
        for index in chains.indices { chains[index] = nil }
        unwantedBefore = .min
        pendingStart = nil
    }

    /// - Returns: whether a chain is complete.
    private func step(_ event: CorrelatedEvent, _ times: CorrelationTimes) -> Bool {
        if event.isUntil { forget() }
        if event.stages & unwanted[0] != 0 { unwantedBefore = max(unwantedBefore, event.time) }
        for passed in 1..<chains.count where event.stages & unwanted[passed] != 0 {
            chains[passed] = nil
            if passed == wanted.count { pendingStart = nil }
        }
        // From the last stage to the first, so that one event is not two stages of a chain.
        for place in wanted.indices.reversed() where event.stages & 1 << UInt64(wanted[place]) != 0 {
            if place == 0 {
                let isFree = unwantedBefore == .min || event.time > unwantedBefore &+ times.span
                if isFree { chains[1] = Chain(start: event.time, last: event.time) }
            } else if let chain = chains[place], event.time >= chain.last, event.time <= chain.start &+ times.span {
                chains[place + 1] = Chain(start: chain.start, last: event.time)
            }
        }
        guard let complete = chains[wanted.count] else { return false }
        chains[wanted.count] = nil
        guard unwanted[wanted.count] == 0 else {
            pendingStart = pendingStart ?? complete.start
            return false
        }
        forget()
        history.removeAll(keepingCapacity: true)
        return true
    }

    /// Whether what must not come behind the last stage has not come in time.
    func takePending(at time: Int64, span: Int64) -> Bool {
        guard let start = pendingStart, time > start &+ span else { return false }
        forget()
        history.removeAll(keepingCapacity: true)
        return true
    }
}
