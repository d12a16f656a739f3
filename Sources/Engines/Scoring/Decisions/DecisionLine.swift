// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// One line of output for one line of facts: what `redoubt ssvc decide` prints.
package enum DecisionLine {
    /// Decides on a JSON object of facts and writes the answer as one NDJSON line.
    ///
    /// A fact is `"In KEV": "yes"` or `"In KEV": {"value": "yes", "source": "CISA"}`. The answer is
    /// `{"decision":"14 days","row":1,"days":14,"forensics":false,"facts":[...]}`, or, where facts are missing,
    /// `{"missing":[...],"possible":[...]}`, or `{"error":"..."}`.
    package static func write(_ line: [UInt8], _ table: DecisionTable, to json: inout JSONWriter) {
        json.beginObject()
        do throws(JSONError) {
            let document = try JSONReader.read(line)
            if let members = document.members {
                write(table.decide(facts(members)), to: &json)
            } else {
                error("facts are a JSON object, not \(document.kind)", to: &json)
            }
        } catch {
            self.error(error.description, to: &json)
        }
        json.endObject()
        json.endLine()
    }

    private static func facts(_ members: [JSONMember]) -> [String: DecisionTable.Fact] {
        var facts: [String: DecisionTable.Fact] = [:]
        for member in members {
            let value = member.value["value"] ?? member.value
            let text = value.text ?? value.bool.map { $0 ? "yes" : "no" }
            guard let text else { continue }
            let source = member.value["source"]?.text ?? "given"
            facts[String(decoding: member.name, as: UTF8.self)] = DecisionTable.Fact(text, source: source)
        }
        return facts
    }

    private static func write(_ answer: DecisionTable.Answer, to json: inout JSONWriter) {
        switch answer {
        case .undecided(let missing, let possible):
            json.key("missing")
            json.strings(missing)
            json.key("possible")
            json.strings(possible)
        case .decided(let decision):
            let remediation = Remediation(decision: decision.decision)
            json.key("decision")
            json.string(decision.decision)
            json.key("row")
            json.number(decision.row)
            json.key("days")
            json.numberOrNull(remediation?.days)
            json.key("forensics")
            json.bool(remediation?.needsForensics ?? false)
            json.key("facts")
            json.beginArray()
            for (point, fact) in decision.facts { write(point, fact, to: &json) }
            json.endArray()
        }
    }

    private static func write(_ point: String, _ fact: DecisionTable.Fact, to json: inout JSONWriter) {
        json.beginObject()
        json.key("point")
        json.string(point)
        json.key("value")
        json.string(fact.value)
        json.key("source")
        json.string(fact.source)
        json.endObject()
    }

    private static func error(_ message: String, to json: inout JSONWriter) {
        json.key("error")
        json.string(message)
    }
}
