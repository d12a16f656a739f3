// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import EventBus
internal import Storage

/// Reads events, folds them, and holds what is not on disk yet.
struct DetectionIntake {
    private let settings: DetectionKeeper.Settings
    private var reader = EventReader()
    private var folds: FoldTable
    private var flood: FloodGate
    private var desk: IncidentDesk
    private var numbers: Numbers
    /// New rows that wait for the disk.
    private var rows = RowBatch()
    /// Memory for the next rows.
    private var spare = RowBatch()
    /// Rows that are being written now.
    private var leaving = 0
    /// What rows on disk have become.
    private var grown: [Int64: DetectionRow] = [:]
    private var nextID: Int64 = 1
    private var shape: [UInt8] = []
    /// Whether anybody wants to be told of new rows.
    var isWatched = false
    private var counts = InsightStatistics()
    private let start = ContinuousClock.now

    init(_ settings: DetectionKeeper.Settings) {
        self.settings = settings
        folds = FoldTable(capacity: settings.foldCapacity, window: settings.foldWindow.nanoseconds)
        flood = FloodGate(burst: settings.floodBurst, perSecond: settings.floodRowsPerSecond)
        numbers = Numbers(cellsPerHour: settings.cellsPerHour)
        desk = IncidentDesk(
            IncidentDesk.Settings(
                quiet: settings.incidentQuiet.nanoseconds,
                longest: settings.incidentLongest.nanoseconds,
                leastSeverity: settings.incidentSeverity,
                budgetPerDay: settings.incidentsPerDay,
                mostGroups: max(1, settings.incidentGroups)
            )
        )
    }

    var hasNew: Bool { !rows.isEmpty || desk.hasNew }
    /// Rows that wait for the disk.
    var waitingRows: Int { rows.count }
    /// Whether they can be written by themselves: those of a new incident are written with it.
    var hasOnlyRows: Bool { !rows.isEmpty && !desk.hasNew }
    var hasManyNumbers: Bool { numbers.shouldBeWritten }
    var hasNumbers: Bool { !grown.isEmpty || !numbers.isEmpty || desk.hasWork }

    var statistics: InsightStatistics {
        var statistics = counts
        statistics.incidentsOpened = desk.opened
        statistics.incidentsSummarised = desk.summarised
        statistics.groupsForgotten = desk.forgotten
        statistics.namesFolded = numbers.namesFolded
        statistics.uncounted = numbers.uncounted
        statistics.waitingRows = rows.count + leaving
        return statistics
    }

    mutating func load(_ database: Database) throws(StorageError) {
        let last = try database.readNow { connection throws(StorageError) in
            try connection.first(InsightSQL.lastDetection) { row throws(StorageError) in try row.integerOrNull(0) }
        }
        nextID = ((last ?? nil) ?? 0) + 1
        try desk.load(database, now: settings.clock())
    }

    mutating func note(_ changes: [Int64: Incident.State]) {
        if !changes.isEmpty { desk.note(changes) }
    }

    // MARK: Events

    mutating func take(_ batch: EventBatch) {
        let now = settings.clock()
        let elapsed = (ContinuousClock.now - start).nanoseconds
        batch.bytes.withUnsafeBufferPointer { bytes in
            for header in batch.headers {
                let start = Int(header.offset)
                let end = start + Int(header.length)
                guard end <= bytes.count else { continue }
                take(bytes.part(start..<end), header.facts, now: now, elapsed: elapsed)
            }
        }
    }

    private mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ facts: EventFacts, now: Int64, elapsed: Int64) {
        counts.events += 1
        let isExchange = facts.eventClass == .httpActivity
        guard isExchange || facts.eventClass == .detectionFinding else { return }
        let outcome = DetectionOutcome(code: facts.disposition)
        let isDetection =
            !isExchange || facts.severity >= .low || (facts.disposition != 0 && outcome != .allowed)
        reader.read(line, wantsRules: isDetection)
        if reader.event.isBroken { counts.unreadable += 1 }
        let exchange = Exchange(
            time: plausible(facts.time, now: now),
            statusClass: reader.event.statusClass,
            outcome: outcome
        )
        let application = numbers.application(line.part(reader.event.application ?? 0..<0))
        makeShape(line)
        if isExchange { numbers.count(exchange, application: application, shape: shape) }
        guard isDetection else { return }
        counts.detections += 1
        detect(line, facts, exchange, application.name, now: now, elapsed: elapsed)
    }

    /// Events are not older than what is kept, nor of another day; where a clock says so, they count for now.
    private mutating func plausible(_ time: Int64, now: Int64) -> Int64 {
        let day: Int64 = 86_400_000_000_000
        if time > now - 400 * day, time < now + day { return time }
        counts.misdated += 1
        return now
    }

    private mutating func makeShape(_ line: UnsafeBufferPointer<UInt8>) {
        shape.removeAll(keepingCapacity: true)
        let method = line.part(reader.event.method ?? 0..<0)
        let path = line.part(reader.event.path ?? 0..<0)
        guard !method.isEmpty || !path.isEmpty else { return }
        if path.contains(UInt8(ascii: "\\")) {
            var plain: [UInt8] = []
            JSONText.unescape(path, into: &plain, atMost: 1024)
            plain.withUnsafeBufferPointer { RouteShape.append(method: method, path: $0, to: &shape) }
        } else {
            RouteShape.append(method: method, path: path, to: &shape)
        }
        // Names are compared as texts later, so that they have to be texts here.
        if shape.contains(where: { $0 >= 0x80 }) { shape = Array(String(decoding: shape, as: UTF8.self).utf8) }
    }

    private mutating func detect(
        _ line: UnsafeBufferPointer<UInt8>,
        _ facts: EventFacts,
        _ exchange: Exchange,
        _ application: String,
        now: Int64,
        elapsed: Int64
    ) {
        let leader = reader.leadingRule(in: line)
        let isFlood = flood.isShut(elapsed: elapsed)
        let key = foldKey(line, leader?.rule.uid, application, exchange.outcome, isFlood: isFlood)
        endWindows(elapsed: elapsed)
        let transaction = reader.event.transaction
        let isFolded = folds.note(key, exchange, now: elapsed, isFlood ? .flood : .alike) {
            transaction.map { JSONText.string(line.part($0), atMost: RowMaker.longestName) }
        } apply: { entry in
            Self.apply(entry, &numbers, &desk, now: now)
        }
        if isFolded {
            counts.folded += 1
            if isFlood { counts.floodFolded += 1 }
            return
        }
        flood.count(elapsed: elapsed)
        let maker = RowMaker(line: line, event: reader.event, leader: leader)
        var row = maker.row(id: nextID, facts, exchange, application, String(decoding: shape, as: UTF8.self))
        nextID += 1
        if isFlood {
            row.client = nil
            row.folding = .flood
        }
        let group = IncidentGroupKey(
            client: isFlood ? CellNames.others : row.client?.description ?? "",
            theme: row.technique ?? row.kind
        )
        row.incident = desk.incident(for: row, group, now: now)
        _ = desk.count(row, group, Occurrences(exchange), now: now)
        numbers.count(row, Occurrences(exchange), client: group.client)
        folds.begin(key, row, row.incident == nil ? nil : group, now: elapsed)
        guard rows.count + leaving < settings.maximumWaitingRows else {
            counts.lost[.storeUnavailable, default: 0] += 1
            return
        }
        rows.append(row, more: reader.event.moreRules, isWatched: isWatched) { maker.appendRules(to: &$0) }
    }

    private func foldKey(
        _ line: UnsafeBufferPointer<UInt8>,
        _ rule: Range<Int>?,
        _ application: String,
        _ outcome: DetectionOutcome,
        isFlood: Bool
    ) -> UInt64 {
        var hasher = Hasher()
        let name = line.part(rule ?? reader.event.refusal ?? reader.event.decider ?? 0..<0)
        hasher.combine(bytes: UnsafeRawBufferPointer(name))
        hasher.combine(name.count)
        hasher.combine(application)
        hasher.combine(outcome.rawValue)
        hasher.combine(isFlood)
        if !isFlood {
            let client = line.part(reader.event.client ?? 0..<0)
            hasher.combine(bytes: UnsafeRawBufferPointer(client))
            hasher.combine(client.count)
            shape.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    // MARK: Windows

    /// Counts what a window holds, and puts it into its incident.
    private static func apply(
        _ entry: FoldTable.Entry,
        _ numbers: inout Numbers,
        _ desk: inout IncidentDesk,
        now: Int64
    ) {
        guard entry.pending.count > 0 else { return }
        numbers.count(entry.row, entry.pending, client: entry.group?.client ?? entry.row.client?.description ?? "")
        if let group = entry.group { _ = desk.count(entry.row, group, entry.pending, now: now) }
        entry.pending = Occurrences()
    }

    private mutating func endWindows(elapsed: Int64) {
        let now = settings.clock
        folds.end(now: elapsed) { entry in
            Self.apply(entry, &numbers, &desk, now: now())
            Self.keep(entry.row, &grown, &counts)
        }
    }

    /// Counts what grew, and ends windows that are over.
    mutating func endWindows(all: Bool) {
        let now = settings.clock()
        endWindows(elapsed: all ? .max : (ContinuousClock.now - start).nanoseconds)
        folds.takeGrown { entry in
            Self.apply(entry, &numbers, &desk, now: now)
            Self.keep(entry.row, &grown, &counts)
        }
        desk.forget(now: now)
    }

    private static func keep(
        _ row: DetectionRow,
        _ grown: inout [Int64: DetectionRow],
        _ counts: inout InsightStatistics
    ) {
        if grown[row.id] == nil, grown.count >= mostGrown {
            counts.lost[.storeUnavailable, default: 0] += 1
            return
        }
        grown[row.id] = row
    }

    private static let mostGrown = 50_000

    // MARK: The disk

    /// - Parameter all: false to write only rows and incidents that are new.
    mutating func commit(to store: InsightStore, all: Bool) throws(StorageError) {
        if all { try numbers.load(store.database) }
        let (rows, grown, desk, numbers) = (rows, all ? grown : [:], desk, numbers)
        // Rows are safe from the end of the process at once, and from the loss of power with the numbers, some seconds later.
        try store.database.writeNow(survivesPowerLoss: all) { connection throws(StorageError) in
            try rows.write(connection)
            try desk.write(connection, all: all)
            guard all else { return }
            for row in grown.values {
                try connection.execute(
                    InsightSQL.growDetection,
                    [
                        .integer(row.count), .integer(row.lastTime), .integer(row.folding.rawValue), row.samplesValue,
                        .integer(row.id),
                    ]
                )
            }
            try numbers.write(connection)
        }
        confirm(store, all: all)
    }

    private mutating func confirm(_ store: InsightStore, all: Bool) {
        counts.storedRows += rows.count
        store.tell(rows: rows.told, grown: all ? Array(grown.values) : [])
        rows.removeAll()
        let incidents = desk.confirm(all: all)
        store.tell(incidents: incidents)
        guard all else { return }
        grown.removeAll(keepingCapacity: true)
        numbers.confirm()
    }

    /// Hands out the rows that wait, to be written while others are gathered.
    mutating func takeRows() -> RowBatch {
        let taken = rows
        rows = spare
        spare = RowBatch()
        leaving = taken.count
        return taken
    }

    /// Notes what became of rows that were handed out: those that are not on disk wait again, before the others.
    mutating func note(_ batch: consuming RowBatch, _ failure: StorageError?) {
        leaving = 0
        guard failure != nil else {
            counts.storedRows += batch.count
            spare = batch
            spare.removeAll()
            return
        }
        batch.append(contentsOf: rows)
        rows = batch
    }

    /// Lets go of rows that the database will never take.
    mutating func giveWay(to failure: StorageError) {
        guard failure.code == .constraint || failure.code == .statement else { return }
        counts.lost[.refused, default: 0] += rows.count
        rows.removeAll()
    }

    /// At the end: what is left cannot be written any more.
    mutating func loseRest() {
        if !rows.isEmpty { counts.lost[.ended, default: 0] += rows.count }
        rows.removeAll()
    }
}

/// Tells a flood: more new rows than a bucket has room for, which is emptied at a steady rate.
struct FloodGate {
    private let burst: Double
    private let perSecond: Double
    private var used = 0.0
    private var last: Int64 = 0

    init(burst: Int, perSecond: Int) {
        self.burst = Double(max(1, burst))
        self.perSecond = Double(max(0, perSecond))
    }

    mutating func isShut(elapsed: Int64) -> Bool {
        used = max(0, used - Double(max(0, elapsed - last)) / 1e9 * perSecond)
        last = max(last, elapsed)
        return used >= burst
    }

    /// Counts a row; those that are made while it is shut too, of which there are few.
    mutating func count(elapsed: Int64) {
        used = min(used + 1, burst)
    }
}

extension Duration {
    /// Whole nanoseconds; the nearest that there are.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}
