// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import SecLang

/// A part with CRLF line ends.
private func part(_ headers: String..., data: String, boundary: String = "0000") -> String {
    "--\(boundary)\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n" + data + "\r\n"
}

private let end = "--0000--\r\n"

private func field(_ parameters: String, data: String = "1") -> String {
    part("Content-Disposition: form-data; \(parameters)", data: data)
}

@Suite struct BodyMultipartTests {
    @Test func `finds fields and files with their headers`() {
        let body =
            field("name=\"a\"", data: "1\r\n2")
            + part(
                "Content-Disposition: form-data; name=\"f\"; filename=\"x.txt\"",
                "Content-Type: text/plain",
                data: "line\nline"
            ) + end
        let multipart = parseMultipart(body)
        #expect(multipart.error == nil)
        #expect(!multipart.result.strictError)
        #expect(multipart.flags == [.crlfLine])
        #expect(multipart.result.unmatchedBoundary == 0)
        #expect(multipart.parts.map(\.content) == ["1\r\n2", "line\nline"])
        #expect(multipart.parts.map(\.filename) == [nil, "x.txt"])
        #expect(
            multipart.parts.last?.headers == [
                "Content-Disposition: form-data; name=\"f\"; filename=\"x.txt\"", "Content-Type: text/plain",
            ]
        )
        #expect(multipart.lastName == "f" && multipart.lastFilename == "x.txt")
    }

    @Test func `takes an empty value between its two line ends`() {
        let multipart = parseMultipart(field("name=a", data: "") + end)
        #expect(multipart.parts.map(\.content) == [""])
        #expect(multipart.error == nil && !multipart.result.strictError)
    }

    @Test func `takes a last boundary without a line end`() {
        let multipart = parseMultipart(field("name=a") + "--0000--")
        #expect(multipart.error == nil && !multipart.result.strictError)
        #expect(multipart.parts.map(\.content) == ["1"])
        #expect(parseMultipart(field("name=a") + "--0000--\r").error == "Multipart: Final boundary missing.")
    }

    @Test func `takes an empty body as nothing`() {
        let multipart = parseMultipart("")
        #expect(multipart.error == nil && multipart.parts.isEmpty && !multipart.result.strictError)
    }

    @Test func `counts headers and fields but not files`() {
        let body =
            "--0000\nContent-Disposition: form-data; name=\"a\"\n\n1\n--0000\n"
            + "Content-Disposition: form-data; name=\"b\"; filename=\"c.txt\"\n\n2222222\n--0000--\n"
        #expect(parseMultipart(body).result.lengthWithoutFiles == 41 + 1 + 1 + 59 + 1)
    }

    @Test func `tells where names and contents stand in the body`() {
        let body = field("name=\"abc\"; filename=x", data: "12345") + end
        let result = parseMultipart(body).result
        let name = result.parts.first?.name.offset ?? 0
        #expect(String(body.utf8.dropFirst(name).prefix(3)) == "abc")
        let filename = result.parts.first?.filename?.offset ?? 0
        #expect(String(body.utf8.dropFirst(filename).prefix(1)) == "x")
        #expect(result.headers.first?.offset == "--0000\r\n".utf8.count)
    }

    @Test func `keeps the parts before an error`() {
        let multipart = parseMultipart(field("name=a") + part("X: y", data: "2") + end)
        #expect(multipart.error == "Multipart: Part missing Content-Disposition header.")
        #expect(multipart.parts.map(\.name) == ["a"])
        #expect(multipart.result.headers.count == 1)
        #expect(multipart.result.strictError)
    }

    // MARK: Content type

    @Test(arguments: [
        ("", "Content-Type header not available."),
        ("multipart/mixed; boundary=0000", "Invalid MIME type."),
        ("multipart/form-data", "Boundary not found in C-T."),
        ("multipart/form-data; boundary", "Boundary not found in C-T."),
        ("multipart/form-data; bOundAry=0000", "Invalid boundary in C-T (case sensitivity)."),
        ("multipart/form-data; boundary=a; Boundary=b", "Multiple boundary parameters in C-T."),
        ("multipart/form-data; boundary=0000, boundary=1111", "Multiple boundary parameters in C-T."),
        ("multipart/form-data, boundary=0000", "Invalid boundary in C-T (malformed)."),
        ("multipart/form-data; charset=x; boundary=0000", "Invalid boundary in C-T (malformed)."),
        ("multipart/form-data;; boundary=0000", "Invalid boundary in C-T (malformed)."),
        ("multipart/form-data; boundary123=0000", "Invalid boundary in C-T (parameter name)."),
        ("multipart/form-data; boundary=\"0000", "Invalid boundary in C-T (quote)."),
        ("multipart/form-data; boundary=0000\"", "Invalid boundary in C-T (quote)."),
        ("multipart/form-data; boundary=\"0000\"; charset=a", "Invalid boundary in C-T (quote)."),
        ("multipart/form-data; boundary=\"", "Invalid boundary in C-T (quote)."),
        ("multipart/form-data; boundary=", "Invalid boundary in C-T (empty)."),
        ("multipart/form-data; boundary=\"\"", "Invalid boundary in C-T (empty)."),
        ("multipart/form-data; boundary=\"0000 \"", "Invalid boundary in C-T (characters)."),
        ("multipart/form-data; boundary=00@00", "Invalid boundary in C-T (characters)."),
        ("multipart/form-data; boundary=00\u{0}00", "Invalid boundary in C-T (characters)."),
        ("multipart/form-data; boundary=00\u{E9}", "Invalid boundary in C-T (characters)."),
    ])
    func `refuses a content type that could be read in two ways`(contentType: String, message: String) {
        let multipart = parseMultipart(field("name=a") + end, contentType: contentType)
        if contentType == "multipart/form-data; boundary" {
            #expect(multipart.error == "Multipart: Invalid boundary in C-T (malformed).")
        } else {
            #expect(multipart.error == "Multipart: \(message)")
        }
        #expect(multipart.result.strictError && multipart.parts.isEmpty)
    }

    @Test func `refuses a content type of more than 1,024 bytes`() {
        let type = "multipart/form-data; boundary=" + String(repeating: "a", count: 1000)
        #expect(parseMultipart("", contentType: type).error == "Multipart: Invalid boundary in C-T (length).")
    }

    @Test func `takes every byte that RFC 2046 allows`() {
        let boundary = "0123456789AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz '()+_,-./:=?"
        let body = part("Content-Disposition: form-data; name=a", data: "1", boundary: boundary)
        let multipart = parseMultipart(
            body + "--\(boundary)--\r\n",
            contentType: "multipart/form-data; boundary=\(boundary)"
        )
        #expect(multipart.error == nil && multipart.parts.count == 1)
    }

    @Test func `tolerates parameters behind the boundary`() {
        let multipart = parseMultipart(
            field("name=a") + end,
            contentType: "multipart/form-data; boundary=0000; charset=UTF-8"
        )
        #expect(multipart.error == nil && multipart.parts.count == 1)
        #expect(multipart.trace.first?.contains("(tolerated)") == true)
    }

    @Test func `flags quotes, white space and a missing semicolon`() {
        func flags(_ contentType: String) -> MultipartFlags {
            parseMultipart(field("name=a") + end, contentType: contentType).flags.subtracting(.crlfLine)
        }
        #expect(flags("multipart/form-data; boundary=\"0000\"") == .boundaryQuoted)
        #expect(flags("multipart/form-data; boundary =0000") == .boundaryWhitespace)
        #expect(flags("multipart/form-data; boundary= 0000") == [.boundaryWhitespace, .dataBefore])
        #expect(flags("multipart/form-data boundary=0000") == .missingSemicolon)
        #expect(flags("MULTIPART/FORM-DATA;boundary=0000") == [])
    }

    // MARK: Boundaries

    @Test func `flags data before and after the boundaries`() {
        let before = parseMultipart("x\r\n" + field("name=a") + end)
        #expect(before.flags.contains(.dataBefore) && before.error == nil)
        let after = parseMultipart(field("name=a") + end + "x")
        #expect(after.flags.contains(.dataAfter) && after.error == nil)
        let twice = parseMultipart(field("name=a") + end + field("name=b") + end)
        #expect(twice.flags.contains(.dataAfter) && twice.parts.map(\.name) == ["a"])
    }

    @Test func `misses boundaries`() {
        #expect(parseMultipart("abc").error == "Multipart: No boundaries found in payload.")
        #expect(parseMultipart("--1111\r\n").error == "Multipart: No boundaries found in payload.")
        #expect(parseMultipart(field("name=a")).error == "Multipart: Final boundary missing.")
        #expect(parseMultipart("--0000--").error == "Multipart: No boundaries found in payload.")
    }

    @Test(arguments: ["--0000x\r\n", "--0000-\r\n", "--0000--x\r\n", "--0000 \r\n", "--0000---\r\n", "--0000\r\r\n"])
    func `refuses a boundary with something behind it`(line: String) {
        let multipart = parseMultipart(field("name=a") + line + end)
        #expect(multipart.error?.hasPrefix("Multipart: Invalid boundary: --0000") == true)
    }

    @Test func `refuses a boundary behind white space or quotes`() {
        #expect(
            parseMultipart(field("name=a") + "-- \t0000\r\n" + end).error
                == "Multipart: Invalid boundary (whitespace)."
        )
        let quoted = "multipart/form-data; boundary=\"0000\""
        #expect(
            parseMultipart(field("name=a") + "--\"0000\"\r\n" + end, contentType: quoted).error
                == "Multipart: Invalid boundary (quotes)."
        )
        #expect(parseMultipart(field("name=a") + "--\"0000\"\r\n" + end).error == nil)
    }

    @Test func `flags a boundary where data should begin`() {
        let multipart = parseMultipart("--0000\r\nContent-Disposition: form-data; name=a\r\n\r\n--0000\r\nx\r\n" + end)
        #expect(multipart.flags.contains(.invalidPart))
        #expect(multipart.parts.map(\.content) == ["--0000\r\nx"])
        let last = parseMultipart("--0000\r\nContent-Disposition: form-data; name=a\r\n\r\n--0000--")
        #expect(last.flags.contains(.invalidPart) && last.error == nil)
        let inHeaders = parseMultipart("--0000\r\nContent-Disposition: form-data; name=a\r\n--0000--")
        #expect(inHeaders.flags.contains(.invalidPart) && inHeaders.error == nil)
        #expect(inHeaders.parts.isEmpty && inHeaders.result.headers.isEmpty)
    }

    private func unmatched(_ body: String) -> Int {
        parseMultipart(body).result.unmatchedBoundary
    }

    @Test func `rates lines that look like a boundary`() {
        #expect(unmatched(field("name=a") + end) == 0)
        #expect(unmatched(field("name=a", data: "--x") + end) == 2)
        #expect(unmatched(field("name=a", data: "--") + end) == 2)
        #expect(unmatched(field("name=a", data: "text --0000 text") + end) == 2)
        #expect(unmatched(field("name=a", data: "-----BEGIN") + field("name=b") + end) == 2)
        #expect(unmatched("--1111\r\n" + field("name=a") + end) == 2)
        #expect(unmatched("--1111\r\n" + end) == 1)
        #expect(unmatched(field("name=a") + "--1111--\r\n") == 1)
        #expect(unmatched(field("name=a", data: "- -0000") + end) == 0)
    }

    @Test func `flags lines that end in a line feed alone`() {
        let unix = parseMultipart("--0000\nContent-Disposition: form-data; name=a\n\n1\n--0000--\n")
        #expect(unix.flags == [.lfLine] && unix.error == nil && unix.parts.map(\.content) == ["1"])
        let mixed = parseMultipart("--0000\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" + end)
        #expect(mixed.result.hasMixedLineEnds)
        let beforeBoundary = parseMultipart(
            "--0000\r\nContent-Disposition: form-data; name=a\r\n\r\n1\n--0000--"
        )
        #expect(beforeBoundary.result.hasMixedLineEnds && beforeBoundary.parts.map(\.content) == ["1"])
    }

    @Test func `keeps a carriage return that belongs to the data`() {
        let multipart = parseMultipart(field("name=a", data: "x\r") + end)
        #expect(multipart.parts.map(\.content) == ["x\r"])
        #expect(parseMultipart(field("name=a", data: "\u{0}--0000") + end).parts.map(\.content) == ["\u{0}--0000"])
    }

    // MARK: Part headers

    @Test(arguments: [
        ("Content-Disposition", "Invalid part header (colon missing): Content-Disposition."),
        (": form-data", "Invalid part header (header name missing)."),
        ("\u{E}Content-Disposition\u{E}: form-data", "Invalid part header (contains invalid character)."),
        ("Content Disposition: form-data", "Invalid part header (contains invalid character)."),
        ("Content-Disposition: form-data\u{0}", "Nul byte in part headers."),
        (" folded: first", "Invalid part header (folding error)."),
        ("A: 1\r\na: 2", "Duplicate part header: a."),
        ("Content-Type: text/plain", "Part missing Content-Disposition header."),
    ])
    func `refuses part headers`(header: String, message: String) {
        let multipart = parseMultipart(part(header, data: "x") + end)
        #expect(multipart.error == "Multipart: \(message)")
        #expect(multipart.parts.isEmpty && multipart.result.headers.isEmpty)
    }

    @Test func `refuses a header line of 4,096 bytes and takes a shorter one`() {
        let space = "Content-Disposition: form-data; name=a\r\nX: ".utf8.count
        #expect(space > 0)
        let longest = "X: " + String(repeating: "x", count: 4095 - 5)
        #expect(parseMultipart(part("Content-Disposition: form-data; name=a", longest, data: "1") + end).error == nil)
        let tooLong = parseMultipart(part("Content-Disposition: form-data; name=a", longest + "x", data: "1") + end)
        #expect(tooLong.error == "Multipart: Part header line over 4096 bytes long")
        let open = "--0000\r\nX: " + String(repeating: "x", count: 5000)
        #expect(parseMultipart(open).error == "Multipart: Part header line over 4096 bytes long")
    }

    @Test func `joins folded headers and flags odd ones`() {
        let folded = parseMultipart(part("Content-Disposition: form-data;\r\n \tname=\"a\"", data: "1") + end)
        #expect(folded.flags == [.crlfLine, .headerFolding] && folded.parts.map(\.name) == ["a"])
        #expect(folded.parts.first?.headers == ["Content-Disposition: form-data; name=\"a\""])
        for blank in ["\u{C}", "\u{B}", " \u{C}", "\r"] {
            let odd = parseMultipart(part("Content-Disposition: form-data;\r\n\(blank)name=\"a\"", data: "1") + end)
            #expect(odd.flags.contains([.headerFolding, .invalidHeaderFolding]))
            #expect(odd.parts.map(\.name) == ["a"])
        }
        let line = "\r\n " + String(repeating: "x", count: 2000)
        let long = parseMultipart(part("X: y" + line + line + line, data: "1") + end)
        #expect(long.error == "Multipart: Part header too long.")
    }

    @Test(arguments: [
        ("attachment; name=a", -1), ("form-datax; name=a", -2), ("form-data;", 0), ("form-data; ", -3),
        ("form-data; name", -4), ("form-data; name ", -5), ("form-data; name x", -13), ("form-data; name=", -6),
        ("form-data; name=\"", -7), ("form-data; name=\"a\\", -8), ("form-data; name=\"a", -10),
        ("form-data; name=a; x=y", -11), ("form-data; name=\"a\"b", -12), ("form-data; name=a b", -12),
        ("form-data; name=a; name=b", -14), ("form-data; name=a; filename=b; filename=c", -15),
        ("form-data; name=a; filename*=''x", -16), ("form-data; name=a; filename*=utf-8x", -16),
        ("form-data; name=a; filename*=utf-8'x", -17), ("form-data; name=a; filename*=utf-8''%4", -18),
        ("form-data; name=a; filename*=utf-8''a b", -19), ("form-data; name=a; filename*=utf-8''a/b", -19),
        ("form-data; name=a; filename*=u''a; filename*=u''b", -20),
        ("form-data; name=a; filename*=utf-8''03CB1664.txt", -21), ("Form-Data; name=a", -1), ("", -1),
        ("form-data; Name=a", -11),
    ])
    func `refuses a disposition with the code of the reason`(value: String, code: Int) {
        let multipart = parseMultipart(part("Content-Disposition: \(value)", data: "1") + end)
        let expected =
            code == 0
            ? "Multipart: Content-Disposition header missing name field."
            : "Multipart: Invalid Content-Disposition header (\(code)): \(value)."
        #expect(multipart.error == expected)
    }

    @Test func `reads RFC 5987 file names beside plain ones`() {
        let multipart = parseMultipart(field("name=f; filename=\"a.txt\"; filename*=UTF-8'en'%e2%82%ac.txt") + end)
        #expect(multipart.error == nil)
        #expect(multipart.parts.first?.filename == "a.txt")
        #expect(multipart.parts.first?.extendedFilename == "%e2%82%ac.txt")
    }

    @Test func `refuses a file name that simple parsers miss`() {
        let multipart = parseMultipart(field("name=f; filename =\"a.php\"") + end)
        #expect(multipart.error == "Multipart: Invalid Content-Disposition header (filename).")
    }

    @Test func `unescapes quotes and backslashes only`() {
        let multipart = parseMultipart(field(#"name="a\"b\\c\d"; filename="C:\dir\f.txt""#) + end)
        #expect(multipart.parts.first?.name == #"a"b\c\d"#)
        #expect(multipart.parts.first?.filename == #"C:\dir\f.txt"#)
    }

    @Test func `flags apostrophes that serve as quotes`() {
        func flags(_ parameters: String) -> MultipartFlags { parseMultipart(field(parameters) + end).flags }
        #expect(flags("name='a'").contains(.invalidQuoting))
        #expect(flags("name=a'b").contains(.invalidQuoting))
        #expect(flags("name=\"a\"\"").contains(.invalidQuoting))
        #expect(!flags("name=\"a'b\"").contains(.invalidQuoting))
        let twice = parseMultipart(field("name=';filename=\"dummy';name=b;\"") + end)
        #expect(twice.flags.contains(.invalidQuoting) && twice.error?.contains("(-14)") == true)
    }

    // MARK: Limits

    @Test func `limits parts and flags too many files`() {
        let many = String(repeating: field("name=a"), count: 1001) + end
        let multipart = parseMultipart(many)
        #expect(multipart.result.error?.code == .count && multipart.parts.count == 1000)
        let files = String(repeating: field("name=a; filename=b"), count: 3) + end
        let limited = parseMultipart(files, limits: MultipartLimits(maxFiles: 2))
        #expect(limited.flags.contains(.fileLimitExceeded) && limited.parts.count == 3 && limited.error == nil)
        #expect(parseMultipart(files, limits: MultipartLimits(maxFiles: 3)).error == nil)
    }

    @Test func `limits the headers of a part`() {
        let lines = (0..<200).map { "H\($0): x\r\n" }.joined()
        let many = parseMultipart("--0000\r\n" + lines)
        #expect(many.error == "Multipart: Too many part headers.")
        let long = (0..<20).map { "H\($0): \(String(repeating: "x", count: 4000))\r\n" }.joined()
        #expect(parseMultipart("--0000\r\n" + long).error == "Multipart: Part headers too long.")
    }

    @Test(.timeLimit(.minutes(1))) func `takes linear time when all is hyphens`() {
        let type = "multipart/form-data; boundary=" + String(repeating: "-", count: 900) + "x"
        let line = String(repeating: "-", count: 1_000_000)
        #expect(parseMultipart(" " + line + "\n" + line, contentType: type).error != nil)
        let lines = String(repeating: "--0000\r\n", count: 100_000)
        #expect(parseMultipart(lines).error != nil)
        #expect(parseMultipart(field("name=a", data: lines) + end).error != nil)
    }

    @Test func `never leaves the body`() {
        let fragments = [
            "--0000", "--0000--", "--", "\r\n", "\n", "\r", "Content-Disposition: form-data; name=a",
            "; name=\"a\\\"b\"", "; filename=\"x\"", "; filename*=u''x", "Content-Type: x", ":", " ", "'", "\u{0}",
            "\r\n\r\n", "--0000\r\nContent-Disposition: form-data; name=a\r\n\r\n",
            "--0000\r\nContent-Disposition: form-data; name=a; filename=\"b\\\\\"\r\n\r\nx\r\n",
        ]
        var complete = 0
        for (index, input) in bodyMutations(of: fragments, count: 20_000, seed: 4).enumerated() {
            let type = index % 3 == 0 ? "multipart/form-data; boundary=\"0000\"" : "multipart/form-data; boundary=0000"
            let multipart = parseMultipart(input, contentType: bodyBytes(type))
            complete += multipart.error == nil && !multipart.parts.isEmpty ? 1 : 0
            var place = 0
            for part in multipart.result.parts {
                #expect(Int(part.content.offset) >= place && part.content.bounds.upperBound <= input.count)
                place = part.content.bounds.upperBound
            }
        }
        #expect(complete > 20)
    }

    @Test func `never trips over a content type`() {
        let fragments = ["multipart/form-data", ";", " ", "boundary", "=", "\"", "0000", "Boundary", ",", "charset"]
        for input in bodyMutations(of: fragments, count: 20_000, seed: 5) {
            let type = Array("multipart/form-data".utf8) + input
            let multipart = parseMultipart([], contentType: type)
            #expect(multipart.result.strictError || multipart.error == nil)
        }
    }
}
