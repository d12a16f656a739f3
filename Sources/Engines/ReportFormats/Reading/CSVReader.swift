// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// Reads CSV (RFC 4180) of any size, one record at a time: quoted fields with line feeds and doubled quotes, commas,
/// semicolons or tabs between fields.
///
/// The first record is the header; fields are asked for by the names in it, whatever their case and the spaces in them.
package final class CSVReader {
    private let window: ByteWindow
    private var separator = UInt8(ascii: ",")
    private var columns: [String: Int] = [:]
    private var record: [String] = []
    /// The names in the header as they are written.
    private(set) var header: [String] = []
    /// The line, from 1, on which the current record begins.
    private(set) var line = 1
    private static let maximumFieldBytes = 1 << 20
    private static let maximumFields = 2_000

    package init(_ source: any ByteSource) {
        window = ByteWindow(source, maximumCapacity: 4 << 20)
    }

    /// Goes to the beginning and reads the header.
    ///
    /// - Returns: false where there is none.
    func start() throws -> Bool {
        try window.rewind()
        columns = [:]
        _ = try fill()
        separator = guessSeparator()
        guard try nextRecord() else {
            return false
        }
        header = record
        for (place, name) in header.enumerated() {
            let folded = Self.fold(name)
            if columns[folded] == nil {
                columns[folded] = place
            }
        }
        return true
    }

    /// A column's name without case and without what is no letter or digit.
    static func fold(_ name: String) -> String {
        String(
            decoding: name.lowercased().utf8.filter { $0 >= 0x80 || $0 &- 0x30 < 10 || $0 &- 0x61 < 26 },
            as: UTF8.self
        )
    }

    func has(_ names: String...) -> Bool {
        names.allSatisfy { columns[Self.fold($0)] != nil }
    }

    /// A field of the current record, without white space around it; nil where it is empty or has no column.
    subscript(name: String) -> String? {
        guard let place = columns[Self.fold(name)], place < record.count else {
            return nil
        }
        return record[place].trimmingSpace().nonEmpty
    }

    /// The first of several columns that has something.
    subscript(names: [String]) -> String? {
        names.lazy.compactMap { self[$0] }.first
    }

    /// Goes to the next record that has a field with something in it.
    func next() throws -> Bool {
        while try nextRecord() {
            if record.contains(where: { !$0.isEmpty }) {
                return true
            }
        }
        return false
    }

    /// The separator that the first line has most of.
    private func guessSeparator() -> UInt8 {
        let first = window.rest.prefix { $0 != 0x0A && $0 != 0x0D }
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09].map { candidate in
            (candidate, first.count { $0 == candidate })
        }
        return candidates.max { $0.1 < $1.1 }?.0 ?? UInt8(ascii: ",")
    }

    // MARK: Records

    private func nextRecord() throws -> Bool {
        record.removeAll(keepingCapacity: true)
        guard try skipLineEnds() else {
            return false
        }
        line = window.line(of: window.position)
        repeat {
            guard record.count < Self.maximumFields else {
                throw ReportError(.tooLarge, "a record has more than \(Self.maximumFields) fields", at: .line(line))
            }
            record.append(try field())
        } while try takesSeparator()
        return true
    }

    private func byte() throws -> UInt8? {
        if window.position == window.end, try !fill() {
            return nil
        }
        return window.rest.first
    }

    private func fill() throws -> Bool {
        do {
            return try window.fill()
        } catch let failure as ByteWindow.Failure {
            throw ReportError(.malformed, "the text cannot be read: \(failure)", at: .line(line))
        }
    }

    private func skipLineEnds() throws -> Bool {
        while let byte = try byte() {
            guard byte == 0x0A || byte == 0x0D else {
                return true
            }
            window.position += 1
        }
        return false
    }

    private func takesSeparator() throws -> Bool {
        guard try byte() == separator else {
            return false
        }
        window.position += 1
        return true
    }

    private func field() throws -> String {
        guard try byte() == UInt8(ascii: "\"") else {
            return try plainField()
        }
        window.position += 1
        var text: [UInt8] = []
        while let byte = try byte() {
            window.position += 1
            if byte != UInt8(ascii: "\"") {
                text.append(byte)
            } else if try self.byte() == UInt8(ascii: "\"") {
                window.position += 1
                text.append(byte)
            } else {
                // What stands between the closing quote and the separator belongs to the field.
                return String(decoding: text, as: UTF8.self) + (try plainField())
            }
            guard text.count <= Self.maximumFieldBytes else {
                throw tooLong
            }
        }
        throw ReportError(.malformed, "a quoted field does not end", at: .line(line))
    }

    private func plainField() throws -> String {
        var text: [UInt8] = []
        while let byte = try byte(), byte != separator, byte != 0x0A, byte != 0x0D {
            window.position += 1
            text.append(byte)
            guard text.count <= Self.maximumFieldBytes else {
                throw tooLong
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private var tooLong: ReportError {
        ReportError(.tooLarge, "a field is longer than \(Self.maximumFieldBytes) bytes", at: .line(line))
    }
}
