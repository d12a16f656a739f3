// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Splits CSV (RFC 4180) into records, strictly, as its bytes come in: memory is one record.
///
/// Lines end in a line feed, with or without a carriage return before it; quoted fields may hold commas, quotes (doubled)
/// and line ends. A quote inside an unquoted field, and text behind a closing one, are errors.
struct CSVRecords {
    /// The most bytes of a field, and fields of a record.
    static let longestField = 64 * 1024
    static let mostFields = 64

    private enum State {
        case fieldStart
        case plain
        case quoted
        case quoteInQuoted
    }

    private var state = State.fieldStart
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    private var line = 1
    /// The line on which the record started.
    private var recordLine = 1

    /// Takes bytes and hands out the records that they complete.
    mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ sink: ([[UInt8]], Int) throws(FeedError) -> Void
    ) throws(FeedError) {
        for byte in bytes {
            try take(byte, sink)
        }
    }

    /// Ends the input; a last line without a line feed counts.
    mutating func finish(_ sink: ([[UInt8]], Int) throws(FeedError) -> Void) throws(FeedError) {
        guard state != .quoted else { throw error(.quoting, "a quote is open at the end") }
        if !fields.isEmpty || !field.isEmpty || state == .quoteInQuoted { try endRecord(sink) }
    }

    private mutating func take(
        _ byte: UInt8,
        _ sink: ([[UInt8]], Int) throws(FeedError) -> Void
    ) throws(FeedError) {
        if state == .quoted {
            if byte == UInt8(ascii: "\"") {
                state = .quoteInQuoted
            } else {
                try append(byte)
            }
            if byte == 0x0A { line += 1 }
            return
        }
        switch byte {
        case UInt8(ascii: ","): try endField()
        case 0x0A:
            try endRecord(sink)
            line += 1
            recordLine = line
        case UInt8(ascii: "\""): try quote()
        case 0x0D where state != .plain: break
        default:
            guard state != .quoteInQuoted else { throw error(.quoting, "text stands behind a closing quote") }
            state = .plain
            try append(byte)
        }
    }

    private mutating func quote() throws(FeedError) {
        switch state {
        case .fieldStart: state = .quoted
        case .quoteInQuoted:
            state = .quoted
            try append(UInt8(ascii: "\""))
        default: throw error(.quoting, "a quote stands inside an unquoted field")
        }
    }

    private mutating func append(_ byte: UInt8) throws(FeedError) {
        guard field.count < CSVRecords.longestField else { throw error(.tooLong, "a field has more than 64 KiB") }
        field.append(byte)
    }

    private mutating func endField() throws(FeedError) {
        guard fields.count < CSVRecords.mostFields else { throw error(.tooLong, "a record has more than 64 fields") }
        if state == .plain, field.last == 0x0D { field.removeLast() }
        fields.append(field)
        field.removeAll(keepingCapacity: true)
        state = .fieldStart
    }

    private mutating func endRecord(_ sink: ([[UInt8]], Int) throws(FeedError) -> Void) throws(FeedError) {
        // An empty line is no record.
        if fields.isEmpty, field.isEmpty || field == [0x0D], state != .quoteInQuoted {
            field.removeAll(keepingCapacity: true)
            state = .fieldStart
            return
        }
        try endField()
        try sink(fields, recordLine)
        fields.removeAll(keepingCapacity: true)
    }

    private func error(_ code: FeedError.Code, _ message: String) -> FeedError {
        FeedError(code: code, line: line, message: message)
    }
}

extension CSVRecords {
    /// The records of a whole document with their lines.
    static func all(_ document: [UInt8]) throws(FeedError) -> [(fields: [String], line: Int)] {
        var records: [(fields: [String], line: Int)] = []
        var reader = CSVRecords()
        func add(_ fields: [[UInt8]], _ line: Int) {
            records.append((fields.map { String(decoding: $0, as: UTF8.self) }, line))
        }
        let failure = document.withUnsafeBufferPointer { bytes -> FeedError? in
            do throws(FeedError) {
                try reader.read(bytes) { (fields, line) throws(FeedError) in add(fields, line) }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        try reader.finish { (fields, line) throws(FeedError) in add(fields, line) }
        return records
    }
}
