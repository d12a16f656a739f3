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

/// Whether all bytes of a range may stand in a field value; as ``ByteSet/fieldValue``, but eight at once: values are
/// most of a head.
@inline(__always)
func isFieldValue(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    let value = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[range]))
    guard value.count >= 8 else {
        return isFieldValueByByte(value)
    }
    var offset = 0
    while true {
        if holdsControls(value.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) {
            // Most likely a tab.
            return isFieldValueByByte(value)
        }
        guard offset + 8 < value.count else {
            return true
        }
        // The last eight overlap those before.
        offset = min(offset + 8, value.count - 8)
    }
}

/// Whether any of eight bytes is below 0x20 or is 0x7f.
///
/// Taking 0x20 away from each byte gives a top bit to the smaller ones, which had none. So does taking away 1 from those
/// that 0x7f turns into zero. What they borrow can spoil only bytes above them, when the answer is known already.
@inline(__always)
private func holdsControls(_ block: UInt64) -> Bool {
    let low = (block &- 0x2020_2020_2020_2020) & ~block
    let delete = block ^ 0x7f7f_7f7f_7f7f_7f7f
    let high = (delete &- 0x0101_0101_0101_0101) & ~delete
    return (low | high) & 0x8080_8080_8080_8080 != 0
}

private func isFieldValueByByte(_ value: UnsafeRawBufferPointer) -> Bool {
    for byte in value where (byte < 0x20 && byte != 0x09) || byte == 0x7f {
        return false
    }
    return true
}

/// The index of the first colon, where nothing but characters of a token stands before it.
@inline(__always)
func colonBehindToken(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int? {
    let token = ByteSet.token
    var index = range.lowerBound
    while index < range.upperBound {
        let byte = bytes[index]
        // Most names are letters and hyphens.
        guard (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "-") || token.contains(byte) else {
            return byte == UInt8(ascii: ":") ? index : nil
        }
        index += 1
    }
    return nil
}

/// Whether the bytes of a range equal a lower-case text, ASCII case aside.
///
/// Eight bytes at once, the last eight overlapping those before: two bytes that differ may do so in the bit of the case
/// alone, and only where the text has a letter. A text must hold no other character from 0x40 on than small letters.
@inline(__always)
func equalsIgnoringCase(
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ range: Range<Int>,
    _ lowercase: StaticString
) -> Bool {
    let count = lowercase.utf8CodeUnitCount
    guard range.count == count else {
        return false
    }
    let text = UnsafeRawBufferPointer(start: lowercase.utf8Start, count: count)
    let given = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[range]))
    guard count >= 8 else {
        for offset in 0..<count where lowercased(given[offset]) != text[offset] {
            return false
        }
        return true
    }
    var offset = 0
    while true {
        let expected = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let found = given.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let caseBits = (expected & 0x4040_4040_4040_4040) >> 1
        if (expected ^ found) & ~caseBits != 0 {
            return false
        }
        guard offset + 8 < count else {
            return true
        }
        offset = min(offset + 8, count - 8)
    }
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
