// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport
import Testing

@testable import WebFirewall

struct RegressionFileReaderTests {
    @Test(.enabled(if: TestData.available("waf/crs-3.3.4", for: "regression test files")))
    func `reads all tests of the Core Rule Set 3_3_4`() throws {
        let paths = RuleFileSelection.files(below: TestData.url("waf/crs-3.3.4/tests").path, suffixes: [".yaml"])
        let files = try paths.map { try RegressionFileReader.read(path: $0) }
        #expect(files.count == 178)
        #expect(files.reduce(0) { $0 + $1.tests.count } == 2_403)
        #expect(files.count { !$0.isEnabled } == 5)
        let stages = files.flatMap(\.tests).flatMap(\.stages)
        #expect(stages.count == 2_403)
        #expect(stages.count { $0.output.logContains != nil } == 2_176)
        #expect(stages.count { $0.output.noLogContains != nil } == 201)
        #expect(stages.count { $0.output.expectsError == true } == 3)
        #expect(stages.count { !$0.output.status.isEmpty } == 25)
        #expect(stages.count { $0.input.rawRequest != nil } == 3)
        #expect(stages.count { !$0.input.completesHeaders } == 11)
        #expect(stages.allSatisfy { !$0.input.isNewSchema && !RegressionRequest.bytes(of: $0.input).isEmpty })
    }

    @Test func `reads the newer schema`() throws {
        let file = try RegressionFileReader.read(
            text: """
                ---
                meta:
                  author: "x"
                rule_id: 942100
                tests:
                  - test_id: 3
                    desc: "d"
                    stages:
                      - input:
                          method: "POST"
                          headers:
                            Host: "localhost"
                            User-Agent: "a"
                          uri: "/p"
                          data: '{{ "ab" | repeat 3 }}'
                        output:
                          status: 200
                          isolated: true
                          log:
                            expect_ids: [942100, 1]
                            no_expect_ids: [5]
                            match_regex: "x"
                      - input:
                          uris: ["/a", "/b"]
                          autocomplete_headers: false
                          response:
                            status: 500
                            headers: {A: "b"}
                            encoded_body: "eA=="
                        output:
                          expect_error: true
                          retry_once: true
                """,
            path: "942100.yaml"
        )
        let test = try #require(file.tests.first)
        #expect(test.id == "942100-3")
        #expect(test.stages.count == 3)
        let first = test.stages[0]
        #expect(first.input.isNewSchema)
        #expect(first.input.data == Array("ababab".utf8))
        #expect(first.input.headers.map(\.name) == ["Host", "User-Agent"])
        #expect(first.output.expectedIDs == [942_100, 1])
        #expect(first.output.unexpectedIDs == [5])
        #expect(first.output.logContains == "x")
        #expect(first.output.isIsolated)
        #expect(test.stages[1].input.uri == "/a")
        #expect(test.stages[2].input.uri == "/b")
        #expect(test.stages[2].input.response?.body == Array("x".utf8))
        #expect(test.stages[2].output.retriesOnce)
    }

    @Test(arguments: [
        ("tests:\n  - test_title: a\n    stages: []\n", "has no stages"),
        ("tests:\n  - test_title: a\n    stages:\n      - stage:\n          input: {uri: /}\n", "needs"),
        (
            "tests:\n  - test_title: a\n    stages:\n      - stage:\n          input: {}\n          output: {log_contain: x}\n",
            "did you mean \"log_contains\""
        ),
        ("tests: 5\n", "must be a list"), ("a: [\n", "not YAML"), ("", "empty"),
        (
            "tests:\n  - stages:\n      - input: {save_cookie: true}\n        output: {}\n",
            "save_cookie"
        ),
    ])
    func `says what is wrong with a file`(text: String, part: String) {
        let error = #expect(throws: RegressionFileError.self) {
            try RegressionFileReader.read(text: text, path: "x.yaml")
        }
        #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }

    @Test func `survives mutated files`() {
        var random = SystemRandomNumberGenerator()
        let seed = Array(
            "meta: {enabled: true}\ntests:\n  - test_title: a-1\n    stages:\n      - stage:\n          input:\n            headers: {A: b}\n            data: [x, y]\n          output: {status: [200, 403], log_contains: 'id'}\n"
                .utf8
        )
        for _ in 0..<2_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
            }
            do {
                _ = try RegressionFileReader.read(text: String(decoding: bytes, as: UTF8.self), path: "x")
            } catch {
                #expect(error is RegressionFileError, "\(error)")
            }
        }
    }
}

struct DataTemplateTests {
    @Test(arguments: [
        ("plain", "plain"), ("{{ \"1\" | repeat 5 }}", "11111"), ("a{{ repeat 2 \"xy\" }}b", "axyxyb"),
        ("{{ \"a\\x00b\" }}", "a\0b"), ("{{ `a\\n` }}", "a\\n"), ("{{ \"Ab\" | upper | repeat 2 }}", "ABAB"),
        ("{{ \"x y\" | urlquery }}", "x+y"), ("{{ \"eA==\" | b64dec }}", "x"),
        ("{{constructor.constructor('alert(1)')()}}", "{{constructor.constructor('alert(1)')()}}"),
        ("{{ unknown \"a\" }}", "{{ unknown \"a\" }}"), ("{{7*7}}", "{{7*7}}"), ("{{ \"a\"", "{{ \"a\""),
        ("{{ \"a\" | repeat 99999999999 }}", "{{ \"a\" | repeat 99999999999 }}"), ("{{}}", "{{}}"),
        ("{{ \"a\" | repeat -1 }}", "{{ \"a\" | repeat -1 }}"),
    ])
    func `expands what is a template and nothing else`(text: String, expected: String) {
        #expect(DataTemplate.expand(text) == expected)
    }

    @Test func `makes long bodies`() {
        #expect(DataTemplate.expand("{{ \"1\" | repeat 64200 }}").utf8.count == 64_200)
    }
}

struct RegressionRequestTests {
    private func request(_ change: (inout RegressionTest.Input) -> Void) -> String {
        var input = RegressionTest.Input()
        change(&input)
        return String(decoding: RegressionRequest.bytes(of: input), as: UTF8.self)
    }

    @Test func `has sensible defaults`() {
        #expect(request { _ in } == "GET / HTTP/1.1\r\n\r\n")
    }

    @Test func `completes a form`() {
        let text = request {
            $0.method = "POST"
            $0.headers = [(name: "Host", value: "a")]
            $0.data = Array("a b=c=d&e".utf8)
        }
        #expect(
            text == "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Content-Length: 11\r\n\r\na+b=c%3Dd&e"
        )
    }

    @Test func `leaves an encoded form and other types alone`() {
        #expect(request { $0.data = Array("a=%41 b".utf8) }.hasSuffix("\r\n\r\na=%41 b"))
        let json = request {
            $0.headers = [(name: "content-type", value: "application/json")]
            $0.data = Array("{ }".utf8)
        }
        #expect(json == "GET / HTTP/1.1\r\ncontent-type: application/json\r\nContent-Length: 3\r\n\r\n{ }")
    }

    @Test func `adds nothing when told so`() {
        let text = request {
            $0.completesHeaders = false
            $0.data = Array("a b".utf8)
        }
        #expect(text == "GET / HTTP/1.1\r\n\r\na b")
    }

    @Test func `completes as the newer runner does`() {
        let text = request {
            $0.isNewSchema = true
            $0.method = "POST"
        }
        #expect(text == "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        let multipart = request {
            $0.isNewSchema = true
            $0.headers = [(name: "Content-Type", value: "multipart/form-data; boundary=b")]
            $0.data = Array("--b\nA: b\r\n".utf8)
        }
        #expect(multipart.hasSuffix("Content-Length: 11\r\n\r\n--b\r\nA: b\r\n"))
    }

    @Test func `sends a request line without a version and raw bytes as they are`() {
        #expect(request { $0.version = "" } == "GET /\r\n\r\n")
        #expect(request { $0.rawRequest = [0x47, 0x0A] } == "G\n")
    }

    @Test func `decodes the escapes of raw requests`() {
        let text = Array(#"a\r\n\x00\x4a\101\"\q\"#.utf8)
        #expect(CStringEscapes.decode(text) == Array("a\r\n\0JA\"\\q\\".utf8))
    }
}
