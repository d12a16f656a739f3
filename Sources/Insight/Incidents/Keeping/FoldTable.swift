// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Detections that are alike and follow each other within a window become one row.
///
/// A window begins with its first detection and is over some seconds later, whatever comes; those that are over are told of
/// in the order in which they began. Memory is bounded: the oldest window ends early when there are too many.
struct FoldTable {
    /// One window, which is one row; a class, as it is large and changes with each detection.
    final class Entry {
        var row: DetectionRow
        /// When the window ends, on a clock that only goes forward, in nanoseconds.
        var end: Int64
        /// What its detections belong to; nil for those that belong to no incident.
        var group: IncidentGroupKey?
        var pending = Occurrences()
        /// Whether more came than the row on disk tells of.
        var hasGrown = false

        init(row: DetectionRow, end: Int64, group: IncidentGroupKey?) {
            self.row = row
            self.end = end
            self.group = group
        }
    }

    private let capacity: Int
    private let window: Int64
    private var entries: [UInt64: Entry] = [:]
    /// Keys in the order in which their windows began.
    private var order: [(key: UInt64, end: Int64)] = []
    private var head = 0
    /// Entries that have grown.
    private var touched: [UInt64] = []

    static let mostSamples = 3

    init(capacity: Int, window: Int64) {
        self.capacity = max(1, capacity)
        self.window = window
    }

    var count: Int { entries.count }

    /// Notes another exchange of a window.
    ///
    /// - Parameters:
    ///   - now: on the clock that only goes forward.
    ///   - sample: what the exchange is called; asked for only where there is room.
    ///   - apply: counts what is pending, before exchanges of another minute come.
    /// - Returns: false where there is no such window, or it is over.
    mutating func note(
        _ key: UInt64,
        _ exchange: Exchange,
        now: Int64,
        _ folding: DetectionRow.Folding,
        sample: () -> String?,
        apply: (Entry) -> Void
    ) -> Bool {
        guard let entry = entries[key], entry.end > now else { return false }
        if entry.pending.isOtherMinute(than: exchange) { apply(entry) }
        entry.pending.add(exchange)
        entry.row.count += 1
        entry.row.lastTime = max(entry.row.lastTime, exchange.time)
        entry.row.folding = folding
        if entry.row.samples.count < Self.mostSamples, let sample = sample() { entry.row.samples.append(sample) }
        if !entry.hasGrown {
            entry.hasGrown = true
            touched.append(key)
        }
        return true
    }

    /// Begins a window.
    mutating func begin(_ key: UInt64, _ row: DetectionRow, _ group: IncidentGroupKey?, now: Int64) {
        let end = now + window
        entries[key] = Entry(row: row, end: end, group: group)
        order.append((key, end))
    }

    /// Ends windows that are over, and the oldest ones where there are too many.
    mutating func end(now: Int64, _ body: (Entry) -> Void) {
        while head < order.count, order[head].end <= now || entries.count > capacity {
            let (key, end) = order[head]
            head += 1
            // It may have ended meanwhile, and another one begun.
            guard let entry = entries[key], entry.end == end else { continue }
            if entry.hasGrown { body(entry) }
            entries[key] = nil
        }
        if head > 1024, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
    }

    /// Hands out the windows that grew since this was last called.
    mutating func takeGrown(_ body: (Entry) -> Void) {
        for key in touched {
            guard let entry = entries[key], entry.hasGrown else { continue }
            body(entry)
            entry.hasGrown = false
        }
        touched.removeAll(keepingCapacity: true)
    }
}

/// One exchange, as numbers need it.
struct Exchange {
    /// Nanoseconds since 1970.
    var time: Int64
    /// By the first digit of the answer's status.
    var statusClass: Int
    var outcome: DetectionOutcome

    /// The start of its minute, in seconds since 1970.
    var minute: Int64 { RollUpLevel.minute.start(of: time) }
}

/// Exchanges of one minute that were noted and not counted yet.
struct Occurrences {
    /// In seconds since 1970.
    private(set) var minute: Int64 = 0
    private(set) var byStatusClass = InlineArray<6, Int>(repeating: 0)
    private(set) var count = 0
    private(set) var lastTime: Int64 = .min

    init() {}

    init(_ exchange: Exchange) {
        add(exchange)
    }

    func isOtherMinute(than exchange: Exchange) -> Bool { count > 0 && minute != exchange.minute }

    mutating func add(_ exchange: Exchange) {
        minute = exchange.minute
        byStatusClass[min(max(0, exchange.statusClass), 5)] += 1
        count += 1
        lastTime = max(lastTime, exchange.time)
    }
}

/// Whom and what an incident is about.
struct IncidentGroupKey: Hashable, Sendable {
    /// An entity's text; empty for none, ``CellNames/others`` for many.
    var client: String
    /// The technique, or the kind where there is none.
    var theme: String
}
