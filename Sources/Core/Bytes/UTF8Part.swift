// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One step through bytes that ought to be UTF-8: a whole character, or a maximal part of an ill-formed one.
///
/// The bounds per lead byte are those of table 3-7 of the Unicode Standard, which exclude overlong forms,
/// surrogates and values above U+10FFFF.
package struct UTF8Part: Sendable, Equatable {
    /// The number of bytes, at least 1.
    package var length: Int
    /// Whether the bytes are one character.
    package var isWellFormed: Bool

    /// U+FFFD in UTF-8.
    package static let replacementCharacter: [UInt8] = [0xEF, 0xBF, 0xBD]

    package init(length: Int, isWellFormed: Bool) {
        self.length = length
        self.isWellFormed = isWellFormed
    }

    /// Looks at the bytes from `index` on, which must lie inside `text`.
    package init(in text: UnsafeBufferPointer<UInt8>, at index: Int) {
        let lead = text[index]
        if lead < 0x80 {
            self.init(length: 1, isWellFormed: true)
            return
        }
        guard let shape = UTF8Part.shape(of: lead) else {
            self.init(length: 1, isWellFormed: false)
            return
        }
        var length = 1
        while length < shape.length {
            guard index + length < text.count else {
                break
            }
            let allowed = length == 1 ? shape.second : 0x80...0xBF
            guard allowed.contains(text[index + length]) else {
                break
            }
            length += 1
        }
        self.init(length: length, isWellFormed: length == shape.length)
    }

    /// The number of bytes that a lead byte announces and the bounds of the byte behind it.
    private static func shape(of lead: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch lead {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }

    /// Appends a code point in UTF-8; surrogates and values beyond Unicode become U+FFFD.
    package static func append(codePoint: UInt32, to bytes: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(codePoint) else {
            bytes.append(contentsOf: replacementCharacter)
            return
        }
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// A lower-case hexadecimal digit for 0 to 15.
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + (value & 15) - 10
    }
}

extension UTF8Part {
    /// The beginning of a text, at most so many bytes, that does not end inside a character.
    package static func prefix(of text: UnsafeBufferPointer<UInt8>, limit: Int) -> UnsafeBufferPointer<UInt8> {
        guard text.count > limit else {
            return text
        }
        var end = max(limit, 0)
        while end > 0, end > limit - 4, text[end] & 0xC0 == 0x80 {
            end -= 1
        }
        return UnsafeBufferPointer(rebasing: text[0..<end])
    }
}
