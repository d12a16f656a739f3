// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Answers lines that ask whether a package is affected:
/// `{"osv":{..},"package":{"ecosystem":..,"name":..},"version":".."}`.
package enum OSVQuestion {
    /// The verdict on one line.
    ///
    /// - Throws: ``AdvisoryError`` where the line or the record cannot be read, or nothing can be said.
    package static func verdict(on line: [UInt8]) throws(AdvisoryError) -> OSVVerdict {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONReader.read(line)
        } catch {
            throw AdvisoryError(.badRecord, "the line is not JSON: \(error.message)", offset: error.offset)
        }
        let question = RecordReader(json)
        try question.requireObject()
        guard let record = question.member("osv") else {
            throw question.error("\"osv\" is missing")
        }
        guard let package = question.member("package") else {
            throw question.error("\"package\" is missing")
        }
        let version = try question.requiredText("version")
        guard !version.isEmpty else {
            throw question.error("the version is empty")
        }
        guard version.utf8.count <= VersionText.longest else {
            throw question.error("the version is longer than \(VersionText.longest) bytes", code: .tooLarge)
        }
        let subject = AdvisoryPackage(
            ecosystem: try package.requiredText("ecosystem"),
            name: try package.requiredText("name")
        )
        let verdict = try OSVRecord(record.value).verdict(on: subject, version: version)
        if subject.rules == nil, verdict == .notAffected(.packageNotListed) {
            // A misspelt ecosystem must not read as "not affected".
            _ = try Ecosystem(subject.ecosystem)
        }
        return verdict
    }

    /// `true`, `false`, or `error: ` and the reason in one line.
    package static func answer(_ line: [UInt8]) -> String {
        do throws(AdvisoryError) {
            switch try verdict(on: line) {
            case .affected: return "true"
            case .notAffected: return "false"
            case .undecidable(let reason): return "error: \(reason)"
            }
        } catch {
            let text = error.description.map { $0.isNewline ? " " : $0 }
            return "error: \(String(text))"
        }
    }
}
