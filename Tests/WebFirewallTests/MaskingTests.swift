// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import WebFirewall

/// What people typed is never shown.
struct MaskingTests {
    @Test(arguments: [
        ("x' UNION SELECT password FROM users", "x' UNION SELECT ******** FROM *****"),
        ("4111111111111111", "****************"), ("a=1", "a=1"), ("", ""), ("Jos\u{E9}", "*****"),
        ("\u{1B}[31m", ".[***"),
    ])
    func `words are masked and nothing is shortened`(value: String, shown: String) {
        #expect(MaskedValue(masking: Array(value.utf8)).text == shown)
    }

    @Test func `marks keep their places, and those outside are left out`() {
        let value = MaskedValue(masking: Array("Ann select Bob".utf8), marks: [2..<10, 4..<6, 100..<200])
        #expect(value.pieces.map(\.text) == ["**", "* select", " ***"])
        #expect(value.pieces.map(\.isMarked) == [false, true, false] && !value.isCut)
    }

    @Test func `a long value is cut around what matched`() {
        let bytes = Array(
            (String(repeating: ". ", count: 5_000) + "union" + String(repeating: " .", count: 5_000)).utf8
        )
        let value = MaskedValue(masking: bytes, marks: [10_000..<10_005], longest: 100)
        #expect(value.isCut && value.text.utf8.count == 100)
        #expect(value.pieces.first { $0.isMarked }?.text == "union")
    }

    @Test(arguments: [
        ("o0,3v12,6t:trim", [0..<3]), ("o1,2o5,1v3,9", [1..<3, 5..<6]),
        ("o0,3v12,6t:sha1,t:hexEncodeo4,2v20,5t:base64Decode", [4..<6]), ("v3,4", []), ("", []), ("o,", []),
        ("o99999999999999999999,1", []),
    ])
    func `the last value's matches are read from a reference`(text: String, offsets: [Range<Int>]) {
        #expect(MatchReference.offsets(Array(text.utf8)) == offsets)
    }

    private func masked(
        _ type: String,
        _ body: String,
        target: String = "/a",
        cookie: String? = nil
    ) -> MaskedTransaction {
        var fields = [("Host", "shop.example"), ("Content-Type", type), ("Authorization", "Bearer abc.def")]
        if let cookie { fields.append(("Cookie", cookie)) }
        return MaskedTransaction(
            KeptTransaction(
                identifier: [],
                time: 0,
                application: nil,
                connection: HTTPConnectionInfo(clientAddress: "", clientPort: 0, serverAddress: "", serverPort: 0),
                request: HTTPRequestHead(
                    method: Array("POST".utf8),
                    target: Array(target.utf8),
                    version: Array("HTTP/1.1".utf8),
                    fields: fields.map { (Array($0.0.utf8), Array($0.1.utf8)) }
                ),
                body: Array(body.utf8),
                response: nil,
                status: 0,
                decidedBy: nil,
                matches: []
            )
        )
    }

    @Test func `forms, JSON and other bodies are shown without what was typed`() {
        let form = masked(
            "application/x-www-form-urlencoded",
            "name=Ann+Smith&passwd=x1&4111111111111111=1&a[b]=%27+or+1"
        )
        #expect(form.body.map(\.name) == ["name", "passwd", "****************", "a[b]"])
        #expect(form.body.map(\.value.text) == ["*** *****", "(2 bytes, hidden)", "1", "' or 1"])
        let json = masked("application/json", #"{"user":{"name":"Ann","api_key":"k","age":42},"tags":["select",true]}"#)
        #expect(
            json.body.map { "\($0.name)=\($0.value.text)" } == [
                "json.user.name=***", "json.user.api_key=(1 bytes, hidden)", "json.user.age=**", "json.tags.0=select",
                "json.tags.1=true",
            ]
        )
        #expect(masked("text/plain", "Dear Ann; rm -rf").bodyText?.text == "**** ***; rm -**")
        #expect(masked("application/json", "{broken").bodyText != nil)
    }

    @Test func `names that may be what was typed are masked, and parts without a sign are values`() {
        let long = "n" + String(repeating: "a", count: 32)
        let form = masked(
            "application/x-www-form-urlencoded",
            "\(long)=1&\(long.dropLast())=2&id12345=3&id1234=4&a%20b=5&s3cretPassphrase&union&=6"
        )
        #expect(
            form.body.map(\.name) == [
                String(repeating: "*", count: 33), String(long.dropLast()), "*******", "id1234", "a b",
                "****************", "union", "",
            ]
        )
        #expect(form.body.map(\.value.text) == ["1", "2", "3", "4", "5", "", "", "6"])
        // The same holds for queries, and for the members of objects.
        let query = masked("text/plain", "", target: "/a?s3cretPassphrase&id12345=1&q=select").query
        #expect(query.map(\.name) == ["****************", "*******", "q"] && query.last?.value.text == "select")
        let json = masked("application/json", #"{"id12345":1,"\#(long)":{"q":true}}"#)
        #expect(json.body.map(\.name) == ["json.*******", "json.\(String(repeating: "*", count: 33)).q"])
    }

    @Test func `cookies and credentials are hidden as a whole`() {
        let headers = masked("text/plain", "", cookie: "session=0123456789").headers
        #expect(headers.map(\.name) == ["Host", "Content-Type", "Authorization", "Cookie"])
        #expect(
            headers.map(\.value.text) == ["shop.example", "text/plain", "(14 bytes, hidden)", "(18 bytes, hidden)"]
        )
    }
}
