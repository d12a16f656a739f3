// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Classes of bytes and comparisons that the body parsers share.
enum BodyBytes {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let percent = UInt8(ascii: "%")
    static let plus = UInt8(ascii: "+")
    static let comma = UInt8(ascii: ",")
    static let hyphen = UInt8(ascii: "-")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let equals = UInt8(ascii: "=")
    static let backslash = UInt8(ascii: "\\")

    /// The white space of C's `isspace` in the POSIX locale.
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == space || (byte >= 0x09 && byte <= 0x0D)
    }

    /// A space or a tab.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == space || byte == tab
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }

    @inline(__always)
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexDigit(_ byte: UInt8) -> UInt8? {
        let decimal = byte &- UInt8(ascii: "0")
        if decimal < 10 {
            return decimal
        }
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter &+ 10 : nil
    }

    /// An ASCII letter in lower case; other bytes unchanged.
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// Whether two runs of bytes are equal but for the case of ASCII letters.
    static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else {
            return false
        }
        for index in 0..<left.count where lowercased(left[index]) != lowercased(right[index]) {
            return false
        }
        return true
    }

    /// Whether `bytes` holds `literal` (lower-case ASCII) at `offset`, in any case.
    static func matches(_ literal: StaticString, in bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        literal.withUTF8Buffer { pattern in
            guard offset >= 0, pattern.count <= bytes.count - offset else {
                return false
            }
            for index in 0..<pattern.count where lowercased(bytes[offset + index]) != pattern[index] {
                return false
            }
            return true
        }
    }

    /// Whether `bytes` begins with `prefix` at `offset`, byte for byte.
    static func hasBytes(_ prefix: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        guard offset >= 0, prefix.count <= bytes.count - offset else {
            return false
        }
        for index in 0..<prefix.count where bytes[offset + index] != prefix[index] {
            return false
        }
        return true
    }

    /// Whether `bytes` holds `literal` at `offset`, byte for byte.
    static func hasBytes(_ literal: StaticString, in bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        literal.withUTF8Buffer { pattern in
            guard offset >= 0, pattern.count <= bytes.count - offset else {
                return false
            }
            for index in 0..<pattern.count where bytes[offset + index] != pattern[index] {
                return false
            }
            return true
        }
    }

    /// The index of the first `byte` at or after `offset`.
    static func firstIndex(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from offset: Int) -> Int? {
        guard offset >= 0, offset < bytes.count, let base = bytes.baseAddress else {
            return nil
        }
        guard let found = memchr(base + offset, Int32(byte), bytes.count - offset) else {
            return nil
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Whether a short literal occurs in `bytes`, byte for byte.
    static func contains(_ literal: StaticString, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        literal.withUTF8Buffer { pattern in
            guard let first = pattern.first else {
                return true
            }
            var index = 0
            while let found = firstIndex(of: first, in: bytes, from: index), found + pattern.count <= bytes.count {
                if pattern.elementsEqual(slice(bytes, found..<(found + pattern.count))) {
                    return true
                }
                index = found + 1
            }
            return false
        }
    }

    /// A part of a buffer; bounds beyond the buffer are clamped.
    static func slice(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[range.clamped(to: 0..<bytes.count)])
    }
}

/// Looks for one pattern in many texts, in time linear in the texts (Knuth, Morris and Pratt).
///
/// Boundaries and bodies may both consist of hyphens, where comparing at every place would be quadratic.
struct BytePattern {
    private let pattern: [UInt8]
    /// For each length matched so far: the longest shorter prefix that the matched bytes end with.
    private let fallback: [Int]

    init(_ pattern: [UInt8]) {
        var fallback = [Int](repeating: 0, count: pattern.count + 1)
        var length = 0
        for index in pattern.indices.dropFirst() {
            while length > 0, pattern[index] != pattern[length] {
                length = fallback[length]
            }
            if pattern[index] == pattern[length] {
                length += 1
            }
            fallback[index + 1] = length
        }
        self.pattern = pattern
        self.fallback = fallback
    }

    /// Whether the pattern occurs in a text.
    func occurs(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = pattern.first else {
            return true
        }
        var matched = 0
        var index = 0
        while index < text.count {
            if matched == 0 {
                guard let next = BodyBytes.firstIndex(of: first, in: text, from: index) else {
                    return false
                }
                index = next
            }
            while matched > 0, pattern[matched] != text[index] {
                matched = fallback[matched]
            }
            if pattern[matched] == text[index] {
                matched += 1
            }
            index += 1
            if matched == pattern.count {
                return true
            }
        }
        return false
    }
}
