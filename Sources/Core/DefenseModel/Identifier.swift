// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A UUID of version 7 (RFC 9562 section 5.7): sorts by the time of its making.
package struct Identifier: TextForm, Comparable, BitwiseCopyable {
    package let high: UInt64
    package let low: UInt64

    /// The bytes of the text form.
    package static let textLength = 36

    /// - Parameters:
    ///   - milliseconds: since 1970, of which 48 bits count.
    ///   - random: what fills the rest; 12 bits of the first and 62 of the second count.
    package init(milliseconds: UInt64, random: (UInt64, UInt64)) {
        high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        low = random.1 & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// When it was made, in nanoseconds since 1970, to the millisecond.
    package var time: Int64 { Int64(high >> 16) * 1_000_000 }

    package init(parsing text: String) throws(ModelError) {
        var text = text
        let parsed = text.withUTF8 { Identifier($0) }
        guard let parsed else {
            throw ModelError(
                .identifier,
                "expected a UUID of version 7 such as 0190163d-8694-739b-aea5-966c26f8ad91, "
                    + "found \(ModelError.quote(text.utf8))"
            )
        }
        self = parsed
    }

    /// Reads the text form, in either case; nil where it is none, and for UUIDs of other versions.
    package init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count == Self.textLength else { return nil }
        var digits: UInt128 = 0
        for (index, byte) in text.enumerated() {
            switch index {
            case 8, 13, 18, 23:
                guard byte == UInt8(ascii: "-") else { return nil }
            default:
                guard let digit = Hexadecimal.value(byte) else { return nil }
                digits = digits << 4 | UInt128(digit)
            }
        }
        high = UInt64(truncatingIfNeeded: digits >> 64)
        low = UInt64(truncatingIfNeeded: digits)
        guard high & 0xF000 == 0x7000, low >> 62 == 0b10 else { return nil }
    }

    /// Appends the text form, ``textLength`` bytes in lower case.
    package func append(to bytes: inout [UInt8]) {
        for index in 0..<16 {
            if index == 4 || index == 6 || index == 8 || index == 10 { bytes.append(UInt8(ascii: "-")) }
            let byte = UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7)))
            bytes.append(Hexadecimal.lowercase(byte >> 4))
            bytes.append(Hexadecimal.lowercase(byte & 15))
        }
    }

    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.textLength)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func < (left: Identifier, right: Identifier) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// Makes identifiers of which each is greater than the one before, also within a millisecond and when the clock steps
/// back (RFC 9562 section 6.2, method 2: what was random is counted up by a random step).
package struct IdentifierGenerator: Sendable {
    private var milliseconds: UInt64 = 0
    private var count: UInt128 = 0

    /// 12 random bits of the first half and 62 of the second.
    private static let countBits: UInt128 = 74

    package init() {}

    /// - Parameters:
    ///   - time: nanoseconds since 1970; what is earlier counts as 1970.
    ///   - random: fresh random bits, which nobody can guess.
    package mutating func next(time: Int64, random: (UInt64, UInt64)) -> Identifier {
        let now = UInt64(max(0, time)) / 1_000_000
        if now > milliseconds {
            restart(at: now, random)
        } else {
            count += UInt128(random.0 & 0xFFFF_FFFF) + 1
            if count >> Self.countBits != 0 { restart(at: milliseconds + 1, random) }
        }
        let low = UInt64(truncatingIfNeeded: count) & 0x3FFF_FFFF_FFFF_FFFF
        return Identifier(milliseconds: milliseconds, random: (UInt64(truncatingIfNeeded: count >> 62), low))
    }

    /// The first bit stays zero, so that there is room to count.
    private mutating func restart(at time: UInt64, _ random: (UInt64, UInt64)) {
        milliseconds = time
        count = UInt128(random.0 & 0x07FF) << 62 | UInt128(random.1 & 0x3FFF_FFFF_FFFF_FFFF)
    }
}
