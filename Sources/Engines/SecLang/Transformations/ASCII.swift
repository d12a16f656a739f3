// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The character classes of the C locale, on bytes.
enum ASCII {
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let slash = UInt8(ascii: "/")
    static let backslash = UInt8(ascii: "\\")
    static let dot = UInt8(ascii: ".")
    static let percent = UInt8(ascii: "%")
    static let zero = UInt8(ascii: "0")
    /// The no-break space of ISO 8859-1.
    static let noBreakSpace: UInt8 = 0xA0

    /// C's `isspace`.
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == space || (byte >= 0x09 && byte <= 0x0D)
    }

    /// C's `isdigit`.
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- zero < 10
    }

    @inline(__always)
    static func isOctalDigit(_ byte: UInt8) -> Bool {
        byte &- zero < 8
    }

    @inline(__always)
    static func isUpper(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "A") < 26
    }

    @inline(__always)
    static func isLower(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "a") < 26
    }

    /// C's `isalnum`.
    @inline(__always)
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte)
    }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool {
        isLower(byte | 0x20)
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        isUpper(byte) ? byte | 0x20 : byte
    }
}

/// Hexadecimal digits.
enum Hexadecimal {
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }

    /// The value of a digit. For a byte that is no digit the result is what the same arithmetic gives, modulo 256:
    /// `hexDecode` depends on that.
    @inline(__always)
    static func value(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") ? (byte & 0xDF) &- UInt8(ascii: "A") &+ 10 : byte &- ASCII.zero
    }

    /// The byte that two digits spell.
    @inline(__always)
    static func byte(_ high: UInt8, _ low: UInt8) -> UInt8 {
        value(high) &* 16 &+ value(low)
    }

    /// Whether `length` digits start at `index`.
    @inline(__always)
    static func areDigits(_ input: UnsafeBufferPointer<UInt8>, at index: Int, count length: Int) -> Bool {
        guard index + length <= input.count else {
            return false
        }
        for position in index..<(index + length) where !isDigit(input[position]) {
            return false
        }
        return true
    }

    /// The lower-case digit of a value below 16.
    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? ASCII.zero &+ value : UInt8(ascii: "a") &+ (value &- 10)
    }
}

/// The full-width forms U+FF01...U+FF5E, which fold to ASCII.
enum FullWidth {
    /// The low byte of a code point given as four hex digits at `index`, folded when the code point is full-width.
    @inline(__always)
    static func lowByte(ofFourDigitsAt index: Int, in input: UnsafeBufferPointer<UInt8>) -> UInt8 {
        let low = Hexadecimal.byte(input[index + 2], input[index + 3])
        let isFullWidth = input[index] | 0x20 == UInt8(ascii: "f") && input[index + 1] | 0x20 == UInt8(ascii: "f")
        return isFullWidth && low > 0 && low < 0x5F ? low &+ 0x20 : low
    }
}
