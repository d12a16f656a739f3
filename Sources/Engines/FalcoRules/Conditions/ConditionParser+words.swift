// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Words, numbers and quoted texts.
extension ConditionParser {
    var peek: UInt8? { index < text.count ? text[index] : nil }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r") || byte == 0x08
    }

    static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "="),
            UInt8(ascii: ","), 0x0B, 0x0C:
            false
        default: !isBlank(byte)
        }
    }

    static func endsArgument(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: isBlank(byte)
        }
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    static func continuesName(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    @discardableResult
    mutating func skipBlanks() -> Bool {
        let start = index
        while index < text.count, Self.isBlank(text[index]) {
            index += 1
        }
        return index > start
    }

    mutating func take(_ word: String) -> Bool {
        let word = word.utf8
        guard text.count - index >= word.count, text[index..<index + word.count].elementsEqual(word) else {
            return false
        }
        index += word.count
        return true
    }

    mutating func takeWhile(_ isPart: (UInt8) -> Bool) -> [UInt8] {
        let start = index
        while index < text.count, isPart(text[index]) {
            index += 1
        }
        return Array(text[start..<index])
    }

    mutating func takeIdentifier() -> String? {
        guard let first = peek, Self.isLetter(first) else { return nil }
        return String(decoding: takeWhile(Self.continuesName), as: UTF8.self)
    }

    /// At least two names with dots between.
    mutating func takeFieldName() -> String? {
        let start = index
        guard takeIdentifier() != nil else { return nil }
        var parts = 1
        while peek == UInt8(ascii: ".") {
            index += 1
            guard takeIdentifier() != nil else {
                index -= 1
                break
            }
            parts += 1
        }
        guard parts > 1 else {
            index = start
            return nil
        }
        return String(decoding: text[start..<index], as: UTF8.self)
    }

    /// A hexadecimal or decimal number, as it is written.
    mutating func takeNumber() -> [UInt8]? {
        let start = index
        if take("0x") || take("0X") {
            let digits = takeWhile { Self.isLetter($0) || Self.isDigit($0) }
            if !digits.isEmpty {
                return Array(text[start..<index])
            }
            index = start
        }
        if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") {
            index += 1
        }
        guard !takeWhile(Self.isDigit).isEmpty else {
            index = start
            return nil
        }
        if peek == UInt8(ascii: ".") {
            index += 1
            _ = takeWhile(Self.isDigit)
        }
        takeExponent()
        return Array(text[start..<index])
    }

    private mutating func takeExponent() {
        let start = index
        guard let letter = peek, letter | 0x20 == UInt8(ascii: "e") else { return }
        index += 1
        guard peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") else {
            index = start
            return
        }
        index += 1
        if takeWhile(Self.isDigit).isEmpty {
            index = start
        }
    }

    /// A text in single or double quotes, with escapes undone; nil where no quote stands here.
    mutating func takeQuoted() throws(ConditionError) -> [UInt8]? {
        guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let start = index
        index += 1
        var value: [UInt8] = []
        while let byte = peek {
            index += 1
            if byte == quote {
                return value
            }
            if byte == UInt8(ascii: "\\") {
                value.append(try takeEscape(quote))
            } else {
                value.append(byte)
            }
        }
        throw ConditionError(message: "the quoted text does not end", position: position(start))
    }

    private mutating func takeEscape(_ quote: UInt8) throws(ConditionError) -> UInt8 {
        guard let letter = peek else { throw failure("the quoted text does not end") }
        index += 1
        switch letter {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "\\"), UInt8(ascii: "/"): return letter
        // Rules of old hold a backslash before a blank and mean the backslash.
        case UInt8(ascii: " "): return UInt8(ascii: "\\")
        case quote: return letter
        case UInt8(ascii: "x"):
            guard index + 1 < text.count, let high = HexDigits.value(text[index]),
                let low = HexDigits.value(text[index + 1])
            else {
                throw failure("expected two hexadecimal digits behind \\x")
            }
            index += 2
            guard high | low != 0 else { throw failure("a condition holds no zero bytes") }
            return high << 4 | low
        default:
            index -= 1
            throw failure("an unknown escape sequence")
        }
    }
}

/// Hexadecimal digits and texts.
enum HexDigits {
    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The bytes that pairs of digits stand for; nil where the text is none.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = value(text[index]), let low = value(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
