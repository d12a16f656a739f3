// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A decision table of SSVC (Stakeholder-Specific Vulnerability Categorization, CERT/CC): from values of decision points to
/// a decision, one row for each combination.
///
/// Read from the CSV that CERT/CC publishes: the first column is the row's number, the last the decision, those between
/// are decision points. A table that leaves a combination out, or has one twice, is refused.
package struct DecisionTable: Sendable {
    /// A column: its name without the version, its version, and its values in the order in which they first stand.
    package struct Point: Sendable, Hashable {
        package var name: String
        package var version: String
        package var values: [String]
    }

    /// A row of the table.
    package struct Row: Sendable, Hashable {
        /// As the table counts.
        package var number: Int
        /// One for each decision point.
        package var values: [String]
        package var decision: String
    }

    /// The decision points.
    package let points: [Point]
    /// What is decided on, with the possible decisions.
    package let outcome: Point
    package let rows: [Row]
    private let rowOfKey: [String: Int]

    /// Reads a table from CSV.
    ///
    /// - Parameter csv: the file's bytes.
    /// - Throws: ``FeedError`` with the line.
    package init(csv: [UInt8]) throws(FeedError) {
        var records = try CSVRecords.all(csv)[...]
        guard let header = records.popFirst(), header.fields.count >= 3, header.fields[0].lowercased() == "row" else {
            throw FeedError(code: .header, line: 1, message: "the header is not row, decision points, decision")
        }
        var rows: [Row] = []
        for record in records {
            guard record.fields.count == header.fields.count else {
                let message = "\(record.fields.count) fields where the header has \(header.fields.count)"
                throw FeedError(code: .fields, line: record.line, message: message)
            }
            guard let number = Int(record.fields[0]) else {
                throw FeedError(code: .value, line: record.line, message: "\"\(record.fields[0])\" is no row number")
            }
            let values = record.fields.dropFirst().dropLast().map { DecisionTable.trimmed($0) }
            let decision = DecisionTable.trimmed(record.fields.last ?? "")
            guard !decision.isEmpty, !values.contains("") else {
                throw FeedError(code: .value, line: record.line, message: "an empty value")
            }
            rows.append(Row(number: number, values: values, decision: decision))
        }
        try self.init(header: Array(header.fields.dropFirst()), rows: rows)
    }

    private init(header: [String], rows: [Row]) throws(FeedError) {
        func point(_ column: Int, _ values: [String]) -> Point {
            let (name, version) = DecisionTable.nameAndVersion(header[column])
            var distinct: [String] = []
            for value in values where !distinct.contains(value) { distinct.append(value) }
            return Point(name: name, version: version, values: distinct)
        }
        points = (0..<(header.count - 1)).map { column in point(column, rows.map { $0.values[column] }) }
        outcome = point(header.count - 1, rows.map(\.decision))
        self.rows = rows
        var rowOfKey: [String: Int] = [:]
        for (index, row) in rows.enumerated() {
            guard rowOfKey.updateValue(index, forKey: DecisionTable.key(row.values)) == nil else {
                let message = "row \(row.number) has the values of an earlier one"
                throw FeedError(code: .duplicate, line: 0, message: message)
            }
        }
        self.rowOfKey = rowOfKey
        let combinations = points.reduce(1) { min($0 * $1.values.count, 1_000_000) }
        guard combinations == rows.count, !rows.isEmpty else {
            let message = "the table has \(rows.count) of \(combinations) rows"
            throw FeedError(code: .incomplete, line: 0, message: message)
        }
    }

    /// "Exploitation v1.1.0" is "Exploitation" and "1.1.0"; a namespace in parentheses behind it is dropped.
    private static func nameAndVersion(_ text: String) -> (String, String) {
        var words = text.split(separator: " ")
        if let last = words.last, last.hasPrefix("("), last.hasSuffix(")") { words.removeLast() }
        guard let last = words.last, last.hasPrefix("v"), last.dropFirst().first?.isNumber ?? false else {
            return (words.joined(separator: " "), "")
        }
        return (words.dropLast().joined(separator: " "), String(last.dropFirst()))
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func key(_ values: [String]) -> String {
        values.map(normalized).joined(separator: "|")
    }

    /// Lower case, without blanks, hyphens and underscores; "poc" is "public poc", as CISA's records write it.
    static func normalized(_ text: String) -> String {
        let plain = text.lowercased().filter { $0 != " " && $0 != "-" && $0 != "_" }
        return plain == "poc" ? "publicpoc" : plain
    }

    // MARK: Deciding

    /// A value of a decision point, and who says so.
    package struct Fact: Sendable, Hashable {
        package var value: String
        /// Such as "CISA KEV 2025-08-25" or "set by an administrator".
        package var source: String

        package init(_ value: String, source: String) {
            self.value = value
            self.source = source
        }
    }

    /// What a table says of some facts.
    package enum Answer: Sendable, Hashable {
        case decided(Decision)
        /// Facts are missing or have no such value; these decisions are still possible.
        case undecided(missing: [String], possible: [String])
    }

    /// A decision with the row and the facts that led to it.
    package struct Decision: Sendable, Hashable, CustomStringConvertible {
        package var decision: String
        package var row: Int
        /// One for each decision point, in the order of the table.
        package var facts: [(point: String, fact: Fact)]

        package static func == (left: Decision, right: Decision) -> Bool {
            left.decision == right.decision && left.row == right.row
                && left.facts.map(\.fact) == right.facts.map(\.fact)
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(decision)
            hasher.combine(row)
        }

        /// Such as "14 days: row 1, as In KEV is yes (CISA KEV), ...".
        package var description: String {
            let reasons = facts.map { "\($0.point) is \($0.fact.value) (\($0.fact.source))" }
            return "\(decision): row \(row), as " + reasons.joined(separator: ", ")
        }
    }

    /// Decides.
    ///
    /// - Parameter facts: by the name of the decision point; names and values in any case, with or without blanks.
    package func decide(_ facts: [String: Fact]) -> Answer {
        let known = Dictionary(
            facts.map { (DecisionTable.normalized($0.key), $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        let chosen = points.map { point -> Fact? in
            guard let fact = known[DecisionTable.normalized(point.name)] else { return nil }
            let value = DecisionTable.normalized(fact.value)
            let named = point.values.first { DecisionTable.normalized($0) == value }
            return named.map { Fact($0, source: fact.source) }
        }
        let complete = chosen.compactMap { $0 }
        if complete.count == points.count, let index = rowOfKey[DecisionTable.key(complete.map(\.value))] {
            let facts = zip(points.map(\.name), complete).map { (point: $0, fact: $1) }
            return .decided(Decision(decision: rows[index].decision, row: rows[index].number, facts: facts))
        }
        let missing = zip(points, chosen).filter { $0.1 == nil }.map { $0.0.name }
        let possible = Set(
            rows.filter { row in zip(row.values, chosen).allSatisfy { $1 == nil || $0 == $1?.value } }.map(\.decision)
        )
        return .undecided(missing: missing, possible: outcome.values.filter { possible.contains($0) })
    }
}
