// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The lexer of ``JSONParser``: finds and checks tokens, and decodes strings.
struct JSONScanner {
    /// A string between its quotes, already checked.
    struct Text {
        var range: Range<Int>
        var hasEscapes: Bool
        /// The decoded text is never longer than the raw one: six bytes of an escape give at most three, and a
        /// pair's twelve give four.
        var decodedLengthBound: Int { range.count }
    }

    /// The place of the next byte to read.
    var index = 0
    private let input: UnsafeBufferPointer<UInt8>

    init(_ input: UnsafeBufferPointer<UInt8>) {
        self.input = input
    }

    var hasByteOrderMark: Bool {
        BodyBytes.hasBytes([0xEF, 0xBB, 0xBF], in: input, at: 0)
    }

    func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        BodyBytes.slice(input, range)
    }

    func bytes(_ word: Word) -> UnsafeBufferPointer<UInt8> {
        bytes((index - word.length)..<index)
    }

    func failure(_ message: String) -> BodyError {
        BodyError(.malformed, message, offset: index)
    }

    /// Goes to the next byte that is not white space, and returns it.
    mutating func nextSignificant() -> UInt8? {
        while index < input.count {
            let byte = input[index]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                return byte
            }
            index += 1
        }
        return nil
    }

    /// The error for a byte that begins no value.
    func unexpectedByte() -> BodyError {
        guard index < input.count else {
            return failure("parse error: premature EOF")
        }
        switch input[index] {
        case UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ":"):
            return failure("parse error: unallowed token at this point in JSON text")
        default:
            return failure("lexical error: invalid char in json text.")
        }
    }

    // MARK: Words and numbers

    /// The words of the grammar.
    enum Word {
        case null
        case yes
        case no

        var length: Int {
            self == .no ? 5 : 4
        }
    }

    /// Reads `true`, `false` or `null`; `index` stands behind it afterwards.
    mutating func word() throws(BodyError) -> Word {
        let word: Word
        if BodyBytes.hasBytes("true", in: input, at: index) {
            word = .yes
        } else if BodyBytes.hasBytes("false", in: input, at: index) {
            word = .no
        } else if BodyBytes.hasBytes("null", in: input, at: index) {
            word = .null
        } else {
            throw failure("lexical error: invalid string in json text.")
        }
        index += word.length
        return word
    }

    /// Reads a number and returns where it stands.
    mutating func number() throws(BodyError) -> Range<Int> {
        let start = index
        if peek() == UInt8(ascii: "-") {
            index += 1
        }
        if peek() == UInt8(ascii: "0") {
            index += 1
        } else {
            try digits("a minus sign")
        }
        if peek() == UInt8(ascii: ".") {
            index += 1
            try digits("the decimal point")
        }
        if let letter = peek(), letter | 0x20 == UInt8(ascii: "e") {
            index += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                index += 1
            }
            try digits("the exponent")
        }
        return start..<index
    }

    private func peek() -> UInt8? {
        index < input.count ? input[index] : nil
    }

    private mutating func digits(_ place: StaticString) throws(BodyError) {
        let start = index
        while index < input.count, BodyBytes.isDigit(input[index]) {
            index += 1
        }
        guard index > start else {
            throw failure("lexical error: malformed number, a digit is required after \(place).")
        }
    }

    // MARK: Strings

    /// Reads a string, checking its escapes and its UTF-8; `index` stands behind the closing quote afterwards.
    mutating func string() throws(BodyError) -> Text {
        let start = index + 1
        index = plainEnd(from: start)
        var hasEscapes = false
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return Text(range: start..<(index - 1), hasEscapes: hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
            } else if byte < 0x20 {
                throw failure("lexical error: invalid character inside string.")
            } else {
                let length = UTF8Sequence.length(at: index, in: input)
                guard length > 0 else {
                    throw failure("lexical error: invalid bytes in UTF8 string.")
                }
                index += length
            }
            index = plainEnd(from: index)
        }
        throw failure("parse error: premature EOF")
    }

    /// The first place that holds something else than ASCII text without quotes, backslashes and controls.
    private func plainEnd(from start: Int) -> Int {
        guard let base = input.baseAddress else {
            return start
        }
        let count = input.count
        var place = start
        // Eight bytes at once: the high bit of a byte of `marks` is set for every byte of interest; borrows can
        // only mark further bytes behind one, which the loop below sorts out.
        while place + 8 <= count {
            let word = UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self).littleEndian
            let ones: UInt64 = 0x0101_0101_0101_0101
            let quotes = (word ^ (0x22 &* ones)) &- ones
            let backslashes = (word ^ (0x5C &* ones)) &- ones
            let marks = (word | (word &- (0x20 &* ones)) | quotes | backslashes) & (0x80 &* ones)
            guard marks == 0 else {
                place += marks.trailingZeroBitCount / 8
                break
            }
            place += 8
        }
        while place < count {
            let byte = base[place]
            guard byte >= 0x20, byte < 0x80, byte != 0x22, byte != 0x5C else {
                break
            }
            place += 1
        }
        return place
    }

    private mutating func skipEscape() throws(BodyError) {
        guard index + 1 < input.count else {
            throw failure("parse error: premature EOF")
        }
        switch input[index + 1] {
        case UInt8(ascii: "u"):
            guard codeUnit(at: index + 2, before: input.count) != nil else {
                throw failure("lexical error: invalid (non-hex) character occurs after '\\u' inside string.")
            }
            index += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        default:
            throw failure("lexical error: inside a string, '\\' occurs before a character which it may not.")
        }
    }

    /// The four hexadecimal digits at a place, if there are four.
    private func codeUnit(at place: Int, before end: Int) -> UInt32? {
        guard place + 4 <= end else {
            return nil
        }
        var unit: UInt32 = 0
        for offset in place..<(place + 4) {
            guard let digit = BodyBytes.hexDigit(input[offset]) else {
                return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Decodes a checked string to memory that holds ``Text/decodedLengthBound`` bytes, and returns its length.
    func decode(_ text: Text, into target: UnsafeMutablePointer<UInt8>) -> Int {
        guard text.hasEscapes else {
            let raw = bytes(text.range)
            if let source = raw.baseAddress {
                target.update(from: source, count: raw.count)
            }
            return raw.count
        }
        var written = 0
        let end = text.range.upperBound
        var place = text.range.lowerBound
        while place < end {
            let byte = input[place]
            if byte != UInt8(ascii: "\\") || place + 1 >= end {
                target[written] = byte
                written += 1
                place += 1
            } else if input[place + 1] == UInt8(ascii: "u"), let unit = codeUnit(at: place + 2, before: end) {
                place += 6
                written += Self.write(codePoint(unit, place: &place, end: end), to: target + written)
            } else {
                target[written] = Self.unescaped(input[place + 1])
                written += 1
                place += 2
            }
        }
        return written
    }

    /// Joins a leading surrogate with the escape behind it, if that is its partner.
    private func codePoint(_ unit: UInt32, place: inout Int, end: Int) -> UInt32 {
        guard unit & 0xFC00 == 0xD800 else {
            return unit
        }
        guard place + 6 <= end, input[place] == UInt8(ascii: "\\"), input[place + 1] == UInt8(ascii: "u"),
            let second = codeUnit(at: place + 2, before: end), second & 0xFC00 == 0xDC00
        else {
            return UInt32(UInt8(ascii: "?"))
        }
        place += 6
        return 0x10000 + ((unit & 0x3FF) << 10 | second & 0x3FF)
    }

    /// Writes a code point's bytes, one to four, and returns their number.
    private static func write(_ point: UInt32, to target: UnsafeMutablePointer<UInt8>) -> Int {
        func byte(_ bits: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: bits) }
        if point < 0x80 {
            target[0] = byte(point)
            return 1
        }
        if point < 0x800 {
            target[0] = byte(0xC0 | point >> 6)
            target[1] = byte(0x80 | point & 0x3F)
            return 2
        }
        if point < 0x10000 {
            target[0] = byte(0xE0 | point >> 12)
            target[1] = byte(0x80 | point >> 6 & 0x3F)
            target[2] = byte(0x80 | point & 0x3F)
            return 3
        }
        target[0] = byte(0xF0 | point >> 18)
        target[1] = byte(0x80 | point >> 12 & 0x3F)
        target[2] = byte(0x80 | point >> 6 & 0x3F)
        target[3] = byte(0x80 | point & 0x3F)
        return 4
    }

    private static func unescaped(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }
}

/// The well-formed byte sequences of Unicode, table 3-7.
enum UTF8Sequence {
    /// The length of the well-formed sequence at a place, or 0.
    static func length(at place: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard place < bytes.count else {
            return 0
        }
        let lead = bytes[place]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            second = 0xA0...0xBF
        case 0xED:
            length = 3
            second = 0x80...0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            second = 0x90...0xBF
        case 0xF1...0xF3: length = 4
        case 0xF4:
            length = 4
            second = 0x80...0x8F
        default: return 0
        }
        guard place + length <= bytes.count, second.contains(bytes[place + 1]) else {
            return 0
        }
        for offset in 2..<max(length, 2) where bytes[place + offset] & 0xC0 != 0x80 {
            return 0
        }
        return length
    }
}
