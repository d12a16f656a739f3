// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
package import EventBus

/// An event that is made here, as a line of OCSF 1.6.0 JSON (https://schema.ocsf.io/1.6.0) and what is known of it.
///
/// Tests check every class against the schema.
package struct OCSFRecord: Sendable {
    package var json: [UInt8]
    package var facts: EventFacts

    static let version = "1.6.0"
    /// Longer texts are cut there.
    static let longestText = 1024

    init(_ json: [UInt8], _ facts: EventFacts) {
        self.json = json
        self.facts = facts
    }
}

/// Writes the attributes that all classes share, and the objects that several have.
struct OCSFWriter {
    var json = JSONWriter(reservingCapacity: 1024)

    /// What every event begins with.
    struct Base {
        var eventClass: EventClass
        /// 1 to 99, as the class has it.
        var activity: Int
        /// What the activity is called where its number is 99.
        var activityName: String?
        /// Nanoseconds since 1970.
        var time: Int64
        var severity: EventSeverity
        /// Tells the event from all others.
        var uid: String
        /// What the event belongs to, such as the exchange of a detection.
        var correlation: String?
        /// Whether `action_id` and `disposition_id` follow.
        var hasControl = false
        /// Which of Redoubt's streams it is of, by the name of its topic.
        var topic: OutputTopic
    }

    mutating func begin(_ base: Base) {
        let number = base.eventClass.ocsfIdentifier
        json.beginObject()
        self.number("activity_id", base.activity)
        if let name = base.activityName { text("activity_name", name) }
        self.number("category_uid", number / 1000)
        self.number("class_uid", number)
        self.number("type_uid", number * 100 + base.activity)
        self.number("time", Int(base.time / 1_000_000))
        self.number("severity_id", Int(base.severity.rawValue))
        object("metadata") { writer in
            writer.object("product") { product in
                product.text("name", "Redoubt")
                product.text("vendor_name", "Redoubt")
            }
            if base.hasControl {
                writer.json.key("profiles")
                writer.json.strings(["security_control"])
            }
            writer.text("version", OCSFRecord.version)
            writer.text("uid", base.uid)
            if let correlation = base.correlation { writer.text("correlation_uid", correlation) }
            writer.text("log_name", base.topic.name)
        }
    }

    mutating func end(_ base: Base, disposition: UInt8 = 0) -> OCSFRecord {
        json.endObject()
        let facts = EventFacts(
            time: base.time,
            eventClass: base.eventClass,
            severity: base.severity,
            disposition: disposition,
            stream: base.topic.rawValue
        )
        return OCSFRecord(json.bytes, facts)
    }

    // MARK: Values

    mutating func number(_ key: String, _ value: Int) {
        json.key(key)
        json.number(value)
    }

    mutating func number(_ key: String, _ value: Int?) {
        if let value { number(key, value) }
    }

    mutating func flag(_ key: String, _ value: Bool) {
        json.key(key)
        json.bool(value)
    }

    mutating func text(_ key: String, _ value: String) {
        json.key(key)
        json.string(OCSFWriter.cut(value))
    }

    mutating func text(_ key: String, _ value: String?) {
        if let value, !value.isEmpty { text(key, value) }
    }

    mutating func object(_ key: String, _ write: (inout OCSFWriter) -> Void) {
        json.key(key)
        json.beginObject()
        write(&self)
        json.endObject()
    }

    /// An array of one object.
    mutating func single(_ key: String, _ write: (inout OCSFWriter) -> Void) {
        json.key(key)
        json.beginArray()
        json.beginObject()
        write(&self)
        json.endObject()
        json.endArray()
    }

    /// The profile Security Control.
    mutating func control(action: Int, disposition: Int) {
        number("action_id", action)
        number("disposition_id", disposition)
    }

    /// A rule of ours as OCSF's analytic.
    mutating func analytic(_ rule: String, name: String?, category: String?) {
        object("analytic") { writer in
            writer.number("type_id", 1)
            writer.text("type", "Rule")
            writer.text("uid", rule)
            writer.text("name", name)
            writer.text("category", category)
        }
    }

    /// A technique of MITRE ATT&CK, and the part of one that a dot tells.
    mutating func attacks(_ technique: String) {
        single("attacks") { writer in
            let parent = String(technique.prefix { $0 != "." })
            writer.object("technique") { $0.text("uid", parent) }
            if parent != technique { writer.object("sub_technique") { $0.text("uid", technique) } }
        }
    }

    /// - Returns: the text, or its beginning with a sign that more was there. Cut between characters.
    static func cut(_ text: String) -> String {
        guard text.utf8.count > OCSFRecord.longestText else { return text }
        var kept = ""
        var bytes = 0
        for character in text.unicodeScalars {
            bytes += UTF8.width(character)
            if bytes > OCSFRecord.longestText - 3 { break }
            kept.unicodeScalars.append(character)
        }
        return kept + "\u{2026}"
    }
}

extension EventSeverity {
    init(_ severity: Severity) {
        self =
            switch severity {
            case .info: .info
            case .low: .low
            case .medium: .medium
            case .high: .high
            case .critical: .critical
            }
    }
}

extension OCSFRecord {
    /// A finding that says that it is a test.
    static func test(uid: String, time: Int64) -> OCSFRecord {
        let base = OCSFWriter.Base(
            eventClass: .detectionFinding,
            activity: 1,
            time: time,
            severity: .info,
            uid: uid,
            topic: .detections
        )
        var writer = OCSFWriter()
        writer.begin(base)
        writer.text("message", "A test of this output; nothing has happened")
        writer.flag("is_alert", false)
        writer.object("finding_info") { info in
            info.text("uid", uid)
            info.text("title", "A test of this output; nothing has happened")
            info.json.key("types")
            info.json.strings(["test"])
        }
        return writer.end(base)
    }
}
