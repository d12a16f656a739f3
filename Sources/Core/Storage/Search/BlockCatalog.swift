// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Lists the blocks of all days that a query may have hits in: the one with the latest event first.
///
/// It holds at most 512 entries of each day whose times overlap.
struct BlockCatalog {
    struct Item {
        var file: DayFile
        var entry: DayFile.Entry
    }

    /// What a day still has.
    private struct Source {
        var day: EventDay
        /// No block of the day that was not handed out has a later time.
        var bound: Int64
        var file: DayFile?
        var entries: ArraySlice<DayFile.Entry> = []
        var last: DayFile.Entry?
        var isAtEnd = false
    }

    private let files: EventFiles
    private let selection: DayFile.Selection
    private var sources: [Source] = []
    /// Days that could not be read any further.
    private(set) var damage: [EventDamage] = []
    private(set) var total = 0

    init(_ files: EventFiles, _ selection: DayFile.Selection, today: EventDay) {
        self.files = files
        self.selection = selection
        for day in files.days.reversed() {
            do throws(StorageError) {
                guard let range = try files.range(of: day, isWritten: day >= today) else { continue }
                guard range.lowerBound <= selection.latest, range.upperBound >= selection.earliest else { continue }
                total += try files.file(day).total(selection)
                sources.append(Source(day: day, bound: range.upperBound))
            } catch {
                note(error, day)
            }
        }
    }

    /// The next block.
    mutating func next() -> Item? {
        guard let place = prepare(), let file = sources[place].file, let entry = sources[place].entries.popFirst()
        else {
            return nil
        }
        sources[place].last = entry
        return Item(file: file, entry: entry)
    }

    /// The latest time that any block has which was not handed out; nil where there is none.
    mutating func latestLeft() -> Int64? {
        prepare().flatMap { sources[$0].entries.first?.summary.last }
    }

    /// Finds the day whose next block is the latest, and has its entries at hand.
    private mutating func prepare() -> Int? {
        while let place = latestSource {
            guard sources[place].entries.isEmpty else { return place }
            if sources[place].isAtEnd || !fill(place) {
                sources.remove(at: place)
                continue
            }
            if let entry = sources[place].entries.first { sources[place].bound = entry.summary.last }
        }
        return nil
    }

    /// Days later in the calendar first, where times are equal.
    private var latestSource: Int? {
        var best: Int?
        for (place, source) in sources.enumerated() {
            let bound = source.entries.first?.summary.last ?? source.bound
            if let current = best, bound <= sources[current].entries.first?.summary.last ?? sources[current].bound {
                continue
            }
            best = place
        }
        return best
    }

    /// - Returns: whether the day has more.
    private mutating func fill(_ place: Int) -> Bool {
        let day = sources[place].day
        do throws(StorageError) {
            let known = sources[place].file
            let file = if let known { known } else { try files.file(day) }
            let entries = try file.entries(selection, after: sources[place].last)
            sources[place].file = file
            sources[place].entries = entries[...]
            sources[place].isAtEnd = entries.isEmpty
            return !entries.isEmpty
        } catch {
            note(error, day)
            return false
        }
    }

    private mutating func note(_ error: StorageError, _ day: EventDay) {
        // A day that retention has just removed is not damaged.
        guard error.code != .notFound else { return }
        damage.append(EventDamage(file: files.path(day), block: nil, message: error.message))
    }
}
