// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Rows that one statement writes together, see ``Connection/insert(_:_:)``.
///
/// Values lie one behind the other, and their texts in one piece of memory, so that a value costs no allocation and SQLite
/// reads them where they are.
package struct BulkRows: Sendable {
    struct Cell: BitwiseCopyable {
        enum Kind: UInt8 { case null, integer, text, blob }
        var kind: Kind
        /// The bytes of a text or blob.
        var length: Int32
        /// An integer, or where a text or blob begins.
        var number: Int64
    }

    /// The values of a row.
    package let columns: Int
    private(set) var cells: [Cell] = []
    private(set) var bytes: [UInt8] = []

    package init(columns: Int) {
        self.columns = max(1, columns)
    }

    /// Whole rows.
    package var count: Int { cells.count / columns }
    package var isEmpty: Bool { cells.isEmpty }
    /// The bytes of the texts.
    package var byteCount: Int { bytes.count }
    /// Whether values of a row are missing.
    var isRagged: Bool { !cells.count.isMultiple(of: columns) }

    package mutating func removeAll() {
        cells.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    package mutating func appendNull() {
        cells.append(Cell(kind: .null, length: 0, number: 0))
    }

    package mutating func append(_ number: Int64) {
        cells.append(Cell(kind: .integer, length: 0, number: number))
    }

    package mutating func append(_ number: Int) { append(Int64(number)) }

    package mutating func append(_ text: String) {
        append { bytes in
            var text = text
            text.withUTF8 { bytes.append(contentsOf: $0) }
        }
    }

    /// The text, or null where there is none.
    package mutating func append(orNull text: String?) {
        if let text { append(text) } else { appendNull() }
    }

    /// The number, or null where there is none.
    package mutating func append(orNull number: Int64?) {
        if let number { append(number) } else { appendNull() }
    }

    /// A text that the body puts behind the bytes that are there, as UTF-8.
    package mutating func append(_ body: (inout [UInt8]) -> Void) { append(.text, body) }

    /// Bytes that the body puts behind those that are there.
    package mutating func appendBlob(_ body: (inout [UInt8]) -> Void) { append(.blob, body) }

    private mutating func append(_ kind: Cell.Kind, _ body: (inout [UInt8]) -> Void) {
        let start = bytes.count
        body(&bytes)
        cells.append(Cell(kind: kind, length: Int32(clamping: bytes.count - start), number: Int64(start)))
    }

    /// Replaces the integers of some columns in all rows, such as numbers that stand for what only the writer knows. Where
    /// there is no integer nothing is asked.
    package mutating func replaceIntegers(
        in range: Range<Int>,
        _ body: (Int64) throws(StorageError) -> Int64
    ) throws(StorageError) {
        let range = range.clamped(to: 0..<columns)
        for row in stride(from: 0, to: cells.count - cells.count % columns, by: columns) {
            for place in range where cells[row + place].kind == .integer {
                cells[row + place].number = try body(cells[row + place].number)
            }
        }
    }

    /// Puts rows with as many columns behind these.
    package mutating func append(contentsOf other: BulkRows) {
        let start = Int64(bytes.count)
        bytes.append(contentsOf: other.bytes)
        cells.reserveCapacity(cells.count + other.cells.count)
        for var cell in other.cells {
            if cell.kind == .text || cell.kind == .blob { cell.number += start }
            cells.append(cell)
        }
    }
}
