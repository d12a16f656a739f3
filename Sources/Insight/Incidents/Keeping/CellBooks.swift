// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

/// The cells of one hour or one day.
struct CellBook {
    let level: RollUpLevel
    /// In seconds since 1970.
    let start: Int64
    /// Whether it holds what was on disk when it was opened.
    var isLoaded = false
    /// Grows with each use, so that the one that was used last can be told.
    var lastUse = 0
    var routes: CellTable<RouteCell>
    var stops: CellTable<StopCell>
    var clients: CellTable<ClientCell>

    init(_ level: RollUpLevel, _ start: Int64, capacity: Int) {
        self.level = level
        self.start = start
        routes = CellTable(capacity: capacity)
        stops = CellTable(capacity: capacity)
        clients = CellTable(capacity: capacity)
    }

    /// Keeps as many cells as there may be; before they are written.
    mutating func settle() {
        routes.settle()
        stops.settle()
        clients.settle()
    }

    var isDirty: Bool { routes.isDirty || stops.isDirty || clients.isDirty }
    var folded: Int { routes.folded + stops.folded + clients.folded }

    /// - Parameter names: whom and what it is counted for.
    mutating func count(_ row: DetectionRow, _ occurrences: Occurrences, _ names: CellNames.OfRow) {
        let application = row.application
        let count = occurrences.count
        let wouldStop = row.outcome == .wouldStop ? count : 0
        let stopped = row.outcome.isStopped ? count : 0
        routes.update(names.routeKey) {
            RouteCell(application: application, route: names.route)
        } _: {
            $0.detections += count
            $0.wouldStop += wouldStop
            $0.stopped += stopped
        }
        clients.update(names.clientKey) {
            ClientCell(application: application, client: names.client)
        } _: {
            $0.detections += count
            $0.wouldStop += wouldStop
            $0.stopped += stopped
            $0.worst = max($0.worst, row.severity.level)
        }
        guard wouldStop + stopped > 0 else { return }
        for statusClass in 0..<6 {
            let count = occurrences.byStatusClass[statusClass]
            guard count > 0 else { continue }
            stops.update(names.stopKey(statusClass)) {
                StopCell(application: application, rule: names.rule, route: names.route, statusClass: statusClass)
            } _: {
                if wouldStop > 0 { $0.wouldStop += count } else { $0.stopped += count }
                $0.clients.insert(hash: names.clientHash)
            }
        }
    }
}

/// The books of the hours and days that are being counted.
///
/// One hour and one day at most times; more around their ends, and where a clock jumps.
struct CellBooks {
    private struct Place: Equatable {
        var level: RollUpLevel
        var start: Int64
    }

    private let capacity: Int
    private var books: [CellBook] = []
    /// The level and start of each book, as looking at books themselves costs more.
    private var places: [Place] = []
    private var uses = 0
    /// Names that were not kept apart in books that are closed.
    private var closedFolded = 0
    /// Exchanges that no cell counts, because too many books could not be written.
    private(set) var uncounted = 0

    private static let mostClean = 4
    /// Beyond these it is time to write; one batch of events cannot need as many as there may be.
    private static let manyBooks = 32
    private static let mostBooks = 1024

    init(capacity: Int) {
        self.capacity = capacity
    }

    var folded: Int { books.reduce(closedFolded) { $0 + $1.folded } }
    var isDirty: Bool { books.contains(where: \.isDirty) }
    var shouldBeWritten: Bool { books.count > Self.manyBooks }

    /// Changes the books of a time.
    mutating func update(seconds: Int64, _ change: (inout CellBook) -> Void) {
        update(.hour, seconds, change)
        update(.day, seconds, change)
    }

    private mutating func update(_ level: RollUpLevel, _ seconds: Int64, _ change: (inout CellBook) -> Void) {
        if let place = place(level, level.start(ofSeconds: seconds)) {
            change(&books[place])
        } else {
            uncounted += 1
        }
    }

    private mutating func place(_ level: RollUpLevel, _ start: Int64) -> Int? {
        uses += 1
        if let place = places.firstIndex(of: Place(level: level, start: start)) {
            books[place].lastUse = uses
            return place
        }
        closeClean(leaving: Self.mostClean)
        guard books.count < Self.mostBooks else { return nil }
        var book = CellBook(level, start, capacity: capacity)
        book.lastUse = uses
        books.append(book)
        places.append(Place(level: level, start: start))
        return books.count - 1
    }

    private mutating func closeClean(leaving: Int) {
        while books.count > leaving {
            let clean = books.indices.filter { !books[$0].isDirty }
            guard let oldest = clean.min(by: { books[$0].lastUse < books[$1].lastUse }) else { return }
            closedFolded += books[oldest].folded
            books.remove(at: oldest)
            places.remove(at: oldest)
        }
    }

    // MARK: The disk

    /// Adds what earlier processes wrote of these hours and days.
    mutating func load(_ database: Database) throws(StorageError) {
        for place in books.indices where !books[place].isLoaded {
            let level = books[place].level
            let start = books[place].start
            let range: [Value] = [.integer(level.rawValue), .integer(start), .integer(start + 1), .null]
            let (routes, stops, clients) = try database.readNow { connection throws(StorageError) in
                (
                    try connection.all(InsightSQL.routeCells, range) { row throws(StorageError) in try RouteCell(row) },
                    try connection.all(InsightSQL.stopCells, range) { row throws(StorageError) in try StopCell(row) },
                    try connection.all(InsightSQL.clientCells, range) { row throws(StorageError) in try ClientCell(row)
                    }
                )
            }
            for cell in routes { books[place].routes.load(cell) }
            for cell in stops { books[place].stops.load(cell) }
            for cell in clients { books[place].clients.load(cell) }
            books[place].isLoaded = true
        }
        for place in books.indices { books[place].settle() }
    }

    func write(_ connection: Connection) throws(StorageError) {
        for book in books where book.isDirty {
            let place: [Value] = [.integer(book.level.rawValue), .integer(book.start)]
            for cell in book.routes.removed {
                try connection.execute(
                    InsightSQL.removeRouteCell,
                    place + [.text(cell.application), .text(cell.route)]
                )
            }
            for cell in book.stops.removed {
                try connection.execute(
                    InsightSQL.removeStopCell,
                    place + [.text(cell.application), .text(cell.rule), .text(cell.route), .integer(cell.statusClass)]
                )
            }
            for cell in book.clients.removed {
                try connection.execute(
                    InsightSQL.removeClientCell,
                    place + [.text(cell.application), .text(cell.client)]
                )
            }
            for cell in book.routes.dirtyCells { try connection.execute(InsightSQL.putRouteCell, place + cell.values) }
            for cell in book.stops.dirtyCells { try connection.execute(InsightSQL.putStopCell, place + cell.values) }
            for cell in book.clients.dirtyCells {
                try connection.execute(InsightSQL.putClientCell, place + cell.values)
            }
        }
    }

    /// What was written is on disk.
    mutating func confirm() {
        for place in books.indices {
            books[place].routes.confirm()
            books[place].stops.confirm()
            books[place].clients.confirm()
        }
    }
}

extension RouteCell {
    fileprivate init(_ row: borrowing Row) throws(StorageError) {
        self.init(
            application: try row.text(0),
            route: try row.text(1),
            requests: try row.int(2),
            detections: try row.int(3),
            wouldStop: try row.int(4),
            stopped: try row.int(5)
        )
    }

    fileprivate var values: [Value] {
        [
            .text(application), .text(route), .integer(requests), .integer(detections), .integer(wouldStop),
            .integer(stopped),
        ]
    }
}

extension StopCell {
    fileprivate init(_ row: borrowing Row) throws(StorageError) {
        self.init(
            application: try row.text(0),
            rule: try row.text(1),
            route: try row.text(2),
            statusClass: min(max(0, try row.int(3)), 5),
            wouldStop: try row.int(4),
            stopped: try row.int(5),
            clients: try row.withBlob(6) { bytes throws(StorageError) in ClientSketch(bytes) }
        )
    }

    fileprivate var values: [Value] {
        [
            .text(application), .text(rule), .text(route), .integer(statusClass), .integer(wouldStop),
            .integer(stopped), .blob(clients.bytes),
        ]
    }
}

extension ClientCell {
    fileprivate init(_ row: borrowing Row) throws(StorageError) {
        self.init(
            application: try row.text(0),
            client: try row.text(1),
            detections: try row.int(2),
            wouldStop: try row.int(3),
            stopped: try row.int(4),
            worst: try row.int(5)
        )
    }

    fileprivate var values: [Value] {
        [
            .text(application), .text(client), .integer(detections), .integer(wouldStop), .integer(stopped),
            .integer(worst),
        ]
    }
}
