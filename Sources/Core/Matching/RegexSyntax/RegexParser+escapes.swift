// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RegexParser {
    /// A backslash outside classes and what follows it.
    mutating func escape() throws(RegexSyntaxError) -> RegexNode {
        let start = position
        position += 1
        guard let byte = peek else { throw error("a backslash at the end") }
        if let set = Self.shorthand(byte) {
            position += 1
            if byte == UInt8(ascii: "N"), peek == UInt8(ascii: "{") { throw error("a character by its name") }
            return .byte(set)
        }
        if let assertion = Self.assertion(byte) {
            position += 1
            switch assertion {
            case .subjectStart, .subjectEnd, .subjectEndOrFinalLineFeed:
                result.absoluteAnchors.append((start, assertion))
            default: break
            }
            return .assertion(assertion)
        }
        switch byte {
        case UInt8(ascii: "1")...UInt8(ascii: "9"):
            position += 1
            guard peek.map(ByteSet.digit.contains) != true else {
                throw error("a number that is a reference or a character, depending on the groups")
            }
            return .backreference(Int(byte - UInt8(ascii: "0")))
        case UInt8(ascii: "R"), UInt8(ascii: "X"), UInt8(ascii: "C"):
            position += 1
            return .opaque(minimumLength: 1)
        case UInt8(ascii: "K"):
            position += 1
            return .opaque(minimumLength: 0)
        case UInt8(ascii: "p"), UInt8(ascii: "P"):
            try skipProperty()
            return .opaque(minimumLength: 1)
        case UInt8(ascii: "g"), UInt8(ascii: "k"):
            try skipReference()
            return .opaque(minimumLength: 0)
        default:
            return literal(try escapedByte())
        }
    }

    /// The byte that an escape stands for; the position is behind the backslash.
    mutating func escapedByte() throws(RegexSyntaxError) -> UInt8 {
        guard let byte = peek else { throw error("a backslash at the end") }
        position += 1
        switch byte {
        case UInt8(ascii: "a"): return 0x07
        case UInt8(ascii: "e"): return 0x1B
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "0"): return try octal(first: 0, moreDigits: 2)
        case UInt8(ascii: "x"): return try hexadecimal()
        default:
            guard !ByteSet.alnum.contains(byte) else { throw error("an escape that is not understood") }
            return byte
        }
    }

    mutating func octal(first: Int, moreDigits: Int) throws(RegexSyntaxError) -> UInt8 {
        var value = first
        var remaining = moreDigits
        while remaining > 0, let digit = peek, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) {
            value = value * 8 + Int(digit - UInt8(ascii: "0"))
            position += 1
            remaining -= 1
        }
        guard let byte = UInt8(exactly: value) else { throw error("a character above 255") }
        return byte
    }

    /// `\xHH` and `\x{HH}`; without digits it means NUL to some, and nothing to others.
    private mutating func hexadecimal() throws(RegexSyntaxError) -> UInt8 {
        let isBraced = peek == UInt8(ascii: "{")
        if isBraced { position += 1 }
        var value = 0
        var count = 0
        while let digit = peek.flatMap(Self.hexadecimalDigit), isBraced || count < 2 {
            value = min(value * 16 + digit, 0x1_0000)
            count += 1
            position += 1
        }
        if isBraced {
            guard peek == UInt8(ascii: "}") else { throw error("a hexadecimal number without an end") }
            position += 1
        }
        guard count > 0, let byte = UInt8(exactly: value) else { throw error("not the number of a byte") }
        return byte
    }

    static func hexadecimalDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// The set of a letter such as the `d` of `\d`.
    static func shorthand(_ letter: UInt8) -> ByteSet? {
        switch letter {
        case UInt8(ascii: "d"): .digit
        case UInt8(ascii: "D"): ByteSet.digit.inverted
        case UInt8(ascii: "w"): .word
        case UInt8(ascii: "W"): ByteSet.word.inverted
        case UInt8(ascii: "s"): .space
        case UInt8(ascii: "S"): ByteSet.space.inverted
        case UInt8(ascii: "h"): .horizontalSpace
        case UInt8(ascii: "H"): ByteSet.horizontalSpace.inverted
        case UInt8(ascii: "v"): .verticalSpace
        case UInt8(ascii: "V"): ByteSet.verticalSpace.inverted
        case UInt8(ascii: "N"): .notLineFeed
        default: nil
        }
    }

    private static func assertion(_ letter: UInt8) -> RegexAssertion? {
        switch letter {
        case UInt8(ascii: "A"): .subjectStart
        case UInt8(ascii: "z"): .subjectEnd
        case UInt8(ascii: "Z"): .subjectEndOrFinalLineFeed
        case UInt8(ascii: "G"): .matchStart
        case UInt8(ascii: "b"): .wordBoundary
        case UInt8(ascii: "B"): .notWordBoundary
        default: nil
        }
    }

    /// `\pL` and `\p{Lu}`
    mutating func skipProperty() throws(RegexSyntaxError) {
        position += 1
        guard let byte = peek else { throw error("a property without a name") }
        if byte == UInt8(ascii: "{") {
            try skip(to: UInt8(ascii: "}"))
        } else {
            position += 1
        }
    }

    /// `\g1`, `\g{-1}`, `\g<name>`, `\k{name}` and the like.
    private mutating func skipReference() throws(RegexSyntaxError) {
        position += 1
        switch peek {
        case UInt8(ascii: "{"): try skip(to: UInt8(ascii: "}"))
        case UInt8(ascii: "<"): try skip(to: UInt8(ascii: ">"))
        case UInt8(ascii: "'"):
            position += 1
            try skip(to: UInt8(ascii: "'"))
        default:
            if peek == UInt8(ascii: "-") || peek == UInt8(ascii: "+") { position += 1 }
            while let digit = peek, ByteSet.digit.contains(digit) { position += 1 }
        }
    }

    private mutating func skip(to end: UInt8) throws(RegexSyntaxError) {
        guard let close = text[position...].prefix(64).firstIndex(of: end) else { throw error("a name without an end") }
        position = close + 1
    }
}
