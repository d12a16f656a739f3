// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Evidence

extension EvidenceReport {
    /// For people.
    var text: String {
        var lines = findings.map { finding in
            let place = [finding.file, finding.offset.map { "byte \($0)" }].compactMap { $0 }.joined(separator: ", ")
            return "\(finding.kind.label): \(finding.message)" + (place.isEmpty ? "" : "\n    in \(place)")
        }
        lines += notes.map { "note: \($0)" }
        let counts =
            "\(leaves) leaves, \(signedLeaves) of them signed; \(checkpoints) checkpoints, "
            + "\(knownCheckpoints) known from elsewhere"
        lines.append("\(isIntact ? "intact" : "NOT intact"): \(origin): \(counts)")
        // Origins and messages may hold what somebody else wrote.
        return lines.joined(separator: "\n").unicodeScalars.map { scalar in
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n"
            return isControl || scalar.properties.generalCategory == .format ? "?" : String(scalar)
        }.joined() + "\n"
    }

    /// One JSON document.
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        writeSummary(to: &json)
        json.key("findings")
        json.beginArray()
        for finding in findings { finding.write(to: &json) }
        json.endArray()
        json.key("notes")
        json.strings(notes)
        json.endObject()
        json.endLine()
        return json.bytes
    }

    /// A line for each finding, then one with the numbers.
    var ndjson: [UInt8] {
        var json = JSONWriter()
        for finding in findings {
            finding.write(to: &json)
            json.endLine()
        }
        json.beginObject()
        writeSummary(to: &json)
        json.endObject()
        json.endLine()
        return json.bytes
    }

    private func writeSummary(to json: inout JSONWriter) {
        json.key("intact")
        json.bool(isIntact)
        json.key("origin")
        json.string(origin)
        json.key("key")
        json.string("\(key)")
        json.key("key_from_evidence")
        json.bool(isKeyFromEvidence)
        for (name, number) in [
            ("leaves", leaves), ("signed_leaves", signedLeaves), ("checkpoints", checkpoints),
            ("known_checkpoints", knownCheckpoints),
        ] {
            json.key(name)
            json.number(number)
        }
    }
}

extension EvidenceFinding {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("kind")
        json.string(kind.label)
        json.key("message")
        json.string(message)
        json.key("first_leaf")
        json.numberOrNull(leaves?.lowerBound)
        json.key("last_leaf")
        json.numberOrNull(leaves.map { max($0.lowerBound, $0.upperBound - 1) })
        json.key("file")
        json.stringOrNull(file)
        json.key("offset")
        json.numberOrNull(offset)
        json.endObject()
    }
}

extension EvidenceFinding.Kind {
    /// The name in output: words apart by underscores, as all our JSON has them.
    var label: String {
        switch self {
        case .badSignature: "bad_signature"
        case .unknownKey: "unknown_key"
        default: rawValue
        }
    }
}
