// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// A vulnerability in the Open Source Vulnerability format.
///
/// Source: https://ossf.github.io/osv-schema (1.7). What evaluation and display need is held as values; what databases
/// add of their own is kept as JSON.
public struct OSVRecord: Sendable, Equatable {
    /// A vulnerability holds at most this many events and enumerated versions together.
    static let longestEvents = 10_000
    static let mostVersions = 200_000

    public var id: String
    /// When the record changed last, as it was written (RFC 3339).
    public var modified: String
    public var published: String?
    /// When the record was withdrawn; a withdrawn record affects nothing.
    public var withdrawn: String?
    /// Other names of the same vulnerability.
    public var aliases: [String]
    /// Vulnerabilities that have to do with this one but are others.
    public var related: [String]
    /// Vulnerabilities that this one was made from; they are others too.
    public var upstream: [String]
    public var summary: String?
    public var details: String?
    public var affected: [OSVAffected]
    public var severity: [OSVSeverity]
    public var references: [OSVReference]
    package var databaseSpecific: JSONValue?

    /// Reads a record.
    ///
    /// - Throws: ``AdvisoryError`` with code `badRecord` and a JSON pointer, or `tooLarge` above 10,000 events.
    package init(_ json: JSONValue) throws(AdvisoryError) {
        let record = RecordReader(json)
        try record.requireObject()
        id = try record.requiredText("id")
        modified = try record.text("modified") ?? ""
        published = try record.text("published")
        withdrawn = try record.text("withdrawn")
        aliases = try record.texts("aliases")
        related = try record.texts("related")
        upstream = try record.texts("upstream")
        summary = try record.text("summary")
        details = try record.text("details")
        affected = []
        for element in try record.elements("affected") {
            affected.append(try OSVAffected(element))
        }
        severity = try OSVSeverity.all(record)
        references = []
        for element in try record.elements("references") {
            references.append(
                OSVReference(type: try element.text("type") ?? "WEB", url: try element.text("url") ?? "")
            )
        }
        databaseSpecific = record.member("database_specific")?.value
        let events = affected.reduce(0) { $0 + $1.ranges.reduce(0) { $0 + $1.events.count } }
        let versions = affected.reduce(0) { $0 + $1.versions.count }
        guard events <= OSVRecord.longestEvents, versions <= OSVRecord.mostVersions else {
            throw AdvisoryError(.tooLarge, "\(id) has \(events) events and \(versions) versions, which is too many")
        }
    }

    /// Whether the record was taken back.
    public var isWithdrawn: Bool { withdrawn.map { !$0.isEmpty } ?? false }
}

/// A link with its kind: `ADVISORY`, `FIX`, `WEB` and so on.
public struct OSVReference: Sendable, Equatable {
    public var type: String
    public var url: String
}

/// A rating: the system (`CVSS_V3`) and its vector or word.
public struct OSVSeverity: Sendable, Equatable {
    public var type: String
    public var score: String

    static func all(_ record: RecordReader) throws(AdvisoryError) -> [OSVSeverity] {
        var all: [OSVSeverity] = []
        for element in try record.elements("severity") {
            all.append(OSVSeverity(type: try element.text("type") ?? "", score: try element.text("score") ?? ""))
        }
        return all
    }
}

/// What one entry of a record says about one package.
public struct OSVAffected: Sendable, Equatable {
    /// Nil for entries about repositories alone.
    public var package: AdvisoryPackage?
    public var purl: String?
    public var ranges: [OSVRange]
    /// Versions that are affected, as they are written.
    public var versions: [String]
    /// Ratings for this package, which stand above those of the record.
    public var severity: [OSVSeverity]
    package var ecosystemSpecific: JSONValue?
    package var databaseSpecific: JSONValue?

    init(_ record: RecordReader) throws(AdvisoryError) {
        try record.requireObject()
        let named = record.member("package")
        if let ecosystem = try named?.text("ecosystem"), let name = try named?.text("name") {
            package = AdvisoryPackage(ecosystem: ecosystem, name: name)
        }
        purl = try named?.text("purl")
        ranges = []
        for element in try record.elements("ranges") {
            ranges.append(try OSVRange(element))
        }
        versions = try record.texts("versions")
        severity = try OSVSeverity.all(record)
        ecosystemSpecific = record.member("ecosystem_specific")?.value
        databaseSpecific = record.member("database_specific")?.value
    }
}

/// A timeline of events; between an introduction and a fix versions are affected.
public struct OSVRange: Sendable, Equatable {
    /// By whose order versions are compared.
    public enum Kind: String, Sendable {
        case semver = "SEMVER"
        case ecosystem = "ECOSYSTEM"
        case git = "GIT"
    }

    public var kind: Kind
    /// The repository of a Git range.
    public var repository: String?
    /// As they are written; they need not be sorted.
    public var events: [OSVEvent]

    init(_ record: RecordReader) throws(AdvisoryError) {
        let type = try record.requiredText("type")
        guard let kind = Kind(rawValue: type) else {
            throw record.error("\"\(type)\" is no type of range")
        }
        self.kind = kind
        repository = try record.text("repo")
        events = []
        for element in try record.elements("events") {
            for member in try element.members() {
                if let kind = OSVEvent.Kind(rawValue: member.name), !member.value.value.isNull {
                    events.append(OSVEvent(kind: kind, version: try member.value.text()))
                }
            }
        }
    }
}

/// One point of a timeline.
public struct OSVEvent: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// From this version on.
        case introduced
        /// No longer from this version on.
        case fixed
        /// No longer behind this version.
        case lastAffected = "last_affected"
        /// Nothing is said about this version and those behind it.
        case limit
    }

    public var kind: Kind
    public var version: String

    public init(kind: Kind, version: String) {
        self.kind = kind
        self.version = version
    }

    public var description: String { "\(kind.rawValue) \(version)" }
}
