// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A number that is kept for a name, such as a route, in one hour or day.
protocol Cell {
    /// What decides which names are kept apart.
    var weight: Int { get }
    var isOthers: Bool { get }
    /// The key of its names.
    var key: UInt64 { get }
    /// The same numbers for all names that are not kept apart.
    func amongOthers() -> Self
    mutating func add(_ other: Self)
}

/// Cells of one hour or day, a bounded number of them.
///
/// Where there are too many, those with the smallest numbers become one cell of "others", so that sums stay exact and what
/// has most stays apart, after the idea of lossy counting (Manku, Motwani 2002). A name that comes back begins at zero: its
/// number may be too small, never too large. In memory there may be half as many more, so that they are seldom sorted.
struct CellTable<Content: Cell> {
    private struct Slot {
        var cell: Content
        var isDirty = false
        /// Whether a row of it may be on disk.
        var isStored = false
    }

    private let capacity: Int
    private var slots: [UInt64: Slot] = [:]
    private var dirty: [UInt64] = []
    private(set) var removed: [Content] = []
    /// How many names were not kept apart.
    private(set) var folded = 0

    init(capacity: Int) {
        self.capacity = max(4, capacity)
    }

    var count: Int { slots.count }
    var isDirty: Bool { !dirty.isEmpty || !removed.isEmpty }

    /// Changes a cell, which is made where there is none.
    mutating func update(_ key: UInt64, _ make: () -> Content, _ change: (inout Content) -> Void) {
        if let place = slots.index(forKey: key) {
            change(&slots.values[place].cell)
            if !slots.values[place].isDirty {
                slots.values[place].isDirty = true
                dirty.append(key)
            }
            return
        }
        var cell = make()
        change(&cell)
        slots[key] = Slot(cell: cell, isDirty: true)
        dirty.append(key)
        if slots.count > capacity + capacity / 2 { prune() }
    }

    /// Brings the number of cells down to what is kept; before they are written.
    mutating func settle() {
        if slots.count > capacity { prune() }
    }

    /// Adds what a row on disk holds, once for each row.
    mutating func load(_ cell: Content) {
        if let place = slots.index(forKey: cell.key) {
            slots.values[place].cell.add(cell)
            slots.values[place].isStored = true
        } else {
            slots[cell.key] = Slot(cell: cell, isStored: true)
        }
    }

    private mutating func prune() {
        // Weights and keys are sorted, not the cells with their names.
        var light: [(weight: Int, key: UInt64)] = []
        light.reserveCapacity(slots.count)
        for (key, slot) in slots where !slot.cell.isOthers { light.append((slot.cell.weight, key)) }
        light.sort { $0.weight < $1.weight }
        for (_, key) in light.prefix(max(1, slots.count - capacity * 3 / 4)) {
            guard let slot = slots.removeValue(forKey: key) else { continue }
            if slot.isStored { removed.append(slot.cell) }
            folded += 1
            let others = slot.cell.amongOthers()
            var place = slots[others.key] ?? Slot(cell: others)
            if slots[others.key] != nil { place.cell.add(others) }
            if !place.isDirty {
                place.isDirty = true
                dirty.append(others.key)
            }
            slots[others.key] = place
        }
    }

    var allCells: [Content] { slots.values.map(\.cell) }

    /// The cells that differ from what is on disk.
    var dirtyCells: [Content] {
        dirty.compactMap { key in slots[key].flatMap { $0.isDirty ? $0.cell : nil } }
    }

    /// What was dirty is on disk now.
    mutating func confirm() {
        for key in dirty {
            guard let place = slots.index(forKey: key) else { continue }
            slots.values[place].isDirty = false
            slots.values[place].isStored = true
        }
        dirty.removeAll(keepingCapacity: true)
        removed.removeAll()
    }
}

/// The exchanges of a route.
struct RouteCell: Cell {
    var application: String
    var route: String
    var requests = 0
    var detections = 0
    var wouldStop = 0
    var stopped = 0

    var weight: Int { requests + 8 * detections }
    var isOthers: Bool { route == CellNames.others }
    var key: UInt64 { NameHash.of(application, route) }
    func amongOthers() -> RouteCell {
        var cell = self
        cell.route = CellNames.others
        return cell
    }
    mutating func add(_ other: RouteCell) {
        requests += other.requests
        detections += other.detections
        wouldStop += other.wouldStop
        stopped += other.stopped
    }
}

/// The exchanges that a rule stopped or would have stopped on a route.
struct StopCell: Cell {
    var application: String
    var rule: String
    var route: String
    var statusClass: Int
    var wouldStop = 0
    var stopped = 0
    var clients = ClientSketch()

    var weight: Int { wouldStop + stopped }
    var isOthers: Bool { route == CellNames.others }
    var key: UInt64 { NameHash.of(application, rule, route, statusClass) }
    func amongOthers() -> StopCell {
        var cell = self
        cell.route = CellNames.others
        return cell
    }
    mutating func add(_ other: StopCell) {
        wouldStop += other.wouldStop
        stopped += other.stopped
        clients.formUnion(other.clients)
    }
}

/// The detections of a client.
struct ClientCell: Cell {
    var application: String
    var client: String
    var detections = 0
    var wouldStop = 0
    var stopped = 0
    var worst = 0

    var weight: Int { detections }
    var isOthers: Bool { client == CellNames.others }
    var key: UInt64 { NameHash.of(application, client) }
    func amongOthers() -> ClientCell {
        var cell = self
        cell.client = CellNames.others
        return cell
    }
    mutating func add(_ other: ClientCell) {
        detections += other.detections
        wouldStop += other.wouldStop
        stopped += other.stopped
        worst = max(worst, other.worst)
    }
}

/// Hashes of names, seeded anew by each process, so that nobody can make names that collide.
enum NameHash {
    static func of(_ first: String, _ second: String) -> UInt64 {
        var hasher = Hasher()
        combine(first, &hasher)
        combine(second, &hasher)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The same for a name that is bytes; what is not UTF-8 in it has another hash than its text.
    static func of(_ first: String, _ second: [UInt8]) -> UInt64 {
        var hasher = Hasher()
        combine(first, &hasher)
        second.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(second.count)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    static func of(_ first: String, _ second: String, _ third: String, _ number: Int) -> UInt64 {
        var hasher = Hasher()
        combine(first, &hasher)
        combine(second, &hasher)
        combine(third, &hasher)
        hasher.combine(number)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    static func of(_ text: String) -> UInt64 {
        var hasher = Hasher()
        combine(text, &hasher)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private static func combine(_ text: String, _ hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(text.utf8.count)
    }
}
