// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// One line of output for one vector: what `redoubt cvss score` prints.
package enum CVSSLine {
    /// Writes the scores of a vector, or why there are none, as one NDJSON line.
    ///
    /// `{"version":"4.0","base":9.3,"threat":null,"environmental":null,"severity":"critical"}`, where the severity is
    /// that of the base score; or `{"error":"missing: the metric VA is missing","offset":60}`. White space around the
    /// vector is dropped.
    package static func write(_ line: some Sequence<UInt8>, to json: inout JSONWriter) {
        let bytes = trimmed(Array(line))
        json.beginObject()
        do throws(CVSSError) {
            let vector = try bytes.withUnsafeBufferPointer { buffer throws(CVSSError) in
                try CVSSVector(bytes: buffer)
            }
            write(vector, to: &json)
        } catch {
            json.key("error")
            json.string("\(error.code.rawValue): \(error)")
            json.key("offset")
            json.number(error.offset)
        }
        json.endObject()
        json.endLine()
    }

    private static func write(_ vector: CVSSVector, to json: inout JSONWriter) {
        let scores = vector.scores
        json.key("version")
        json.string(vector.version.rawValue)
        for (name, score) in [
            ("base", scores.base), ("threat", scores.threat), ("environmental", scores.environmental),
        ] {
            json.key(name)
            if let score {
                json.raw(Array(score.description.utf8))
            } else {
                json.null()
            }
        }
        json.key("severity")
        json.string(scores.base.severity(in: vector.version).rawValue)
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return Array(bytes[first...last])
    }
}
