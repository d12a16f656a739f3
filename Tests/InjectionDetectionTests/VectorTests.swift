// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import InjectionDetection
import TestSupport
import Testing

/// The published vectors of libinjection, with the newer ones of its Go port.
@Suite(.enabled(if: TestData.available(LibinjectionVector.folder, for: "libinjection vectors")))
struct VectorTests {
    @Test func `cuts SQL into the published tokens`() throws {
        try check("tokens", least: 200) { vector in
            vector.input.withUnsafeBufferPointer { SQLInjection.tokens(of: $0).map(describe).joined(separator: "\n") }
        }
    }

    @Test func `folds SQL to the published tokens`() throws {
        try check("folding", least: 118) { vector in
            vector.input.withUnsafeBufferPointer {
                SQLInjection.foldedTokens(of: $0).map(describe).joined(separator: "\n")
            }
        }
    }

    @Test func `finds the published SQL injections by their fingerprints`() throws {
        try check("sqli", least: 54) { vector in
            vector.input.withUnsafeBufferPointer { SQLInjection.fingerprint(of: $0)?.description ?? "" }
        }
    }

    @Test func `cuts HTML into the published tokens`() throws {
        try check("html5", least: 68) { vector in
            vector.input.withUnsafeBufferPointer { input in
                CrossSiteScripting.tokens(of: input).map { describe($0, in: input) }.joined(separator: "\n")
            }
        }
    }

    @Test func `finds the published cross-site scripting`() throws {
        try check("xss", least: 7) { vector in
            vector.input.withUnsafeBufferPointer { CrossSiteScripting.isDetected(in: $0) ? "1" : "0" }
        }
    }

    /// Runs all vectors of a kind and names those whose answer differs.
    private func check(_ kind: String, least: Int, _ answer: (LibinjectionVector) -> String) throws {
        let vectors = try LibinjectionVector.all(of: kind)
        #expect(vectors.count >= least)
        for vector in vectors {
            let answer = LibinjectionVector.trimmed(answer(vector))
            #expect(answer == vector.expected, "\(vector.name): \(String(decoding: vector.input, as: UTF8.self))")
        }
    }

    private func describe(_ token: SQLInjection.Token) -> String {
        let type = Character(Unicode.Scalar(token.letter))
        let value = String(decoding: token.value, as: UTF8.self)
        let quoted = mark(token.opening) + value + mark(token.closing)
        let text =
            switch type {
            case "s": quoted
            case "v": String(repeating: "@", count: token.sigils) + quoted
            default: value
            }
        return LibinjectionVector.trimmed("\(type) \(text)", of: "\r\n")
    }

    private func mark(_ byte: UInt8) -> String {
        byte == 0 ? "" : String(Character(Unicode.Scalar(byte)))
    }

    private func describe(_ token: HTMLToken, in input: UnsafeBufferPointer<UInt8>) -> String {
        let name =
            switch token.kind {
            case .text: "DATA_TEXT"
            case .tagNameOpen: "TAG_NAME_OPEN"
            case .tagNameClose: "TAG_NAME_CLOSE"
            case .tagNameSelfClose: "TAG_NAME_SELFCLOSE"
            case .tagClose: "TAG_CLOSE"
            case .attributeName: "ATTR_NAME"
            case .attributeValue: "ATTR_VALUE"
            case .comment: "TAG_COMMENT"
            case .doctype: "DOCTYPE"
            }
        let value = String(decoding: input[token.start..<token.start + token.length], as: UTF8.self)
        return "\(name),\(token.length),\(value)"
    }
}

/// One file of the vectors: a title, an input and the expected answer.
struct LibinjectionVector {
    static let folder = "waf/libinjection-go"

    let name: String
    let input: [UInt8]
    let expected: String

    /// The vectors whose file name has a kind as its second word.
    static func all(of kind: String) throws -> [LibinjectionVector] {
        try FileManager.default.contentsOfDirectory(atPath: TestData.url(folder).path).sorted()
            .filter { $0.hasPrefix("test-\(kind)-") }
            .map { try LibinjectionVector(name: $0) }
    }

    private init(name: String) throws {
        self.name = name
        let bytes = try Data(contentsOf: TestData.url(Self.folder).appendingPathComponent(name))
        var sections: [[UInt8]] = [[]]
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.starts(with: Array("--TEST--".utf8)) || line.starts(with: Array("--INPUT--".utf8))
                || line.starts(with: Array("--EXPECTED--".utf8))
            {
                sections.append([])
            } else {
                sections[sections.count - 1] += line + [UInt8(ascii: "\n")]
            }
        }
        try #require(sections.count == 4, "\(name) has a title, an input and an answer")
        var input = sections[2]
        while let last = input.last, last == 0x20 || 0x09...0x0a ~= last || last == 0x0d {
            input.removeLast()
        }
        self.input = input
        expected = Self.trimmed(String(decoding: sections[3], as: UTF8.self))
    }

    /// A text without white space at its end.
    static func trimmed(_ text: String, of removed: String = " \t\r\n") -> String {
        var scalars = text.unicodeScalars[...]
        while let last = scalars.last, removed.unicodeScalars.contains(last) {
            scalars.removeLast()
        }
        return String(scalars)
    }
}
