// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import GRDBSQLite

/// The table `bulk_rows(?)`, whose rows are those of a ``BulkRows`` that is bound as a pointer.
///
/// A statement that reads it writes all rows in one run: its cursors stay where they are from row to row, and nothing is
/// bound and copied for each value. That halves the cost of a row with many indexes. The pointer is bound under a name, so
/// that no SQL text can make one; see https://www.sqlite.org/bindptr.html and https://www.sqlite.org/vtab.html.
enum BulkTable {
    /// The most columns that rows may have; they are called `c0`, `c1` and so on.
    static let mostColumns = 40
    static let pointerName: StaticString = "redoubt-bulk-rows"

    /// What is bound: memory that lasts as long as the statement runs.
    struct Source {
        var cells: UnsafeBufferPointer<BulkRows.Cell>
        var bytes: UnsafeBufferPointer<UInt8>
        var columns: Int
    }

    private struct Cursor {
        var base = sqlite3_vtab_cursor()
        var source: Source?
        var row = 0
        var rows = 0
    }

    /// Makes the table known to a connection.
    ///
    /// - Returns: SQLite's result code.
    static func register(_ connection: OpaquePointer?) -> Int32 {
        sqlite3_create_module_v2(connection, "bulk_rows", module.address, nil, nil)
    }

    /// Binds a source to the first parameter of a statement.
    static func bind(_ source: UnsafeMutablePointer<Source>, to statement: OpaquePointer) -> Int32 {
        pointerName.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_pointer(statement, 1, UnsafeMutableRawPointer(source), $0.baseAddress, nil)
            }
        }
    }

    // MARK: The module

    /// SQLite keeps the address, so it is that of memory that is never freed; there is one for the whole process.
    private struct Module: @unchecked Sendable {
        let address: UnsafeMutablePointer<sqlite3_module>
    }

    private static let module: Module = {
        var functions = sqlite3_module()
        functions.iVersion = 1
        functions.xConnect = { connection, _, _, _, table, _ in BulkTable.connect(connection, table) }
        functions.xBestIndex = { _, info in BulkTable.plan(info) }
        functions.xDisconnect = { table in
            sqlite3_free(table)
            return SQLITE_OK
        }
        functions.xOpen = { _, cursor in BulkTable.open(cursor) }
        functions.xClose = { cursor in
            sqlite3_free(cursor)
            return SQLITE_OK
        }
        functions.xFilter = { cursor, _, _, count, values in BulkTable.begin(cursor, count, values) }
        functions.xNext = { cursor in
            BulkTable.cursor(cursor)?.pointee.row += 1
            return SQLITE_OK
        }
        functions.xEof = { cursor in
            guard let cursor = BulkTable.cursor(cursor) else { return 1 }
            return cursor.pointee.row < cursor.pointee.rows ? 0 : 1
        }
        functions.xColumn = { cursor, context, column in BulkTable.give(cursor, context, Int(column)) }
        functions.xRowid = { cursor, row in
            row?.pointee = Int64(BulkTable.cursor(cursor)?.pointee.row ?? 0)
            return SQLITE_OK
        }
        let address = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
        address.initialize(to: functions)
        return Module(address: address)
    }()

    private static func connect(
        _ connection: OpaquePointer?,
        _ table: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?
    ) -> Int32 {
        let names = (0..<mostColumns).map { "c\($0)" }.joined(separator: ", ")
        let code = sqlite3_declare_vtab(connection, "CREATE TABLE x(\(names), source HIDDEN)")
        guard code == SQLITE_OK else { return code }
        guard let memory = sqlite3_malloc(Int32(MemoryLayout<sqlite3_vtab>.size)) else { return SQLITE_NOMEM }
        let made = memory.bindMemory(to: sqlite3_vtab.self, capacity: 1)
        made.initialize(to: sqlite3_vtab())
        table?.pointee = made
        return SQLITE_OK
    }

    /// Asks for the value that the hidden column is compared with: the pointer.
    private static func plan(_ info: UnsafeMutablePointer<sqlite3_index_info>?) -> Int32 {
        guard let info else { return SQLITE_ERROR }
        for place in 0..<Int(info.pointee.nConstraint) {
            let constraint = info.pointee.aConstraint[place]
            guard Int(constraint.iColumn) == mostColumns, Int32(constraint.op) == SQLITE_INDEX_CONSTRAINT_EQ else {
                continue
            }
            guard constraint.usable != 0 else { return SQLITE_CONSTRAINT }
            info.pointee.aConstraintUsage[place].argvIndex = 1
            info.pointee.aConstraintUsage[place].omit = 1
            info.pointee.estimatedCost = 1
            info.pointee.estimatedRows = 4096
            return SQLITE_OK
        }
        return SQLITE_CONSTRAINT
    }

    private static func open(
        _ cursor: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
    ) -> Int32 {
        guard let memory = sqlite3_malloc(Int32(MemoryLayout<Cursor>.size)) else { return SQLITE_NOMEM }
        memory.bindMemory(to: Cursor.self, capacity: 1).initialize(to: Cursor())
        cursor?.pointee = memory.assumingMemoryBound(to: sqlite3_vtab_cursor.self)
        return SQLITE_OK
    }

    private static func cursor(_ base: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> UnsafeMutablePointer<Cursor>? {
        base.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Cursor.self) }
    }

    private static func begin(
        _ base: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
        _ count: Int32,
        _ values: UnsafeMutablePointer<OpaquePointer?>?
    ) -> Int32 {
        guard let cursor = cursor(base) else { return SQLITE_ERROR }
        let pointer = pointerName.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { name in
                count == 1 ? sqlite3_value_pointer(values?.pointee, name.baseAddress) : nil
            }
        }
        // What is bound otherwise is a table without rows.
        let source = pointer?.assumingMemoryBound(to: Source.self).pointee
        cursor.pointee.source = source
        cursor.pointee.row = 0
        cursor.pointee.rows = source.map { $0.cells.count / $0.columns } ?? 0
        return SQLITE_OK
    }

    private static func give(
        _ base: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
        _ context: OpaquePointer?,
        _ column: Int
    ) -> Int32 {
        guard let cursor = cursor(base), let source = cursor.pointee.source, column < source.columns else {
            sqlite3_result_null(context)
            return SQLITE_OK
        }
        let cell = source.cells[cursor.pointee.row * source.columns + column]
        switch cell.kind {
        case .null: sqlite3_result_null(context)
        case .integer: sqlite3_result_int64(context, cell.number)
        case .blob:
            let blob = UnsafeBufferPointer(
                rebasing: source.bytes[Int(cell.number)..<Int(cell.number) + Int(cell.length)]
            )
            if let start = blob.baseAddress, !blob.isEmpty {
                sqlite3_result_blob(context, start, Int32(blob.count), nil)
            } else {
                sqlite3_result_zeroblob(context, 0)
            }
        case .text:
            let text = source.bytes[Int(cell.number)..<Int(cell.number) + Int(cell.length)]
            text.withMemoryRebound(to: CChar.self) { text in
                if let start = text.baseAddress {
                    // No copy: the memory outlives the statement.
                    sqlite3_result_text(context, start, Int32(text.count), nil)
                } else {
                    // An empty text has no address, which would make it null.
                    sqlite3_result_text(context, "", 0, Connection.copied)
                }
            }
        }
        return SQLITE_OK
    }
}
