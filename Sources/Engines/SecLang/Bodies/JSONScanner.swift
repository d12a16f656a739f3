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
        for (word, spelling) in [(Word.yes, "true"), (.no, "false"), (.null, "null")] as [(Word, StaticString)]
        where hasWord(spelling) {
            index += word.length
            return word
        }
        throw failure("lexical error: invalid string in json text.")
    }

    /// Whether exactly these bytes come next.
    private func hasWord(_ spelling: StaticString) -> Bool {
        spelling.withUTF8Buffer { word in
            word.count <= input.count - index && word.elementsEqual(bytes(index..<(index + word.count)))
        }
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
        index += 1
        let start = index
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
            } else if byte < 0x80 {
                index += 1
            } else {
                let length = UTF8Sequence.length(at: index, in: input)
                guard length > 0 else {
                    throw failure("lexical error: invalid bytes in UTF8 string.")
                }
                index += length
            }
        }
        throw failure("parse error: premature EOF")
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
        var written = 0
        decode(text) { byte in
            target[written] = byte
            written += 1
        }
        return written
    }

    /// Decodes a checked string to the end of an array.
    func appendDecoded(_ text: Text, to array: inout [UInt8]) {
        guard text.hasEscapes else {
            array.append(contentsOf: bytes(text.range))
            return
        }
        decode(text) { array.append($0) }
    }

    @inline(__always)
    private func decode(_ text: Text, emit: (UInt8) -> Void) {
        let end = text.range.upperBound
        var place = text.range.lowerBound
        while place < end {
            let byte = input[place]
            guard byte == UInt8(ascii: "\\"), place + 1 < end else {
                emit(byte)
                place += 1
                continue
            }
            if input[place + 1] == UInt8(ascii: "u"), let unit = codeUnit(at: place + 2, before: end) {
                place += 6
                emitCodePoint(codePoint(unit, place: &place, end: end), emit: emit)
            } else {
                emit(Self.unescaped(input[place + 1]))
                place += 2
            }
        }
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

    @inline(__always)
    private func emitCodePoint(_ point: UInt32, emit: (UInt8) -> Void) {
        let tail = UInt8(truncatingIfNeeded: 0x80 | point & 0x3F)
        if point < 0x80 {
            emit(UInt8(truncatingIfNeeded: point))
        } else if point < 0x800 {
            emit(UInt8(truncatingIfNeeded: 0xC0 | point >> 6))
            emit(tail)
        } else if point < 0x10000 {
            emit(UInt8(truncatingIfNeeded: 0xE0 | point >> 12))
            emit(UInt8(truncatingIfNeeded: 0x80 | point >> 6 & 0x3F))
            emit(tail)
        } else {
            emit(UInt8(truncatingIfNeeded: 0xF0 | point >> 18))
            emit(UInt8(truncatingIfNeeded: 0x80 | point >> 12 & 0x3F))
            emit(UInt8(truncatingIfNeeded: 0x80 | point >> 6 & 0x3F))
            emit(tail)
        }
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
