// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

extension CVERecord {
    /// Reads a record.
    ///
    /// - Throws: ``AdvisoryError`` with code `badRecord` and a JSON pointer.
    package init(_ json: JSONValue) throws(AdvisoryError) {
        let root = RecordReader(json)
        try root.requireObject()
        guard let metadata = root.member("cveMetadata") else {
            throw root.error("\"cveMetadata\" is missing")
        }
        id = try metadata.requiredText("cveId")
        isRejected = try metadata.text("state") == "REJECTED"
        published = try metadata.text("datePublished")
        updated = try metadata.text("dateUpdated")
        title = nil
        summary = nil
        (affected, applicability, metrics, weaknesses, references) = ([], [], [], [], [])
        guard let containers = root.member("containers") else {
            return
        }
        if let cna = containers.member("cna") {
            title = try cna.text("title")
            summary = try CVERecordReader.english(cna.elements(isRejected ? "rejectedReasons" : "descriptions"))
            try add(cna)
        }
        for container in try containers.elements("adp") {
            try add(container)
        }
    }

    private mutating func add(_ container: RecordReader) throws(AdvisoryError) {
        let provider = try container.member("providerMetadata")?.text("shortName") ?? ""
        for element in try container.elements("affected") {
            affected.append(try CVERecordReader.affected(element, provider))
        }
        for element in try container.elements("cpeApplicability") {
            if let part = try CVERecordReader.applicability(element) {
                applicability.append(part)
            }
        }
        for element in try container.elements("metrics") {
            metrics += try CVERecordReader.metrics(element, provider)
            try addOther(element)
        }
        for type in try container.elements("problemTypes") {
            for description in try type.elements("descriptions") {
                if let cwe = try description.text("cweId"), !weaknesses.contains(cwe) {
                    weaknesses.append(cwe)
                }
            }
        }
        for reference in try container.elements("references") {
            let url = try reference.requiredText("url")
            if !references.contains(url) {
                references.append(url)
            }
        }
    }

    /// Decision points and the mark of exploitation hide among the metrics.
    private mutating func addOther(_ metric: RecordReader) throws(AdvisoryError) {
        guard let other = metric.member("other"), let content = other.member("content") else {
            return
        }
        switch try other.text("type")?.lowercased() {
        case "kev":
            exploitedSince = try content.text("dateAdded") ?? exploitedSince
        case "ssvc":
            var facts = SSVCFacts()
            facts.timestamp = try content.text("timestamp")
            for option in try content.elements("options") {
                for member in try option.members() {
                    let value = try member.value.text().lowercased()
                    switch member.name.lowercased() {
                    case "exploitation": facts.exploitation = value
                    case "automatable": facts.automatable = value
                    case "technical impact": facts.technicalImpact = value
                    default: break
                    }
                }
            }
            decision = facts
        default: break
        }
    }
}

/// Reads the parts of a CVE record.
enum CVERecordReader {
    static func english(_ descriptions: [RecordReader]) throws(AdvisoryError) -> String? {
        var first: String?
        for description in descriptions {
            let value = try description.text("value")
            if try description.text("lang")?.lowercased().hasPrefix("en") ?? false {
                return value
            }
            first = first ?? value
        }
        return first
    }

    static func affected(_ record: RecordReader, _ provider: String) throws(AdvisoryError) -> CVEAffected {
        var entries: [CVEAffected.Entry] = []
        for element in try record.elements("versions") {
            entries.append(try entry(element))
        }
        return CVEAffected(
            provider: provider,
            vendor: try record.text("vendor"),
            product: try record.text("product"),
            packageName: try record.text("packageName"),
            collectionURL: try record.text("collectionURL"),
            packageURL: try record.text("packageURL"),
            cpes: try record.texts("cpes"),
            platforms: try record.texts("platforms"),
            defaultStatus: try status(record, "defaultStatus") ?? .unknown,
            entries: entries
        )
    }

    private static func entry(_ record: RecordReader) throws(AdvisoryError) -> CVEAffected.Entry {
        var changes: [(at: String, status: CVEAffected.Status)] = []
        for change in try record.elements("changes") {
            changes.append((try change.requiredText("at"), try status(change, "status") ?? .unknown))
        }
        return CVEAffected.Entry(
            version: try record.requiredText("version"),
            status: try status(record, "status") ?? .unknown,
            type: try record.text("versionType"),
            lessThan: try record.text("lessThan"),
            lessThanOrEqual: try record.text("lessThanOrEqual"),
            changes: changes
        )
    }

    private static func status(_ record: RecordReader, _ name: String) throws(AdvisoryError) -> CVEAffected.Status? {
        guard let word = try record.text(name) else {
            return nil
        }
        guard let status = CVEAffected.Status(rawValue: word) else {
            throw record.error("\"\(word)\" is no status")
        }
        return status
    }

    static func metrics(_ record: RecordReader, _ provider: String) throws(AdvisoryError) -> [CVEMetric] {
        let names = ["cvssV4_0": "4.0", "cvssV3_1": "3.1", "cvssV3_0": "3.0", "cvssV2_0": "2.0"]
        var metrics: [CVEMetric] = []
        for (name, version) in names.sorted(by: { $0.value > $1.value }) {
            guard let cvss = record.member(name) else {
                continue
            }
            metrics.append(
                CVEMetric(
                    provider: provider,
                    version: version,
                    vector: try cvss.requiredText("vectorString"),
                    score: cvss.member("baseScore")?.value.double,
                    severity: try cvss.text("baseSeverity")?.lowercased()
                )
            )
        }
        return metrics
    }

    /// One configuration: nodes joined by an operator; nil where no name in it can be read.
    static func applicability(_ record: RecordReader) throws(AdvisoryError) -> CPEApplicability? {
        var parts: [CPEApplicability] = []
        for node in try record.elements("nodes") {
            var criteria: [CPEApplicability] = []
            for match in try node.elements("cpeMatch") {
                if let criterion = try criterion(match) {
                    criteria.append(.criterion(criterion))
                }
            }
            if !criteria.isEmpty {
                parts.append(try joined(criteria, node))
            }
        }
        return parts.isEmpty ? nil : try joined(parts, record)
    }

    private static func joined(
        _ parts: [CPEApplicability],
        _ record: RecordReader
    ) throws(AdvisoryError)
        -> CPEApplicability
    {
        let whole: CPEApplicability = try record.text("operator") == "AND" ? .all(parts) : .any(parts)
        return record.member("negate")?.value.bool == true ? .none(whole) : whole
    }

    private static func criterion(_ record: RecordReader) throws(AdvisoryError) -> CPECriterion? {
        guard let name = try? CPEName(parsing: record.requiredText("criteria")) else {
            return nil
        }
        return CPECriterion(
            name: name,
            isVulnerable: record.member("vulnerable")?.value.bool ?? true,
            startIncluding: try record.text("versionStartIncluding"),
            startExcluding: try record.text("versionStartExcluding"),
            endIncluding: try record.text("versionEndIncluding"),
            endExcluding: try record.text("versionEndExcluding")
        )
    }
}
