// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `@validateUrlEncoding`: a `%` needs two hexadecimal digits behind it.
package enum URLEncodingValidation {
    /// What is wrong with an escape.
    package enum Fault: Sendable, Equatable {
        case nonHexadecimalDigits
        case notEnoughCharacters
    }

    /// The first bad escape and its offset, `nil` when the value is well encoded.
    package static func firstFault(in value: UnsafeBufferPointer<UInt8>) -> (fault: Fault, offset: Int)? {
        var index = 0
        while index < value.count {
            guard value[index] == ASCII.percent else {
                index += 1
                continue
            }
            guard index + 2 < value.count else {
                return (.notEnoughCharacters, index)
            }
            guard Hexadecimal.areDigits(value, at: index + 1, count: 2) else {
                return (.nonHexadecimalDigits, index)
            }
            index += 3
        }
        return nil
    }
}

/// `@validateUtf8Encoding`: RFC 3629.
package enum UTF8Validation {
    /// What is wrong with a sequence, in v2's terms.
    package enum Fault: Sendable, Equatable {
        /// The value ends within the character.
        case notEnoughBytes
        /// A byte that cannot start a character, or one that should continue it and does not.
        case invalidByte
        /// A character written with more bytes than it needs.
        case overlong
        /// A surrogate, or a character beyond U+10FFFF.
        case restricted
    }

    /// The first bad sequence and the offset at which it starts, `nil` when the value is well formed.
    package static func firstFault(in value: UnsafeBufferPointer<UInt8>) -> (fault: Fault, offset: Int)? {
        var index = 0
        while index < value.count {
            if value[index] < 0x80 {
                index += 1
                continue
            }
            let length: Int
            switch value[index] {
            case 0xC0...0xDF: length = 2
            case 0xE0...0xEF: length = 3
            case 0xF0...0xF4: length = 4
            case 0xF5...0xF7: return (.restricted, index)
            default: return (.invalidByte, index)
            }
            if let fault = fault(in: value, at: index, length: length) {
                return (fault, index)
            }
            index += length
        }
        return nil
    }

    private static func fault(in value: UnsafeBufferPointer<UInt8>, at index: Int, length: Int) -> Fault? {
        guard index + length <= value.count else {
            return .notEnoughBytes
        }
        var codePoint = UInt32(value[index] & (0x7F >> UInt8(length)))
        for position in (index + 1)..<(index + length) {
            guard value[position] & 0xC0 == 0x80 else {
                return .invalidByte
            }
            codePoint = codePoint << 6 | UInt32(value[position] & 0x3F)
        }
        if (0xD800...0xDFFF).contains(codePoint) || codePoint > 0x10FFFF {
            return .restricted
        }
        let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        return codePoint < smallest ? .overlong : nil
    }
}
