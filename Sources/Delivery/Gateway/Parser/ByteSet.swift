// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A set of byte values, as four words that stay in registers.
///
/// The sets below are constants, so that using one needs neither a lazy initialisation nor a load; a test compares
/// them with what they are said to hold.
struct ByteSet: Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    @inline(__always)
    private init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64 = 0, _ word3: UInt64 = 0) {
        words = (word0, word1, word2, word3)
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
    /// The characters of a token, RFC 9110 section 5.6.2: letters, digits and ``!#$%&'*+-.^_`|~``.
    @inline(__always)
    static var token: ByteSet { ByteSet(0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe) }

    /// What a field value may hold: visible characters, blanks, tabs and bytes from 0x80, RFC 9110 section 5.5.
    @inline(__always)
    static var fieldValue: ByteSet { ByteSet(0xffff_ffff_0000_0200, .max >> 1, .max, .max) }

    /// What a request target may hold. Wider than RFC 3986: browsers send quotes, braces and raw UTF-8, and the
    /// rules want to see them; blanks, controls and the fragment's number sign are out.
    @inline(__always)
    static var target: ByteSet { ByteSet(0xffff_fff6_0000_0000, .max >> 1, .max, .max) }

    /// The characters of a registered name or an IPv4 address as it occurs in `Host`, letters, digits and `-._~`:
    /// no percent-encoding, no user information, no list.
    @inline(__always)
    static var hostName: ByteSet { ByteSet(0x03ff_6000_0000_0000, 0x47ff_fffe_87ff_fffe) }

    /// The characters of an IPv6 address between brackets, hexadecimal digits, `:` and `.`, with a zone's separator
    /// left out.
    @inline(__always)
    static var addressLiteral: ByteSet { ByteSet(0x07ff_4000_0000_0000, 0x0000_007e_0000_007e) }
}

/// Whether all bytes of a range may stand in a field value; as ``ByteSet/fieldValue``, but without a branch per byte,
/// so that the compiler can look at many at once: values are most of a head.
@inline(__always)
func isFieldValue(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    var isForeign = false
    for byte in UnsafeBufferPointer(rebasing: bytes[range]) {
        isForeign = isForeign || (byte < 0x20 && byte != 0x09) || byte == 0x7f
    }
    return !isForeign
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
