// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// The exceptions of one control, by the rules that they name.
struct ExceptionTable: Sendable {
    private struct Entry: Sendable {
        let exception: PolicyException
        let expires: Int64
        let network: IPNetwork?
    }

    /// In the order of what it costs to look at them: those with the fewest conditions first.
    private var entries: [Entry]
    private var byRule: [RuleID: [Int]] = [:]
    private var byTag: [String: [Int]] = [:]
    private var ranges: [(range: ClosedRange<Int>, index: Int)] = []

    init(_ exceptions: [PolicyException]) {
        let sorted = exceptions.sorted { ($0.cost, $0.id) < ($1.cost, $1.id) }
        entries = sorted.map { Entry(exception: $0, expires: $0.expires ?? .max, network: $0.client?.network) }
        for (index, exception) in sorted.enumerated() {
            switch exception.rules {
            case .rule(let rule): byRule[rule, default: []].append(index)
            case .tag(let tag): byTag[tag, default: []].append(index)
            case .range(let range): ranges.append((range, index))
            }
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The cheapest exception that lets a detection pass; nil where none does.
    func exception(for detection: Detection, _ facts: ActivityFacts, at time: Int64) -> PolicyException? {
        var best = Int.max
        consider(byRule[detection.rule] ?? [], &best, detection, facts, time)
        if !byTag.isEmpty {
            for tag in detection.tags {
                consider(byTag[tag] ?? [], &best, detection, facts, time)
            }
        }
        if let number = detection.rule.number {
            for (range, index) in ranges where index < best && range.contains(number) {
                consider([index], &best, detection, facts, time)
            }
        }
        return best < entries.count ? entries[best].exception : nil
    }

    /// Those that hold for an activity, whatever it is detected for: an engine can leave out what they name.
    func exceptions(holdingFor facts: ActivityFacts, at time: Int64) -> [PolicyException] {
        entries.compactMap { holds($0, facts, time) ? $0.exception : nil }
    }

    private func consider(
        _ indices: [Int],
        _ best: inout Int,
        _ detection: Detection,
        _ facts: ActivityFacts,
        _ time: Int64
    ) {
        for index in indices {
            guard index < best else { return }
            let entry = entries[index]
            if let target = entry.exception.target, !target.covers(detection.target) { continue }
            if holds(entry, facts, time) {
                best = index
                return
            }
        }
    }

    private func holds(_ entry: Entry, _ facts: ActivityFacts, _ time: Int64) -> Bool {
        guard entry.expires > time else { return false }
        if let client = entry.exception.client, !facts.concerns(client, network: entry.network) { return false }
        if let type = entry.exception.contentType, facts.contentType.map(type.covers) != true { return false }
        return facts.isAt(entry.exception.place)
    }
}

extension PolicyException {
    /// What has to be compared: a route costs most, then a client, a target, an application.
    fileprivate var cost: Int {
        let place =
            switch self.place {
            case .installation: 0
            case .application, .namespace, .workload: 1
            case .route: 8
            }
        return place + (target == nil ? 0 : 2) + (client == nil ? 0 : 4) + (contentType == nil ? 0 : 2)
    }
}
