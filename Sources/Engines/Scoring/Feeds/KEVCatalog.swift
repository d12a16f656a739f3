// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// An entry of CISA's catalog of known exploited vulnerabilities.
package struct KEVEntry: Sendable, Hashable {
    package var cve: CVEIdentifier
    package var vendor: String
    package var product: String
    package var name: String
    /// Days as the catalog writes them, YYYY-MM-DD.
    package var dateAdded: String
    package var summary: String
    package var requiredAction: String
    package var dueDate: String
    package var isUsedByRansomware: Bool
    package var notes: String
    package var cwes: [String]
}

/// Reads the catalog of known exploited vulnerabilities, as CSV or JSON, strictly.
///
/// (<https://www.cisa.gov/known-exploited-vulnerabilities-catalog>)
package enum KEVCatalog {
    private static let columns = [
        "cveID", "vendorProject", "product", "vulnerabilityName", "dateAdded", "shortDescription", "requiredAction",
        "dueDate", "knownRansomwareCampaignUse", "notes", "cwes",
    ]

    /// Reads the catalog in either form, told by its first byte.
    ///
    /// - Returns: the entries in the order of the file.
    /// - Throws: ``FeedError`` with the line; of JSON with the entry's number in the message.
    package static func read(_ document: [UInt8]) throws(FeedError) -> [KEVEntry] {
        var document = document[...]
        if document.starts(with: [0xEF, 0xBB, 0xBF]) { document = document.dropFirst(3) }
        let first = document.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        let entries = first == UInt8(ascii: "{") ? try json(Array(document)) : try csv(Array(document))
        var seen: Set<CVEIdentifier> = []
        for entry in entries where !seen.insert(entry.cve).inserted {
            throw FeedError(code: .duplicate, line: 0, message: "\(entry.cve) stands twice")
        }
        return entries
    }

    private static func csv(_ document: [UInt8]) throws(FeedError) -> [KEVEntry] {
        var records = try CSVRecords.all(document)[...]
        guard let header = records.popFirst(), Array(header.fields.prefix(columns.count)) == columns else {
            throw FeedError(code: .header, line: 1, message: "the header is not that of the catalog")
        }
        var entries: [KEVEntry] = []
        for record in records {
            guard record.fields.count == header.fields.count else {
                let message = "\(record.fields.count) fields where the header has \(header.fields.count)"
                throw FeedError(code: .fields, line: record.line, message: message)
            }
            let cwes = record.fields[10].split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
            entries.append(try entry(record.fields, cwes: cwes, line: record.line, place: ""))
        }
        return entries
    }

    private static func json(_ document: [UInt8]) throws(FeedError) -> [KEVEntry] {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONReader.read(document)
        } catch {
            throw FeedError(code: .json, line: error.position(in: document).line, message: error.message)
        }
        guard let elements = root["vulnerabilities"]?.elements else {
            throw FeedError(code: .header, line: 0, message: "the document has no list \"vulnerabilities\"")
        }
        if let count = root["count"]?.integer, count != elements.count {
            let message = "the document tells of \(count) entries and has \(elements.count)"
            throw FeedError(code: .incomplete, line: 0, message: message)
        }
        var entries: [KEVEntry] = []
        for (index, element) in elements.enumerated() {
            let place = "vulnerabilities/\(index): "
            var fields: [String] = []
            for column in columns.dropLast() {
                guard let text = element[column]?.text ?? (column == "notes" ? "" : nil) else {
                    throw FeedError(code: .fields, line: 0, message: place + "no text \"\(column)\"")
                }
                fields.append(text)
            }
            let cwes = element["cwes"]?.elements?.compactMap(\.text) ?? []
            entries.append(try entry(fields, cwes: cwes, line: 0, place: place))
        }
        return entries
    }

    private static func entry(
        _ fields: [String],
        cwes: [String],
        line: Int,
        place: String
    ) throws(FeedError) -> KEVEntry {
        guard let cve = CVEIdentifier(fields[0].utf8) else {
            throw FeedError(code: .value, line: line, message: place + "cveID is no CVE")
        }
        for index in [4, 7] where !isDate(fields[index]) {
            throw FeedError(code: .value, line: line, message: place + "\(columns[index]) of \(cve) is no date")
        }
        guard ["known", "unknown"].contains(fields[8].lowercased()) else {
            let message = place + "knownRansomwareCampaignUse of \(cve) is neither Known nor Unknown"
            throw FeedError(code: .value, line: line, message: message)
        }
        return KEVEntry(
            cve: cve,
            vendor: fields[1],
            product: fields[2],
            name: fields[3],
            dateAdded: fields[4],
            summary: fields[5],
            requiredAction: fields[6],
            dueDate: fields[7],
            isUsedByRansomware: fields[8].lowercased() == "known",
            notes: fields[9],
            cwes: cwes
        )
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// Whether a text is a day of the calendar, YYYY-MM-DD.
    static func isDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Int(text.prefix(4)), let month = Int(text.dropFirst(5).prefix(2)), let day = Int(text.suffix(2)),
            (1...12).contains(month), year > 0
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...lengths[month - 1]).contains(day)
    }
}
