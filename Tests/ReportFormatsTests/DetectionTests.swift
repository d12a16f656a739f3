// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import ReportFormats

struct DetectionTests {
    @Test(arguments: [
        (#"{"results":[],"errors":[],"paths":{"scanned":[]},"version":"1.50.0"}"#, "semgrep-json"),
        (#"{"errors":[],"generated_at":"2024-01-01T00:00:00Z","metrics":{},"results":[]}"#, "bandit-json"),
        (#"{"results":[]}"#, "osv-scanner-json"),
        (#"{"dependencies":[],"fixes":[]}"#, "pip-audit-json"),
        (#"{"Golang errors":{},"Issues":null,"Stats":{"files":1}}"#, "gosec-json"),
        (
            #"{"matches":[],"source":{"type":"image","target":{"userInput":"alpine:3"}},"descriptor":{"name":"grype"}}"#,
            "grype-json"
        ),
        (#"{"SchemaVersion":2,"ArtifactName":"app","ArtifactType":"filesystem"}"#, "trivy-json"),
        (#"{"SchemaVersion":2,"ArtifactName":"app","Results":null}"#, "trivy-json"),
        (#"{"auditReportVersion":2,"vulnerabilities":{},"metadata":{}}"#, "npm-audit-7-json"),
        (#"{"actions":[],"advisories":{},"muted":[],"metadata":{}}"#, "npm-audit-6-json"),
        (
            #"{"passed":0,"failed":0,"skipped":0,"parsing_errors":0,"resource_count":0,"checkov_version":"2.0"}"#,
            "checkov-json"
        ),
        (
            #"[{"check_type":"terraform","results":{"failed_checks":[]}},{"check_type":"secrets","results":{}}]"#,
            "checkov-json"
        ),
        (#"{"vulnerabilities":[],"ok":true,"dependencyCount":3,"packageManager":"npm"}"#, "snyk-json"),
        (#"[{"vulnerabilities":[],"ok":true,"projectName":"a"},{"vulnerabilities":[],"ok":true}]"#, "snyk-json"),
        (#"{"version":"15.0.7","vulnerabilities":[],"scan":{"type":"dast","status":"success"}}"#, "gitlab-dast-json"),
        (#"{"vulnerabilities":[],"scan":{"type":"api_fuzzing"}}"#, "gitlab-api-fuzzing-json"),
        (#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1}"#, "cyclonedx-json"),
        (#"{"version":"2.1.0","runs":[]}"#, "sarif-json"),
        (#"{"runs":null,"version":"2.1.0"}"#, "sarif-json"),
        (#"{"findings":[],"name":"My tool"}"#, "defectdojo-generic-json"),
        (#"{"config":{"protocol_version":"v1.0.0"}}"# + "\n" + #"{"progress":{"message":"x"}}"#, "govulncheck-json"),
        (#"{"Calls":{},"Imports":{},"Requires":{},"Vulns":null}"#, "govulncheck-json"),
        (
            #"{"database":{},"lockfile":{"dependency-count":1},"vulnerabilities":{"found":false,"count":0,"list":[]}}"#,
            "cargo-audit-json"
        ),
        (#"{"summaryDetails":{"controls":{}},"resources":[],"results":[]}"#, "kubescape-json"),
        (
            #"{"total":0,"p":1,"ps":100,"paging":{"total":0},"effortTotal":0,"issues":[],"components":[]}"#,
            "sonarqube-json"
        ),
        (#"{"data":{"repository":{"vulnerabilityAlerts":{"nodes":[]}}}}"#, "github-dependabot-alerts-json"),
        (#"{"@version":"2.14","@generated":"x","site":[]}"#, "zap-json"),
        ("Title,Severity,Description\n", "defectdojo-generic-csv"),
        ("IP,Hostname,Port,NVT Name,NVT OID,CVSS\n", "openvas-csv"),
        ("Plugin ID;CVE;Risk;Host;Name\n", "nessus-csv"),
        ("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", "spdx-tag-value"),
        (#"<?xml version="1.0"?><NessusClientData_v2/>"#, "nessus-xml"),
        (#"<OWASPZAPReport version="2.9"/>"#, "zap-xml"),
        (#"<issues burpVersion="2"/>"#, "burp-xml"),
        (#"<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>"#, "cyclonedx-xml"),
        (#"<report id="1"><gmp><version>9</version></gmp><results/></report>"#, "openvas-xml"),
    ])
    func `reports without findings are known and give none`(text: String, format: String) throws {
        let reading = try Reading(text)
        #expect(reading.format == format)
        #expect(reading.findings.isEmpty)
    }

    @Test(arguments: ["", " \n", "[]", "{}", "null", "[[]]"])
    func `an empty report has no findings and closes nothing`(text: String) throws {
        let reading = try Reading(text)
        #expect(reading.format == nil && reading.findings.isEmpty && !reading.scan.isComplete)
    }

    @Test(arguments: [
        #"{"hello":"world"}"#, "[1,2,3]", #"[{"a":1}]"#, "just text", "<html><body/></html>", "a,b,c\n1,2,3\n",
        "%PDF-1.4", "PK\u{3}\u{4}", "\u{1F}\u{8B}", "<a", #"{"runs": 1}"#, "-----BEGIN", "<?xml",
    ])
    func `other files are refused in one line`(text: String) {
        let failure = Reading.failure(text)
        #expect(failure != nil)
        #expect(failure?.description.contains("\n") == false)
    }

    @Test func `the order of members does not matter`() throws {
        let finding =
            #"{"id":"1","location":{"file":"a.c","start_line":3},"identifiers":[{"type":"cwe","name":"x","value":"79"}]}"#
        let long = String(repeating: finding + ",", count: 2000) + finding
        let reading = try Reading(
            #"{"vulnerabilities":[\#(long)],"version":"15.0.0","scan":{"type":"secret_detection"}}"#
        )
        #expect(reading.format == "gitlab-secret-detection-json")
        #expect(reading.findings.count == 2001)
    }
}
