// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Numbers with their times, and the sum of those in a window that ends with the latest one.
///
/// Times come nearly in order: one that is late is put in its place from the end on. The window holds both of its ends.
/// Entries are kept for a while behind it, since a late one may complete an earlier window. Where there are more than
/// the limit, neighbours are joined, which halves their number and blurs times by a small part of the window.
struct TimeWindow {
    struct Entry {
        var time: Int64
        /// How many events it stands for.
        var weight: Double
        /// The sum of their numbers.
        var sum: Double
    }

    struct Total {
        var weight = 0.0
        var sum = 0.0

        mutating func add(_ entry: Entry, _ sign: Double = 1) {
            weight += sign * entry.weight
            sum += sign * entry.sum
        }
    }

    private(set) var entries: [Entry] = []
    /// The first entry that is kept, and the first of the window.
    private var head = 0
    private var windowHead = 0
    private(set) var total = Total()
    private(set) var latest = Int64.min

    static let mostEntries = 4096

    /// How many entries are kept.
    var count: Int { entries.count - head }

    /// Adds a number.
    ///
    /// - Parameters:
    ///   - span: the window's length; both ends count.
    ///   - retention: how long entries are kept behind the window.
    mutating func add(_ number: Double, at time: Int64, span: Int64, retention: Int64) {
        var place = entries.count
        while place > head, entries[place - 1].time > time { place -= 1 }
        let entry = Entry(time: time, weight: 1, sum: number)
        entries.insert(entry, at: place)
        if place >= windowHead, time >= latest &- span || latest == .min {
            total.add(entry)
        } else {
            windowHead += 1
        }
        latest = max(latest, time)
        while windowHead < entries.count, entries[windowHead].time < latest &- span {
            total.add(entries[windowHead], -1)
            windowHead += 1
        }
        while head < windowHead, entries[head].time < latest &- span &- retention { head += 1 }
        if entries.count - head > Self.mostEntries { join() }
        if head > 64, head > entries.count / 2 { compact() }
    }

    /// Goes through the windows that hold a time and end before the latest one, in one pass over the entries.
    ///
    /// - Parameter body: told when a window ends and what lies in it; true to stop there.
    func forEachWindow(around time: Int64, span: Int64, _ body: (Int64, Total) -> Bool) {
        var total = Total()
        var (first, last) = (head, head)
        while last < entries.count {
            let end = entries[last].time
            guard end < latest, end <= time &+ span else { return }
            while last < entries.count, entries[last].time == end {
                total.add(entries[last])
                last += 1
            }
            while entries[first].time < end &- span {
                total.add(entries[first], -1)
                first += 1
            }
            if end >= time, body(end, total) { return }
        }
    }

    /// The numbers in the latest window.
    var window: ArraySlice<Entry> { entries[windowHead...] }

    private mutating func compact() {
        entries.removeFirst(head)
        windowHead -= head
        head = 0
        total = Total()
        for entry in entries[windowHead...] { total.add(entry) }
    }

    /// The later of two neighbours stands for both.
    private mutating func join() {
        compact()
        var joined: [Entry] = []
        joined.reserveCapacity(entries.count / 2 + 1)
        var newHead = 0
        var index = 0
        while index < entries.count {
            if index == windowHead { newHead = joined.count }
            var entry = entries[index]
            index += 1
            if index < entries.count, index != windowHead {
                entry.weight += entries[index].weight
                entry.sum += entries[index].sum
                entry.time = entries[index].time
                index += 1
            }
            joined.append(entry)
        }
        entries = joined
        windowHead = windowHead == 0 ? 0 : newHead
    }
}
