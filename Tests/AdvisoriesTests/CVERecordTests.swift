// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import TestSupport
import Testing

struct CVERecordTests {
    private func record(_ versions: String, more: String = "") throws -> CVERecord {
        let text = """
            {"cveMetadata":{"cveId":"CVE-2024-1","state":"PUBLISHED"},"containers":{"cna":{
            "providerMetadata":{"shortName":"acme"},"affected":[{"vendor":"v","product":"p","defaultStatus":"unaffected",
            "versions":[\(versions)]}]\(more)}}}
            """
        return try CVERecord(JSONReader.read(Array(text.utf8)))
    }

    @Test(arguments: [
        ("0.9.0", CVEAffected.Status.unaffected), ("1.0.0", .affected), ("1.2.4", .affected), ("1.2.5", .unaffected),
        ("1.3.0", .affected), ("2.0.0", .unaffected), ("5.0.0", .unknown),
    ])
    func `tells the status of a version with its changes`(version: String, status: CVEAffected.Status) throws {
        let record = try record(
            """
            {"version":"5.0.0","status":"unknown"},
            {"version":"1.0.0","lessThan":"2.0.0","status":"affected","versionType":"semver","changes":[
            {"at":"1.3.0","status":"affected"},{"at":"1.2.5","status":"unaffected"}]}
            """
        )
        #expect(record.affected[0].status(of: version) == status)
    }

    @Test func `knows open ends`() throws {
        let record = try record(
            """
            {"version":"0","lessThanOrEqual":"1.5","status":"affected","versionType":"custom"},
            {"version":"3.0","lessThan":"*","status":"affected","versionType":"custom"}
            """
        )
        let statuses = ["0.1", "1.5", "1.6", "3.0", "99"].map { record.affected[0].status(of: $0) }
        #expect(statuses == [.affected, .affected, .unaffected, .affected, .affected])
    }

    @Test func `reads what others add`() throws {
        let text = #"""
            {"cveMetadata":{"cveId":"CVE-2024-1","state":"PUBLISHED"},"containers":{"cna":{
            "descriptions":[{"lang":"de","value":"nein"},{"lang":"en-US","value":"yes"}],
            "problemTypes":[{"descriptions":[{"cweId":"CWE-79"},{"cweId":"CWE-79"}]}],
            "cpeApplicability":[{"operator":"AND","nodes":[
            {"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:v:p:*:*:*:*:*:*:*:*","versionEndExcluding":"2.0"}]},
            {"operator":"OR","negate":true,"cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:v:s:*:*:*:*:*:*:*:*"}]}]}],
            "metrics":[{"cvssV3_1":{"vectorString":"CVSS:3.1/AV:N","baseScore":9.8,"baseSeverity":"CRITICAL"}}]},
            "adp":[{"providerMetadata":{"shortName":"CISA-ADP"},"metrics":[
            {"other":{"type":"ssvc","content":{"timestamp":"t","options":[{"Exploitation":"PoC"},{"Automatable":"Yes"},{"Technical Impact":"Total"}]}}},
            {"other":{"type":"kev","content":{"dateAdded":"2024-05-01"}}}]}]}}
            """#
        let record = try CVERecord(JSONReader.read(Array(text.utf8)))
        #expect(record.summary == "yes")
        #expect(record.weaknesses == ["CWE-79"])
        #expect(record.decision?.exploitation == "poc")
        #expect(record.decision?.automatable == "yes")
        #expect(record.decision?.technicalImpact == "total")
        #expect(record.exploitedSince == "2024-05-01")
        #expect(record.metrics.map(\.score) == [9.8])
        let application = try CPEName(parsing: "cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*")
        let system = try CPEName(parsing: "cpe:2.3:o:v:s:1:*:*:*:*:*:*:*")
        #expect(record.applicability[0].matches([application]))
        #expect(!record.applicability[0].matches([application, system]))
    }

    @Test func `says where a record is wrong`() throws {
        let error = #expect(throws: AdvisoryError.self) { try record(#"{"version":"1","status":"odd"}"#) }
        #expect(error?.message.contains("/containers/cna/affected/0/versions/0") == true)
        #expect(throws: AdvisoryError.self) { try CVERecord(.null) }
    }
}

/// The reader over the shared records.
@Suite(.enabled(if: TestData.available("vuln/cve", for: "the reader of CVE records")))
struct CVERecordDataTests {
    @Test func `reads every record`() throws {
        var metrics: [String: Int] = [:]
        var decided = 0
        var exploited = 0
        var entries = 0
        for file in try SharedRecords.names("cve", ending: ".json") where file.hasPrefix("CVE-") {
            let record = try CVERecord(SharedRecords.json("cve/\(file)"))
            #expect(record.id + ".json" == file)
            #expect(record.summary != nil)
            #expect(!record.isRejected)
            for metric in record.metrics {
                metrics[metric.version, default: 0] += 1
                #expect(metric.vector.contains("/AV:") || metric.vector.hasPrefix("AV:"), "\(metric)")
            }
            decided += record.decision == nil ? 0 : 1
            exploited += record.exploitedSince == nil ? 0 : 1
            for affected in record.affected {
                for entry in affected.entries where entry.lessThan == nil && entry.lessThanOrEqual == nil {
                    entries += 1
                    // An entry of one version decides over that version, unless an earlier one holds it too.
                    let holders = affected.entries.filter { $0.version == entry.version }
                    if holders.count == 1,
                        affected.entries.allSatisfy({ $0.lessThan == nil && $0.lessThanOrEqual == nil }),
                        Set(affected.entries.map(\.status)).count == 1
                    {
                        #expect(affected.status(of: entry.version) == entry.status)
                    }
                }
            }
        }
        #expect(metrics == ["4.0": 150, "3.1": 298, "3.0": 190, "2.0": 112], "\(metrics)")
        #expect(decided == 500)
        #expect(exploited == 1)
        #expect(entries > 500)
    }
}
