// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A URL in an attribute's value, with its character references.
struct HTMLURL {
    private let bytes: UnsafeBufferPointer<UInt8>

    /// - Parameter value: the attribute's value; what isn't visible ASCII before the URL is skipped, as browsers do.
    init(_ value: UnsafeBufferPointer<UInt8>) {
        let start = value.firstIndex { 0x21..<0x7f ~= $0 } ?? value.count
        bytes = UnsafeBufferPointer(rebasing: value[start...])
    }

    /// Whether the URL runs a script or carries its own contents.
    var isDangerous: Bool {
        let schemes = UnsafeBufferPointer(
            start: HTMLNameData.schemes.utf8Start,
            count: HTMLNameData.schemes.utf8CodeUnitCount
        )
        var start = 0
        for end in 0...schemes.count where end == schemes.count || schemes[end] <= UInt8(ascii: " ") {
            if begins(with: UnsafeBufferPointer(rebasing: schemes[start..<end])) { return true }
            start = end + 1
        }
        return false
    }

    /// Whether the decoded URL begins with an upper-case word, in any case.
    ///
    /// Control characters before it, and zero bytes and line feeds inside it, don't count.
    private func begins(with word: UnsafeBufferPointer<UInt8>) -> Bool {
        var matched = 0
        var position = 0
        while position < bytes.count, matched < word.count {
            var character = nextCharacter(&position)
            if character == 0 || character == 0x0a || (matched == 0 && character <= 0x20) { continue }
            if 0x61...0x7a ~= character {
                character -= 0x20
            }
            // The published algorithm compares the low byte alone.
            guard UInt8(truncatingIfNeeded: character) == word[matched] else { return false }
            matched += 1
        }
        return matched == word.count
    }

    /// Decodes a byte or a numeric character reference; any other ampersand is itself.
    private func nextCharacter(_ position: inout Int) -> UInt32 {
        let byte = bytes[position]
        position += 1
        guard byte == UInt8(ascii: "&"), position < bytes.count, bytes[position] == UInt8(ascii: "#") else {
            return UInt32(byte)
        }
        let digits = position + 1
        let isHexadecimal = digits < bytes.count && bytes[digits] | 0x20 == UInt8(ascii: "x")
        return reference(from: isHexadecimal ? digits + 1 : digits, radix: isHexadecimal ? 16 : 10, &position)
            ?? UInt32(byte)
    }

    /// The value of the digits of a reference; nil where there is none or it is larger than any character.
    private func reference(from start: Int, radix: UInt32, _ position: inout Int) -> UInt32? {
        let largest: UInt32 = 0x10_00ff
        var value: UInt32 = 0
        var index = start
        while index < bytes.count, let digit = Self.digit(bytes[index]), digit < radix {
            value = value * radix + digit
            if value > largest { return nil }
            index += 1
        }
        guard index > start else { return nil }
        position = index < bytes.count && bytes[index] == UInt8(ascii: ";") ? index + 1 : index
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
