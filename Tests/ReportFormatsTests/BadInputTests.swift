// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import ReportFormats

struct BadInputTests {
    private func semgrep(_ results: String) -> String {
        #"{"version":"1","errors":[],"paths":{},"results":[\#(results)]}"#
    }

    private let result =
        #"{"check_id":"a.b","path":"x.py","start":{"line":1},"end":{"line":1},"extra":{"message":"m"}}"#

    @Test(arguments: [
        ("{\"a\":NaN", "/results/1/a"), ("{\"extra\":{\"message\":\"a\u{0}b\"}}", "/results/1/extra/message"),
        ("{\"extra\":[1,]}", "/results/1/extra/1"), ("{\"x\":\"\\ud8\"}", "/results/1/x"),
        ("{\"a\":1 2}", "/results/1/a"),
    ])
    func `broken JSON is told with its pointer and line`(broken: String, pointer: String) {
        let failure = Reading.failure(semgrep("\(result),\n\(broken)"))
        #expect(failure?.code == .malformed)
        #expect(failure?.place == .pointer(pointer))
        #expect(failure?.message.contains("line 2") == true, "\(failure?.message ?? "")")
    }

    /// Found by `Fuzz/Reports`.
    @Test func `an error is one short line whatever names stand in the report`() throws {
        let long = String(repeating: "é", count: 9000)
        for name in [#"a\nb"#, #"\u001b[2J"#, #"\u0085\u2028"#, #"\r\n"#, long] {
            let failure = try #require(Reading.failure(semgrep(#"{"\#(name)":{"x":tru}}"#)))
            #expect(failure.code == .malformed)
            #expect(failure.description.utf8.count <= 2048)
            let isClean = failure.description.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "\u{2028}"
            }
            #expect(isClean, "\(failure.description.prefix(200))")
        }
    }

    @Test func `bytes behind the report are refused`() {
        #expect(Reading.failure(semgrep(result) + "x")?.code == .malformed)
        #expect(Reading.failure(semgrep(result) + "]")?.code == .malformed)
    }

    @Test func `deep nesting is refused`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(Reading.failure(semgrep("{\"a\":\(deep)"))?.code == .tooLarge)
        #expect(Reading.failure(deep)?.code == .tooLarge)
        let tags = String(repeating: "<a>", count: 1000)
        #expect(Reading.failure("<OWASPZAPReport>\(tags)")?.code == .malformed)
    }

    @Test func `a string of many megabytes is refused, read or not`() {
        let long = String(repeating: "x", count: 25 << 20)
        for text in [
            semgrep("{\"check_id\":\"\(long)\"}"), #"{"x":"\#(long)","version":"1","errors":[],"results":[]}"#,
        ] {
            let failure = Reading.failure(text)
            #expect(failure?.code == .tooLarge)
            #expect((failure?.description.utf8.count ?? 0) < 300)
        }
    }

    @Test func `a long description is cut`() throws {
        let long = String(repeating: "é", count: 1 << 20)
        let reading = try Reading(#"{"findings":[{"title":"t","severity":"High","description":"\#(long)"}]}"#)
        let finding = try #require(reading.findings.first)
        #expect(finding.isTruncated)
        #expect(finding.description.utf8.count == 1 << 20)
    }

    @Test func `the last of two members counts and is told`() throws {
        let twice = #"{"check_id":"old","check_id":"new","path":"x.py","extra":{"message":"m"}}"#
        let reading = try Reading(#"{"results":[],"version":"1","errors":[],"results":[\#(twice)]}"#)
        #expect(reading.findings.map(\.identifiers.first?.value) == ["new"])
        #expect(reading.scan.problems.count == 2)
    }

    @Test func `more findings than allowed are an error`() {
        let reader = ReportReader(limits: ReportLimits(findings: 2))
        let text = semgrep([result, result, result].joined(separator: ","))
        #expect(throws: ReportError.self) { try Reading(text, reader: reader) }
    }

    @Test func `UTF-16 is read`() throws {
        let text = semgrep(result)
        var bytes: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 {
            bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
        #expect(try Reading(bytes).findings.count == 1)
    }

    @Test(arguments: [
        #"<!DOCTYPE a [<!ENTITY x "y">]><OWASPZAPReport><site name="&x;"/></OWASPZAPReport>"#,
        #"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><OWASPZAPReport>&x;</OWASPZAPReport>"#,
        #"<!DOCTYPE a [<!ENTITY % p "<!ENTITY x 'y'>"> %p;]><OWASPZAPReport>&x;</OWASPZAPReport>"#,
        #"<OWASPZAPReport>&nbsp;</OWASPZAPReport>"#, "<OWASPZAPReport><site></OWASPZAPReport>",
        "<OWASPZAPReport><site name='x' name='y'/></OWASPZAPReport>", "<OWASPZAPReport>",
    ])
    func `entities and broken XML are refused`(text: String) {
        let failure = Reading.failure(text)
        #expect(failure?.code == .malformed)
        #expect(failure?.place?.line != nil)
    }

    @Test func `too many attributes are refused`() {
        let attributes = (0..<1200).map { "a\($0)=''" }.joined(separator: " ")
        #expect(Reading.failure("<OWASPZAPReport><site \(attributes)/></OWASPZAPReport>")?.code == .malformed)
    }

    @Test func `CSV with quotes, line feeds and other separators is read`() throws {
        let text = "Title;Severity;Description\r\n\"a \"\"b\"\"; c\";High;\"two\nlines\"\r\n\r\nlast;low;x"
        let reading = try Reading(text)
        #expect(reading.findings.map(\.title) == ["a \"b\"; c", "last"])
        #expect(reading.findings.map(\.severity) == [.high, .low])
        #expect(reading.findings[0].description == "two\nlines")
        #expect(reading.findings.map(\.origin.line) == [2, 5])
        #expect(Reading.failure("Title,Severity,Description\n\"open")?.place == .line(2))
    }

    @Test func `GitLab's other generations are refused with what is wrong`() {
        let failure = Reading.failure(
            #"{"version":"99.0.0","vulnerabilities":[],"scan":{"type":"sast","status":"odd"}}"#
        )
        #expect(failure?.code == .unsupported)
        #expect(failure?.description.contains("99.0.0") == true)
        #expect(failure?.description.contains("/scan") == true)
    }
}
