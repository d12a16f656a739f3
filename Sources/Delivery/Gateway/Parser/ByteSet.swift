// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A set of byte values, as four words that stay in registers.
struct ByteSet: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The ASCII characters of a text, and any bytes that a predicate adds.
    init(_ characters: StaticString, and predicate: (UInt8) -> Bool = { _ in false }) {
        characters.withUTF8Buffer { buffer in
            for byte in buffer {
                insert(byte)
            }
        }
        for byte in UInt8.min...UInt8.max where predicate(byte) {
            insert(byte)
        }
    }

    private mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word: UInt64
        switch byte >> 6 {
        case 0: word = words.0
        case 1: word = words.1
        case 2: word = words.2
        default: word = words.3
        }
        return (word >> UInt64(byte & 63)) & 1 == 1
    }

    /// Whether all bytes of a range are in the set; true of an empty range.
    @inline(__always)
    func containsAll(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where !contains(bytes[index]) {
            return false
        }
        return true
    }
}

extension ByteSet {
    /// Letters and digits.
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default:
            false
        }
    }

    /// The characters of a token, RFC 9110 section 5.6.2.
    static let token = ByteSet("!#$%&'*+-.^_`|~", and: isAlphanumeric)

    /// What a field value may hold: visible characters, blanks, tabs and bytes from 0x80, RFC 9110 section 5.5.
    static let fieldValue = ByteSet("\t", and: { $0 >= 0x20 && $0 != 0x7f })

    /// What a request target may hold. Wider than RFC 3986: browsers send quotes, braces and raw UTF-8, and the
    /// rules want to see them; blanks, controls and the fragment's number sign are out.
    static let target = ByteSet("", and: { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "#") })

    /// The characters of a registered name or an IPv4 address as it occurs in `Host`: no percent-encoding, no
    /// user information, no list.
    static let hostName = ByteSet("-._~", and: isAlphanumeric)

    /// The characters of an IPv6 address between brackets, with a zone's separator left out.
    static let addressLiteral = ByteSet("0123456789abcdefABCDEF:.")
}

/// Whether the bytes of a range equal a lower-case text, ASCII case aside.
@inline(__always)
func equalsIgnoringCase(
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ range: Range<Int>,
    _ lowercase: StaticString
) -> Bool {
    guard range.count == lowercase.utf8CodeUnitCount else {
        return false
    }
    let expected = lowercase.utf8Start
    for offset in 0..<range.count where lowercased(bytes[range.lowerBound + offset]) != expected[offset] {
        return false
    }
    return true
}

/// Whether the bytes of a range equal a text exactly.
@inline(__always)
func equals(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else {
        return false
    }
    let expected = text.utf8Start
    for offset in 0..<range.count where bytes[range.lowerBound + offset] != expected[offset] {
        return false
    }
    return true
}

/// Whether two ranges hold the same bytes, ASCII case aside.
func equalsIgnoringCase(_ bytes: UnsafeBufferPointer<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
    guard left.count == right.count else {
        return false
    }
    return zip(left, right).allSatisfy { lowercased(bytes[$0]) == lowercased(bytes[$1]) }
}

/// An ASCII capital letter's small one; any other byte as it is.
@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

/// A range without the blanks and tabs at its ends.
@inline(__always)
func trimmed(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, bytes[lower] == 0x20 || bytes[lower] == 0x09 {
        lower += 1
    }
    while upper > lower, bytes[upper - 1] == 0x20 || bytes[upper - 1] == 0x09 {
        upper -= 1
    }
    return lower..<upper
}
