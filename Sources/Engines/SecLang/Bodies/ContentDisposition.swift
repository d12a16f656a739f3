// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The value of a part's `Content-Disposition` header, as ranges of that value.
///
/// Only `form-data` with `name`, `filename` and `filename*` is understood, each at most once; anything else
/// is refused, because back ends disagree about it. The codes of refusals are ModSecurity's.
struct ContentDisposition {
    /// A parameter's value inside the header's value.
    struct Value {
        var range: Range<Int>
        /// The quote around the value, or 0.
        var quote: UInt8 = 0
        /// A backslash hides a quote or a backslash.
        var hasEscapes = false
    }

    /// Which parameter a duplicate was.
    enum Duplicate: String {
        case name
        case filename
        case extendedFilename = "filename*"
    }

    var name: Value?
    var filename: Value?
    var extendedFilename: Value?
    /// The last `name` and `filename`, even if they are duplicates.
    var lastName: Value?
    var lastFilename: Value?
    var duplicate: Duplicate?
    /// Apostrophes used as quotes, or a quote where none may stand.
    var invalidQuoting = false
    /// 0, or the negative code of the refusal.
    private(set) var code = 0

    /// `filename*` came without `filename`.
    static let missingFilename = -21

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        code = parse()
        if code == 0, extendedFilename != nil, filename == nil {
            code = Self.missingFilename
        }
    }

    private var isAtEnd: Bool { index >= bytes.count }

    private mutating func skipBlanks() {
        while index < bytes.count, BodyBytes.isBlank(bytes[index]) {
            index += 1
        }
    }

    private mutating func parse() -> Int {
        let type: StaticString = "form-data"
        guard BodyBytes.hasBytes(type, in: bytes, at: 0) else {
            return -1
        }
        index = type.utf8CodeUnitCount
        skipBlanks()
        if isAtEnd {
            return 0
        }
        guard bytes[index] == BodyBytes.semicolon else {
            return -2
        }
        index += 1
        while !isAtEnd {
            let failure = parseParameter()
            if failure != 0 {
                return failure
            }
            skipBlanks()
            if isAtEnd {
                return 0
            }
            guard bytes[index] == BodyBytes.semicolon else {
                let previous = bytes[index - 1]
                if previous == BodyBytes.apostrophe || previous == BodyBytes.quote {
                    invalidQuoting = true
                }
                return -12
            }
            index += 1
        }
        return 0
    }

    private mutating func parseParameter() -> Int {
        skipBlanks()
        if isAtEnd {
            return -3
        }
        let start = index
        while index < bytes.count, bytes[index] != BodyBytes.equals, !BodyBytes.isBlank(bytes[index]) {
            index += 1
        }
        if isAtEnd {
            return -4
        }
        let parameter = BodyBytes.slice(bytes, start..<index)
        skipBlanks()
        if isAtEnd {
            return -5
        }
        guard bytes[index] == BodyBytes.equals else {
            return -13
        }
        index += 1
        skipBlanks()
        if isAtEnd {
            return -6
        }
        if isEqual(parameter, "filename*") {
            return parseExtendedFilename()
        }
        var value = Value(range: index..<index)
        let failure = parseValue(&value)
        return failure != 0 ? failure : take(value, of: parameter)
    }

    private mutating func parseValue(_ value: inout Value) -> Int {
        let quote = bytes[index]
        guard quote == BodyBytes.quote || quote == BodyBytes.apostrophe else {
            let start = index
            while index < bytes.count, Self.isTokenByte(bytes[index]) {
                index += 1
            }
            value.range = start..<index
            return 0
        }
        if quote == BodyBytes.apostrophe {
            invalidQuoting = true
        }
        value.quote = quote
        index += 1
        if isAtEnd {
            return -7
        }
        let start = index
        while index < bytes.count, bytes[index] != quote {
            if bytes[index] == BodyBytes.backslash {
                guard index + 1 < bytes.count else {
                    return -8
                }
                // Other escapes are left as they are: Internet Explorer sends paths with bare backslashes.
                if bytes[index + 1] == quote || bytes[index + 1] == BodyBytes.backslash {
                    value.hasEscapes = true
                    index += 1
                }
            }
            index += 1
        }
        if isAtEnd {
            return -10
        }
        value.range = start..<index
        index += 1
        return 0
    }

    private mutating func take(_ value: Value, of parameter: UnsafeBufferPointer<UInt8>) -> Int {
        if isEqual(parameter, "name") {
            checkQuotes(value)
            lastName = value
            guard name == nil else {
                duplicate = .name
                return -14
            }
            name = value
        } else if isEqual(parameter, "filename") {
            checkQuotes(value)
            lastFilename = value
            guard filename == nil else {
                duplicate = .filename
                return -15
            }
            filename = value
        } else {
            return -11
        }
        return 0
    }

    /// An apostrophe inside a value is harmless only between double quotes.
    private mutating func checkQuotes(_ value: Value) {
        if value.quote != BodyBytes.quote, bytes[value.range].contains(BodyBytes.apostrophe) {
            invalidQuoting = true
        }
    }

    /// Reads `charset'language'value` of RFC 5987, section 3.2.1.
    private mutating func parseExtendedFilename() -> Int {
        let start = index
        while index < bytes.count, Self.isCharsetByte(bytes[index]) {
            index += 1
        }
        guard index > start, index < bytes.count, bytes[index] == BodyBytes.apostrophe else {
            return -16
        }
        guard let language = BodyBytes.firstIndex(of: BodyBytes.apostrophe, in: bytes, from: index + 1) else {
            return -17
        }
        index = language + 1
        let valueStart = index
        while index < bytes.count, bytes[index] != BodyBytes.semicolon {
            if bytes[index] == BodyBytes.percent {
                guard index + 2 < bytes.count, BodyBytes.hexDigit(bytes[index + 1]) != nil,
                    BodyBytes.hexDigit(bytes[index + 2]) != nil
                else {
                    return -18
                }
                index += 3
            } else if Self.isAttributeByte(bytes[index]) {
                index += 1
            } else {
                return -19
            }
        }
        guard extendedFilename == nil else {
            duplicate = .extendedFilename
            return -20
        }
        extendedFilename = Value(range: valueStart..<index)
        return 0
    }

    private func isEqual(_ parameter: UnsafeBufferPointer<UInt8>, _ literal: StaticString) -> Bool {
        parameter.count == literal.utf8CodeUnitCount && BodyBytes.hasBytes(literal, in: parameter, at: 0)
    }

    /// The `token` of RFC 2045.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        guard byte > 32, byte < 127 else {
            return false
        }
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "@"),
            UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\\"), UInt8(ascii: "\""),
            UInt8(ascii: "/"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "?"), UInt8(ascii: "="):
            return false
        default:
            return true
        }
    }

    /// The `mime-charsetc` of RFC 5987.
    private static func isCharsetByte(_ byte: UInt8) -> Bool {
        BodyBytes.isAlphanumeric(byte) || contains(byte, in: "!#$%&+-^_`{}~")
    }

    /// The `attr-char` of RFC 5987.
    private static func isAttributeByte(_ byte: UInt8) -> Bool {
        BodyBytes.isAlphanumeric(byte) || contains(byte, in: "!#$&+-.^_`|~")
    }

    private static func contains(_ byte: UInt8, in set: StaticString) -> Bool {
        set.withUTF8Buffer { $0.contains(byte) }
    }
}
