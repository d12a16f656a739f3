// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport

/// A case of secrules-language-tests: `input` through operator or transformation `name`.
struct LanguageTestCase {
    var name = ""
    var parameter: [UInt8] = []
    var input: [UInt8] = []
    var output: [UInt8] = []
    var result = 0

    /// The cases of a file, such as `operators/eq.json`.
    static func load(_ path: String) throws -> [LanguageTestCase] {
        let url = TestData.url("waf/secrules-language-tests/\(path)")
        var reader = LenientJSON(bytes: [UInt8](try Data(contentsOf: url)))
        return try reader.arrayOfObjects().map { fields in
            LanguageTestCase(
                name: String(decoding: fields["name"] ?? [], as: UTF8.self),
                parameter: LenientJSON.expanded(fields["param"] ?? []),
                input: LenientJSON.expanded(fields["input"] ?? []),
                output: LenientJSON.expanded(fields["output"] ?? []),
                result: Int(String(decoding: fields["ret"] ?? [], as: UTF8.self)) ?? 0
            )
        }
    }

    /// A case for a failure's message.
    var summary: String {
        "\(name) \(Self.escaped(parameter)) <- \(Self.escaped(input))"
    }

    static func escaped(_ bytes: [UInt8]) -> String {
        bytes.prefix(300).map { byte in
            (0x20..<0x7F).contains(byte)
                ? String(UnicodeScalar(byte)) : "<" + String(byte, radix: 16) + ">"
        }.joined()
    }
}

/// Reads the JSON of the language tests: strings are bytes, raw control bytes are allowed in them, `\u00XX` is one byte.
struct LenientJSON {
    struct Malformed: Error {
        var offset: Int
    }

    let bytes: [UInt8]
    private var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func arrayOfObjects() throws -> [[String: [UInt8]]] {
        var objects: [[String: [UInt8]]] = []
        try expect("[")
        while next() == UInt8(ascii: "{") {
            objects.append(try object())
            if next() == UInt8(ascii: ",") {
                index += 1
            }
        }
        try expect("]")
        return objects
    }

    private mutating func object() throws -> [String: [UInt8]] {
        var fields: [String: [UInt8]] = [:]
        try expect("{")
        while next() == UInt8(ascii: "\"") {
            let key = String(decoding: try string(), as: UTF8.self)
            try expect(":")
            switch next() {
            case UInt8(ascii: "\""): fields[key] = try string()
            case UInt8(ascii: "["): try skipList()
            default: fields[key] = scalar()
            }
            if next() == UInt8(ascii: ",") {
                index += 1
            }
        }
        try expect("}")
        return fields
    }

    /// Passes over a list of strings.
    private mutating func skipList() throws {
        try expect("[")
        while let byte = next(), byte != UInt8(ascii: "]") {
            if byte == UInt8(ascii: "\"") {
                _ = try string()
            } else {
                index += 1
            }
        }
        try expect("]")
    }

    private mutating func next() -> UInt8? {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) {
            index += 1
        }
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard next() == UInt8(ascii: character) else {
            throw Malformed(offset: index)
        }
        index += 1
    }

    private mutating func scalar() -> [UInt8] {
        let start = index
        while index < bytes.count, !Array(",}] \n\r\t".utf8).contains(bytes[index]) {
            index += 1
        }
        return Array(bytes[start..<index])
    }

    private mutating func string() throws -> [UInt8] {
        var result: [UInt8] = []
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                let digits = String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self)
                guard let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
                    throw Malformed(offset: index)
                }
                result.append(contentsOf: code < 0x100 ? [UInt8(code)] : Array(String(scalar).utf8))
                index += 4
            case let byte: result.append(byte)
            }
        }
        guard index < bytes.count else {
            throw Malformed(offset: index)
        }
        index += 1
        return result
    }

    /// Expands the tests' second level of escapes, `\xHH` and then `\uHHHH`, as the upstream runner does: any two
    /// (four) alphanumeric characters count, and `strtol` reads as many hexadecimal digits of them as there are.
    static func expanded(_ text: [UInt8]) -> [UInt8] {
        expanded(expanded(text, letter: UInt8(ascii: "x"), digits: 2), letter: UInt8(ascii: "u"), digits: 4)
    }

    private static func expanded(_ text: [UInt8], letter: UInt8, digits: Int) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            let end = index + 2 + digits
            if text[index] == UInt8(ascii: "\\"), end <= text.count, text[index + 1] == letter,
                text[(index + 2)..<end].allSatisfy({ Character(UnicodeScalar($0)).isASCIIAlphanumeric })
            {
                let number = text[(index + 2)..<end].prefix { Character(UnicodeScalar($0)).isHexDigit }
                let value = UInt32(String(decoding: number, as: UTF8.self), radix: 16) ?? 0
                result.append(UInt8(truncatingIfNeeded: value))
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}

extension Character {
    fileprivate var isASCIIAlphanumeric: Bool { isASCII && (isLetter || isNumber) }
}
