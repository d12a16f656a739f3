// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

/// What is counted and not on disk yet: roll-ups, cells, entities, applications, notes on rules.
///
/// Cells and notes are whole values and the rest are differences, so that a write that failed can be tried again. All of it
/// is bounded; what no longer fits is counted as uncounted.
struct Numbers {
    private struct TrafficKey: Hashable {
        /// In seconds since 1970.
        var start: Int64
        var application: Int
        var statusClass: UInt8
        var outcome: UInt8
    }

    private struct DetectionKey: Hashable {
        var start: Int64
        var application: String
        var rule: String
        var severity: Int
        var outcome: Int
    }

    private struct EntityTally {
        var firstSeen: Int64
        var lastSeen: Int64
        var detections = 0
        var wouldStop = 0
        var stopped = 0
        var worst = 0
    }

    private struct ApplicationTally {
        var firstSeen: Int64
        var lastSeen: Int64
        var lastDetection: Int64?
        var exchanges = 0
    }

    private static let mostKeys = 200_000
    private static let mostEntities = 50_000
    private static let mostRules = 10_000

    private var traffic: [TrafficKey: Int] = [:]
    private var detections: [DetectionKey: Int] = [:]
    private var entities: [Entity: EntityTally] = [:]
    private var applicationTallies: [Int: ApplicationTally] = [:]
    private var notes: [String: RuleNote] = [:]
    private var newNotes: Set<String> = []
    private var books: CellBooks
    private(set) var applications: NameGate
    private var lostCounts = 0
    private var foldedRules = 0

    init(cellsPerHour: Int) {
        books = CellBooks(capacity: cellsPerHour)
        applications = NameGate(capacity: 1000)
    }

    /// Names that were not kept apart.
    var namesFolded: Int { books.folded + applications.folded + foldedRules }
    /// Numbers that could not be added, as too many waited for the disk.
    var uncounted: Int { lostCounts + books.uncounted }

    /// Whether so much waits that it should not wait longer.
    var shouldBeWritten: Bool { books.shouldBeWritten }

    var isEmpty: Bool {
        traffic.isEmpty && detections.isEmpty && entities.isEmpty && applicationTallies.isEmpty && newNotes.isEmpty
            && !books.isDirty
    }

    /// The number and name of an application.
    mutating func application(_ name: UnsafeBufferPointer<UInt8>) -> (number: Int, name: String) {
        applications.number(of: name)
    }

    // MARK: Counting

    /// Counts an exchange, whether something was detected or not.
    ///
    /// - Parameter shape: its route, as UTF-8.
    mutating func count(_ exchange: Exchange, application: (number: Int, name: String), shape: [UInt8]) {
        let key = TrafficKey(
            start: exchange.minute,
            application: application.number,
            statusClass: UInt8(exchange.statusClass),
            outcome: UInt8(exchange.outcome.rawValue)
        )
        if let place = traffic.index(forKey: key) {
            traffic.values[place] += 1
        } else if traffic.count < Self.mostKeys {
            traffic[key] = 1
        } else {
            lostCounts += 1
        }
        var tally =
            applicationTallies[application.number]
            ?? ApplicationTally(firstSeen: exchange.time, lastSeen: exchange.time)
        tally.firstSeen = min(tally.firstSeen, exchange.time)
        tally.lastSeen = max(tally.lastSeen, exchange.time)
        tally.exchanges += 1
        applicationTallies[application.number] = tally
        let name = application.name
        let route = NameHash.of(name, shape)
        books.update(seconds: exchange.minute) { book in
            book.routes.update(route) {
                RouteCell(application: name, route: String(decoding: shape, as: UTF8.self))
            } _: {
                $0.requests += 1
            }
        }
    }

    /// Counts exchanges in which something was detected.
    ///
    /// - Parameter client: the text of the row's client; empty for none.
    mutating func count(_ row: DetectionRow, _ occurrences: Occurrences, client: String) {
        let rule = keptRule(row)
        let key = DetectionKey(
            start: occurrences.minute,
            application: row.application,
            rule: rule,
            severity: row.severity.level,
            outcome: row.outcome.rawValue
        )
        if let place = detections.index(forKey: key) {
            detections.values[place] += occurrences.count
        } else if detections.count < Self.mostKeys {
            detections[key] = occurrences.count
        } else {
            lostCounts += occurrences.count
        }
        let isFlood = row.folding == .flood
        let names = CellNames.OfRow(
            application: row.application,
            rule: rule,
            client: isFlood ? CellNames.others : client,
            route: isFlood ? CellNames.others : row.route
        )
        books.update(seconds: occurrences.minute) { book in book.count(row, occurrences, names) }
        if let entity = row.client { count(entity, row, occurrences) }
        let number = applications.number(ofText: row.application).number
        var tally =
            applicationTallies[number] ?? ApplicationTally(firstSeen: row.time, lastSeen: occurrences.lastTime)
        tally.lastDetection = max(tally.lastDetection ?? .min, occurrences.lastTime)
        tally.lastSeen = max(tally.lastSeen, occurrences.lastTime)
        applicationTallies[number] = tally
    }

    private mutating func count(_ entity: Entity, _ row: DetectionRow, _ occurrences: Occurrences) {
        var place = entities.index(forKey: entity)
        if place == nil, entities.count < Self.mostEntities {
            entities[entity] = EntityTally(firstSeen: row.time, lastSeen: occurrences.lastTime)
            place = entities.index(forKey: entity)
        }
        guard let place else {
            lostCounts += occurrences.count
            return
        }
        var tally = entities.values[place]
        tally.firstSeen = min(tally.firstSeen, row.time)
        tally.lastSeen = max(tally.lastSeen, occurrences.lastTime)
        tally.detections += occurrences.count
        if row.outcome == .wouldStop { tally.wouldStop += occurrences.count }
        if row.outcome.isStopped { tally.stopped += occurrences.count }
        tally.worst = max(tally.worst, row.severity.level)
        entities.values[place] = tally
    }

    /// The rule, or "others" where too many are known; also notes what it says of itself.
    private mutating func keptRule(_ row: DetectionRow) -> String {
        if let known = notes.index(forKey: row.rule) {
            // A message may tell what it saw; the first one is as good as any.
            if !row.kind.isEmpty, notes.values[known].kind.isEmpty {
                notes.values[known] = RuleNote(row)
                newNotes.insert(row.rule)
            }
            return row.rule
        }
        guard notes.count < Self.mostRules else {
            foldedRules += 1
            return CellNames.others
        }
        notes[row.rule] = RuleNote(row)
        newNotes.insert(row.rule)
        return row.rule
    }

    // MARK: The disk

    /// Reads what has to be known before writing.
    mutating func load(_ database: Database) throws(StorageError) {
        try books.load(database)
    }

    func write(_ connection: Connection) throws(StorageError) {
        try writeTraffic(connection)
        try writeDetections(connection)
        for (entity, tally) in entities {
            try connection.execute(
                InsightSQL.growEntity,
                [
                    .text(entity.kind.rawValue), .text(entity.key), .integer(tally.firstSeen), .integer(tally.lastSeen),
                    .integer(tally.detections), .integer(tally.wouldStop), .integer(tally.stopped),
                    .integer(tally.worst),
                ]
            )
        }
        for (number, tally) in applicationTallies {
            try connection.execute(
                InsightSQL.growApplication,
                [
                    .text(applications.name(number)), .integer(tally.firstSeen), .integer(tally.lastSeen),
                    .integer(orNull: tally.lastDetection), .integer(tally.exchanges),
                ]
            )
        }
        for rule in newNotes {
            guard let note = notes[rule] else { continue }
            try connection.execute(
                InsightSQL.putRuleNote,
                [.text(rule), .text(note.message), .text(note.kind), .integer(note.severity.level)]
            )
        }
        try books.write(connection)
    }

    /// What was written is on disk.
    mutating func confirm() {
        traffic.removeAll(keepingCapacity: true)
        detections.removeAll(keepingCapacity: true)
        entities.removeAll(keepingCapacity: true)
        applicationTallies.removeAll(keepingCapacity: true)
        newNotes.removeAll(keepingCapacity: true)
        books.confirm()
    }

    /// Minutes become hours and days, so that each step of these is written once.
    private func writeTraffic(_ connection: Connection) throws(StorageError) {
        for level in RollUpLevel.allCases {
            var sums: [TrafficKey: Int] = [:]
            for (key, count) in traffic {
                var key = key
                key.start = level.start(ofSeconds: key.start)
                sums[key, default: 0] += count
            }
            for (key, count) in sums {
                try connection.execute(
                    InsightSQL.growTraffic,
                    [
                        .integer(level.rawValue), .integer(key.start), .text(applications.name(key.application)),
                        .integer(Int(key.statusClass)), .integer(Int(key.outcome)), .integer(count),
                    ]
                )
            }
        }
    }

    private func writeDetections(_ connection: Connection) throws(StorageError) {
        for level in RollUpLevel.allCases {
            var sums: [DetectionKey: Int] = [:]
            var totals: [DetectionKey: Int] = [:]
            for (key, count) in detections {
                var key = key
                key.start = level.start(ofSeconds: key.start)
                sums[key, default: 0] += count
                key.rule = ""
                totals[key, default: 0] += count
            }
            for (key, count) in sums {
                try connection.execute(
                    InsightSQL.growRuleTotal,
                    [
                        .integer(level.rawValue), .integer(key.start), .text(key.rule), .text(key.application),
                        .integer(key.severity), .integer(key.outcome), .integer(count),
                    ]
                )
            }
            for (key, count) in totals {
                try connection.execute(
                    InsightSQL.growDetectionTotal,
                    [
                        .integer(level.rawValue), .integer(key.start), .text(key.application), .integer(key.severity),
                        .integer(key.outcome), .integer(count),
                    ]
                )
            }
        }
    }
}

extension RuleNote {
    /// What a row says of its rule.
    init(_ row: DetectionRow) {
        self.init(rule: row.rule, message: row.message, kind: row.kind, severity: row.severity)
    }
}

/// Gives numbers to names, a bounded number of them; the others share one.
struct NameGate {
    private let capacity: Int
    private var numbers: [String: Int] = [:]
    private var byHash: [UInt64: Int] = [:]
    private var names: [String] = [CellNames.others]
    private(set) var folded = 0

    static let longestName = 128

    init(capacity: Int) {
        self.capacity = capacity
    }

    func name(_ number: Int) -> String { number < names.count ? names[number] : CellNames.others }

    mutating func number(of bytes: UnsafeBufferPointer<UInt8>) -> (number: Int, name: String) {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        if let number = byHash[hash] { return (number, names[number]) }
        let found = number(ofText: JSONText.string(bytes, atMost: Self.longestName))
        // Spellings of one name are few, unless somebody plays with them.
        if byHash.count < 2 * capacity { byHash[hash] = found.number }
        return found
    }

    mutating func number(ofText name: String) -> (number: Int, name: String) {
        if let number = numbers[name] { return (number, name) }
        guard numbers.count < capacity else {
            folded += 1
            return (0, CellNames.others)
        }
        let number = names.count
        names.append(name)
        numbers[name] = number
        return (number, name)
    }
}
