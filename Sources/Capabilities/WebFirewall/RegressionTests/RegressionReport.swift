// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// What came of a whole run of regression tests.
package struct RegressionReport: Sendable {
    package private(set) var results: [RegressionResult] = []
    private var counts: [RegressionResult.Status: Int] = [:]

    package init() {}

    package mutating func add(_ result: RegressionResult) {
        results.append(result)
        counts[result.status, default: 0] += 1
    }

    /// How many tests ended so.
    package func count(_ status: RegressionResult.Status) -> Int {
        counts[status] ?? 0
    }

    /// One line: `2,400 tests: 2,397 passed, 0 failed, 3 skipped`.
    package var summary: String {
        "\(results.count) tests: \(count(.passed)) passed, \(count(.failed)) failed, \(count(.skipped)) skipped"
    }

    /// A table of the failures and of the tests that were not run, each with the reason, and the summary.
    package var text: String {
        var table = TextTable(["TEST", "RESULT", "REASON"])
        for result in results where result.status != .passed {
            for (index, reason) in result.reasons.enumerated() {
                table.add(index == 0 ? [result.id, result.status.rawValue, reason] : ["", "", reason])
            }
        }
        return (table.isEmpty ? "" : table.text + "\n") + summary + "\n"
    }

    /// The whole run as one JSON object.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("tests")
        json.number(results.count)
        for status in [RegressionResult.Status.passed, .failed, .skipped] {
            json.key(status.rawValue)
            json.number(count(status))
        }
        for (name, status) in [("failures", RegressionResult.Status.failed), ("skippedTests", .skipped)] {
            json.key(name)
            json.beginArray()
            for result in results where result.status == status {
                result.write(to: &json)
            }
            json.endArray()
        }
        json.endObject()
        json.endLine()
        return json.bytes
    }
}

extension RegressionResult {
    /// Writes the result as a JSON object.
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.string(id)
        json.key("file")
        json.string(path)
        json.key("result")
        json.string(status.rawValue)
        json.key("reasons")
        json.strings(reasons)
        json.endObject()
    }
}
