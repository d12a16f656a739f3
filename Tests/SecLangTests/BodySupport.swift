// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation

@testable import SecLang

/// A name and a value, as text.
struct BodyPair: Equatable, CustomStringConvertible {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    var description: String { "\(name)=\(value)" }
}

/// Text with every byte above 127 as the character of the same number, so that any bytes can be compared.
func bodyText(_ bytes: some Sequence<UInt8>) -> String {
    String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}

/// The bytes of text made by ``bodyText(_:)``.
func bodyBytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// The outcome of a parser that hands out arguments.
struct BodyParsed<Result> {
    var pairs: [BodyPair]
    var offsets: [[Int]]
    var result: Result
}

func parseForm(_ input: [UInt8], separator: Character = "&", limit: Int = .max) -> BodyParsed<URLEncodedResult> {
    var arena = ByteArena()
    var ranges: [(ByteRange, ByteRange, Int, Int)] = []
    let result = input.withUnsafeBufferPointer { buffer in
        URLEncodedBody.parse(
            buffer,
            separator: separator.asciiValue ?? 0,
            limit: limit,
            into: &arena
        ) { ranges.append(($0, $1, $2, $3)) }
    }
    return BodyParsed(
        pairs: ranges.map { BodyPair(bodyText(arena[$0.0]), bodyText(arena[$0.1])) },
        offsets: ranges.map { [$0.2, $0.3] },
        result: result
    )
}

func parseForm(_ input: String, separator: Character = "&", limit: Int = .max) -> BodyParsed<URLEncodedResult> {
    parseForm(bodyBytes(input), separator: separator, limit: limit)
}

func parseCookies(
    _ input: [UInt8],
    _ format: CookieParser.Format = .netscape,
    limit: Int = .max
) -> BodyParsed<CookieParser.Result> {
    var arena = ByteArena()
    var ranges: [(ByteRange, ByteRange, Int, Int)] = []
    let result = input.withUnsafeBufferPointer { buffer in
        CookieParser.parse(buffer, format: format, limit: limit, into: &arena) { ranges.append(($0, $1, $2, $3)) }
    }
    return BodyParsed(
        pairs: ranges.map { BodyPair(bodyText(arena[$0.0]), bodyText(arena[$0.1])) },
        offsets: ranges.map { [$0.2, $0.3] },
        result: result
    )
}

func parseCookies(
    _ input: String,
    _ format: CookieParser.Format = .netscape,
    limit: Int = .max
) -> BodyParsed<CookieParser.Result> {
    parseCookies(bodyBytes(input), format, limit: limit)
}

func parseJSON(_ input: [UInt8], maxDepth: Int = 512, maxArguments: Int = .max) -> BodyParsed<BodyError?> {
    var arena = ByteArena()
    var ranges: [(ByteRange, ByteRange)] = []
    let result = input.withUnsafeBufferPointer { buffer in
        JSONBody.parse(buffer, maxDepth: maxDepth, maxArguments: maxArguments, into: &arena) {
            ranges.append(($0, $1))
        }
    }
    return BodyParsed(
        pairs: ranges.map { BodyPair(bodyText(arena[$0.0]), bodyText(arena[$0.1])) },
        offsets: [],
        result: result
    )
}

func parseJSON(_ input: String, maxDepth: Int = 512, maxArguments: Int = .max) -> BodyParsed<BodyError?> {
    parseJSON(Array(input.utf8), maxDepth: maxDepth, maxArguments: maxArguments)
}

/// A multipart body's parts as text, with the result they come from.
struct ParsedMultipart {
    struct Part: Equatable {
        var name: String
        var filename: String?
        var extendedFilename: String?
        var content: String
        var headers: [String]
    }

    var parts: [Part]
    var result: MultipartResult
    var lastName: String?
    var lastFilename: String?
    var trace: [String]

    var error: String? { result.error?.message }
    var flags: MultipartFlags { result.flags }
}

func parseMultipart(
    _ body: [UInt8],
    contentType: [UInt8],
    limits: MultipartLimits = MultipartLimits()
) -> ParsedMultipart {
    var arena = ByteArena()
    var trace: [String] = []
    let parser = contentType.withUnsafeBufferPointer { MultipartBody(contentType: $0, limits: limits) }
    let result = body.withUnsafeBufferPointer { buffer in
        parser.parse(buffer, into: &arena) { trace.append(bodyText($1)) }
    }
    var parts: [ParsedMultipart.Part] = []
    for part in result.parts {
        parts.append(
            ParsedMultipart.Part(
                name: bodyText(arena[part.name.bytes]),
                filename: part.filename.map { bodyText(arena.array($0.bytes)) },
                extendedFilename: part.extendedFilename.map { bodyText(arena.array($0.bytes)) },
                content: bodyText(body[part.content.bounds]),
                headers: part.headers.map { bodyText(arena.array(result.headers[$0].line)) }
            )
        )
    }
    return ParsedMultipart(
        parts: parts,
        result: result,
        lastName: result.lastName.map { bodyText(arena.array($0.bytes)) },
        lastFilename: result.lastFilename.map { bodyText(arena.array($0.bytes)) },
        trace: trace
    )
}

func parseMultipart(
    _ body: String,
    contentType: String = "multipart/form-data; boundary=0000",
    limits: MultipartLimits = MultipartLimits()
) -> ParsedMultipart {
    parseMultipart(bodyBytes(body), contentType: bodyBytes(contentType), limits: limits)
}

/// A generator with a fixed seed, so that a failing input can be made again.
struct BodyGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Inputs made of fragments that mean something to a parser, and of random bytes.
func bodyMutations(of fragments: [String], count: Int, seed: UInt64) -> [[UInt8]] {
    var generator = BodyGenerator(state: seed)
    return (0..<count).map { _ in
        var input: [UInt8] = []
        for _ in 0..<Int.random(in: 0...24, using: &generator) {
            if Int.random(in: 0..<8, using: &generator) == 0 {
                input.append(UInt8.random(in: 0...255, using: &generator))
            } else if let fragment = fragments.randomElement(using: &generator) {
                input += bodyBytes(fragment)
            }
        }
        if !input.isEmpty, Bool.random(using: &generator) {
            input.remove(at: Int.random(in: 0..<input.count, using: &generator))
        }
        return input
    }
}
