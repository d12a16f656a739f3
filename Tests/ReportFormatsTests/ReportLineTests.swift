// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import ReportFormats

struct ReportLineTests {
    private func line(_ text: String) throws -> JSONValue {
        var bytes: [UInt8] = []
        try ReportLine().write(ArraySource(Array(text.utf8))) { bytes += $0 }
        #expect(bytes.last == 0x0A && !bytes.dropLast().contains(0x0A))
        return try JSONReader.read(bytes)
    }

    @Test func `the line has format, scan and findings`() throws {
        let line = try line(
            """
            {"matches":[{"vulnerability":{"id":"CVE-2021-44228","severity":"Critical","fix":{"versions":["2.17.1"]},
            "cvss":[{"vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H","metrics":{"baseScore":10}}]},
            "artifact":{"name":"log4j-core","version":"2.14.1","purl":"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"}}],
            "source":{"type":"directory","target":"."},"descriptor":{"name":"grype","version":"0.70.0"}}
            """
        )
        #expect(line.members?.map { String(decoding: $0.name, as: UTF8.self) } == ["format", "scan", "findings"])
        #expect(line["format"]?.text == "grype-json")
        #expect(line["scan"]?["tool"]?.text == "grype" && line["scan"]?["version"]?.text == "0.70.0")
        #expect(line["scan"]?["complete"]?.bool == true)
        let finding = line["findings"]?.elements?.first
        #expect(finding?["kind"]?.text == "dependency" && finding?["severity"]?.text == "critical")
        #expect(finding?["identifiers"]?.elements?.first?["type"]?.text == "cve")
        #expect(finding?["component"]?["version"]?.text == "2.14.1")
        #expect(finding?["cvss"]?.elements?.first?["score"]?.double == 10)
        #expect(finding?["location"]?.members != nil)
        #expect(finding?["fix"]?["versions"]?.elements?.first?.text == "2.17.1")
    }

    @Test func `secrets do not come out`() throws {
        let secret = "AKIAIOSFODNN7EXAMPLE"
        let line = try line(
            """
            [{"Description":"AWS key \(secret)","StartLine":1,"File":"a","RuleID":"aws","Match":"key=\(secret);",
              "Secret":"\(secret)","Fingerprint":"c:a:aws:1","Message":"added \(secret)"}]
            """
        )
        var json = JSONWriter()
        json.value(line)
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(!text.contains(secret))
        #expect(line["findings"]?.elements?.first?["secret"]?.text == "AKIA****")
        #expect(line["findings"]?.elements?.first?["snippet"]?.text == "key=AKIA****;")
        let value = ReportedSecret(secret)
        #expect(!"\(String(describing: value)) \(String(reflecting: value))".contains(secret))
        var dumped = ""
        dump(value, to: &dumped)
        #expect(!dumped.contains(secret))
    }

    @Test(arguments: [
        ("Authorization: Bearer abc.def\r\nHost: x", "Authorization: ****\r\nHost: x"),
        ("cookie: a=b; c=d\nX: y", "cookie: ****\nX: y"), ("Set-Cookie: id=1", "Set-Cookie: ****"),
        ("https://u:p@host/x?a=1&token=abc&b=2", "https://****@host/x?a=1&token=****&b=2"),
        ("see https://host/a?password=x#f", "see https://host/a?password=****#f"),
        ("a: b = c", "a: b = c"), ("mail a@b.c", "mail a@b.c"), ("http://host:80/@x", "http://host:80/@x"),
        ("", ""), ("x=", "x="), (":", ":"), ("?token=", "?token="),
    ])
    func `credentials in headers and URLs are masked`(text: String, masked: String) {
        #expect(SecretMask.credentials(in: text) == masked)
    }

    @Test func `a broken report gives nothing`() {
        var count = 0
        #expect(throws: ReportError.self) {
            try ReportLine().write(ArraySource(Array(#"[{"RuleID":"a","Secret":"b","File":"c"},{"RuleID":x}]"#.utf8))) {
                _ in
                count += 1
            }
        }
        #expect(count == 0)
    }

    @Test func `a long line comes in pieces`() throws {
        let item =
            #"{"line":9,"code":"DL3008","message":"Pin versions","column":1,"file":"Dockerfile","level":"warning"}"#
        let text = "[" + Array(repeating: item, count: 2000).joined(separator: ",") + "]"
        var pieces: [[UInt8]] = []
        try ReportLine().write(ArraySource(Array(text.utf8))) { pieces.append($0) }
        #expect(pieces.count > 3)
        #expect(try JSONReader.read(Array(pieces.joined()))["findings"]?.elements?.count == 2000)
    }
}
