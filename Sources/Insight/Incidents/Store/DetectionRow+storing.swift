// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Storage

extension DetectionRow {
    /// Reads the columns of ``InsightSQL/detectionColumns``.
    init(_ row: borrowing Row) throws(StorageError) {
        id = try row.integer(0)
        time = try row.integer(1)
        lastTime = try row.integer(2)
        count = try row.int(3)
        severity = Severity(level: try row.int(4))
        outcome = DetectionOutcome(rawValue: try row.int(5)) ?? .other
        folding = Folding(rawValue: try row.int(6)) ?? .none
        incident = try row.integerOrNull(7)
        rule = try row.text(8)
        kind = try row.text(9)
        client = try row.textOrNull(10).flatMap { Entity(kept: $0) }
        application = try row.text(11)
        route = try row.text(12)
        status = try row.int(13)
        control = ControlID(rawValue: try row.text(14)) ?? .webFirewall
        decidedBy = try row.textOrNull(15)
        technique = try row.textOrNull(16)
        message = try row.text(17)
        target = try row.textOrNull(18)
        evidence = try row.textOrNull(19)
        method = try row.textOrNull(20)
        host = try row.textOrNull(21)
        path = try row.textOrNull(22)
        reason = try row.textOrNull(23)
        scope = try row.textOrNull(24)
        revision = try row.integerOrNull(25).map { Int($0) }
        decision = try row.textOrNull(26).flatMap { try? Identifier(parsing: $0) }
        transaction = try row.textOrNull(27)
        samples = try row.textOrNull(28).map { $0.split(separator: "\n").map(String.init) } ?? []
    }

    /// The columns of ``InsightSQL/insertDetections``.
    static let cellCount = 29

    func append(to cells: inout BulkRows) {
        cells.append(id)
        cells.append(time)
        cells.append(lastTime)
        cells.append(count)
        cells.append(severity.level)
        cells.append(outcome.rawValue)
        cells.append(folding.rawValue)
        cells.append(orNull: incident)
        cells.append(rule)
        cells.append(kind)
        cells.append(orNull: client?.description)
        cells.append(application)
        cells.append(route)
        cells.append(status)
        cells.append(control.rawValue)
        cells.append(orNull: decidedBy)
        cells.append(orNull: technique)
        cells.append(message)
        cells.append(orNull: target)
        cells.append(orNull: evidence)
        cells.append(orNull: method)
        cells.append(orNull: host)
        cells.append(orNull: path)
        cells.append(orNull: reason)
        cells.append(orNull: scope)
        cells.append(orNull: revision.map { Int64($0) })
        cells.append(orNull: decision?.description)
        cells.append(orNull: transaction)
        cells.append(orNull: samples.isEmpty ? nil : samples.joined(separator: "\n"))
    }

    var samplesValue: Value { samples.isEmpty ? .null : .text(samples.joined(separator: "\n")) }
}

extension Severity {
    /// - Parameter level: what is out of bounds becomes the nearest.
    init(level: Int) {
        self = Self.allCases[min(max(0, level), Self.allCases.count - 1)]
    }
}

extension Entity {
    /// Reads what `description` wrote, without trying all that people may write.
    init?(kept text: String) {
        guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])),
            let entity = try? Entity(kind, key: String(text[text.index(after: colon)...]))
        else { return nil }
        self = entity
    }
}

extension DetectedRule {
    /// Reads the rules of an event as they were kept; what is not as expected is left out.
    static func list(_ json: String) -> [DetectedRule] {
        guard let elements = (try? JSONReader.read(Array(json.utf8), maximumDepth: 8))?.elements else { return [] }
        return elements.compactMap { element in
            guard let uid = element["uid"], let rule = uid.text ?? uid.integer.map(String.init) else { return nil }
            return DetectedRule(
                rule: rule,
                message: element["desc"]?.text ?? "",
                target: element["target"]?.text,
                severity: Severity(level: (element["severity_id"]?.integer ?? 1) - 1),
                kind: element["kind"]?.text,
                technique: element["technique"]?.text,
                evidence: element["evidence"]?.text
            )
        }
    }
}
