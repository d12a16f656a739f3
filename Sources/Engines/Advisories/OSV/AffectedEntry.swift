// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An entry of an OSV record for one package, in bytes that a database keeps and that are evaluated without reading the
/// record again.
///
/// The bytes hold the package, ranges, ratings and listed versions, each text with its length in front. Listed versions,
/// of which there may be hundreds, are compared where they lie.
package struct AffectedEntry: Sendable {
    /// The package's key, as ``AdvisoryPackage/indexKey``.
    package let ecosystem: String
    package let name: String
    package let ranges: [OSVRange]
    /// Ratings for this package, which stand above those of the record.
    package let severity: [OSVSeverity]
    private let bytes: [UInt8]
    /// Where the listed versions begin, and how many there are.
    private let versionsStart: Int
    private let versionCount: Int

    /// The first byte, so that a later form can be told from this one.
    private static let form: UInt8 = 1

    // MARK: Bytes

    /// The bytes of an entry; nil where it names no package.
    package static func encoded(_ entry: OSVAffected) -> [UInt8]? {
        guard let key = entry.package?.indexKey else {
            return nil
        }
        var bytes = [form]
        append(key.ecosystem, to: &bytes)
        append(key.name, to: &bytes)
        append(entry.ranges.count, to: &bytes)
        for range in entry.ranges {
            bytes.append(range.kind.number)
            append(range.events.count, to: &bytes)
            for event in range.events {
                bytes.append(event.kind.number)
                append(event.version, to: &bytes)
            }
        }
        append(entry.severity.count, to: &bytes)
        for severity in entry.severity {
            append(severity.type, to: &bytes)
            append(severity.score, to: &bytes)
        }
        append(entry.versions.count, to: &bytes)
        for version in entry.versions {
            append(version, to: &bytes)
        }
        return bytes
    }

    /// Reads the bytes of an entry.
    ///
    /// - Throws: ``AdvisoryError`` with code `badRecord` where they are not as they were written.
    package init(_ bytes: [UInt8]) throws(AdvisoryError) {
        var reader = EntryReader(bytes)
        guard try reader.byte() == Self.form else {
            throw EntryReader.damaged(0)
        }
        ecosystem = try reader.text()
        name = try reader.text()
        var ranges: [OSVRange] = []
        for _ in 0..<(try reader.count()) {
            guard let kind = OSVRange.Kind(number: try reader.byte()) else {
                throw EntryReader.damaged(reader.index)
            }
            var events: [OSVEvent] = []
            for _ in 0..<(try reader.count()) {
                guard let kind = OSVEvent.Kind(number: try reader.byte()) else {
                    throw EntryReader.damaged(reader.index)
                }
                events.append(OSVEvent(kind: kind, version: try reader.text()))
            }
            ranges.append(OSVRange(kind: kind, events: events))
        }
        self.ranges = ranges
        var severity: [OSVSeverity] = []
        for _ in 0..<(try reader.count()) {
            severity.append(OSVSeverity(type: try reader.text(), score: try reader.text()))
        }
        self.severity = severity
        versionCount = try reader.count()
        versionsStart = reader.index
        self.bytes = bytes
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = UInt(max(0, number))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        append(text.utf8.count, to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    // MARK: Evaluation

    /// What the entry says about a version.
    package enum Verdict: Sendable, Equatable {
        case affected(OSVVerdict.Cause)
        case notAffected
        /// The order of versions of the ecosystem is not known.
        case undecidable
    }

    /// Whether a version is affected, by the rules of ``OSVRecord/verdict(on:version:)``. Ranges are asked before
    /// listed versions, because they say more and are fewer.
    ///
    /// - Parameter rules: the ecosystem of the package; nil where it is not known.
    /// - Throws: ``AdvisoryError`` where the bytes are damaged.
    package func verdict(on version: String, rules: Ecosystem?) throws(AdvisoryError) -> Verdict {
        let evaluation = OSVEvaluation(scheme: rules?.scheme, isGo: rules?.name == "Go")
        if let cause = evaluation.cause(ranges, version) {
            return .affected(cause)
        }
        if let listed = try listed(version, rules) {
            return .affected(.enumerated(listed))
        }
        return rules == nil && ranges.contains { $0.kind == .ecosystem } ? .undecidable : .notAffected
    }

    /// The listed version that is this one.
    private func listed(_ version: String, _ rules: Ecosystem?) throws(AdvisoryError) -> String? {
        var reader = EntryReader(bytes, at: versionsStart)
        let wanted = Array(version.utf8)
        let bare = Self.withoutPrefix(wanted[...])
        let isGo = rules?.name == "Go"
        let isPython = rules?.scheme == .pypi && PythonVersion(wanted.span) != nil
        for _ in 0..<versionCount {
            let place = try reader.place()
            let isSame =
                bytes[place].elementsEqual(wanted)
                || (isGo && Self.withoutPrefix(bytes[place]).elementsEqual(bare))
                || (isPython && isSamePython(place, wanted))
            if isSame {
                return String(decoding: bytes[place], as: UTF8.self)
            }
        }
        return nil
    }

    private func isSamePython(_ place: Range<Int>, _ wanted: [UInt8]) -> Bool {
        let listed = bytes.span.extracting(place)
        return VersionScheme.pypi.compare(listed, wanted.span) == .equal && PythonVersion(listed) != nil
    }

    private static func withoutPrefix(_ version: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        version.first == UInt8(ascii: "v") ? version.dropFirst() : version
    }

    /// The versions above this one that a range ends at, the lowest first.
    package func fixes(above version: String, scheme: VersionScheme) -> [String] {
        let present = Version(version, scheme: scheme)
        let fixes = ranges.filter { $0.kind != .git }.flatMap(\.events).filter { $0.kind == .fixed }
            .map { Version($0.version, scheme: scheme) }
        return fixes.filter { $0 > present }.sorted().map(\.description)
    }
}

/// Walks the bytes of an entry and trusts none of them.
private struct EntryReader {
    private let bytes: [UInt8]
    private(set) var index: Int

    init(_ bytes: [UInt8], at index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    static func damaged(_ index: Int) -> AdvisoryError {
        AdvisoryError(.badRecord, "a stored entry of an advisory is damaged", offset: index)
    }

    mutating func byte() throws(AdvisoryError) -> UInt8 {
        guard index < bytes.count else {
            throw Self.damaged(index)
        }
        defer { index += 1 }
        return bytes[index]
    }

    /// A number of parts, each of which has a byte at least.
    mutating func count() throws(AdvisoryError) -> Int {
        var value = 0
        var shift = 0
        while true {
            let byte = try byte()
            value |= Int(byte & 0x7F) << shift
            shift += 7
            guard byte >= 0x80 else {
                break
            }
            guard shift <= 28 else {
                throw Self.damaged(index)
            }
        }
        guard value <= bytes.count - index else {
            throw Self.damaged(index)
        }
        return value
    }

    /// Where the next text lies.
    mutating func place() throws(AdvisoryError) -> Range<Int> {
        let count = try count()
        let start = index
        index += count
        return start..<index
    }

    mutating func text() throws(AdvisoryError) -> String {
        String(decoding: bytes[try place()], as: UTF8.self)
    }
}

extension OSVRange {
    init(kind: Kind, events: [OSVEvent]) {
        self.kind = kind
        repository = nil
        self.events = events
    }
}

extension OSVRange.Kind {
    fileprivate var number: UInt8 {
        switch self {
        case .semver: 1
        case .ecosystem: 2
        case .git: 3
        }
    }

    fileprivate init?(number: UInt8) {
        guard let kind = [Self.semver, .ecosystem, .git].first(where: { $0.number == number }) else { return nil }
        self = kind
    }
}

extension OSVEvent.Kind {
    fileprivate var number: UInt8 {
        switch self {
        case .introduced: 1
        case .fixed: 2
        case .lastAffected: 3
        case .limit: 4
        }
    }

    fileprivate init?(number: UInt8) {
        guard let kind = [Self.introduced, .fixed, .lastAffected, .limit].first(where: { $0.number == number })
        else { return nil }
        self = kind
    }
}
