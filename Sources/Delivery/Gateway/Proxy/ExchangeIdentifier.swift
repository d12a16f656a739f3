// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// An identifier for an exchange that no filter names: a UUID of version 7 (RFC 9562 section 5.7), which sorts by time.
struct ExchangeIdentifier {
    private let high: UInt64
    private let low: UInt64

    init(_ random: inout RandomWords) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let milliseconds = UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
        high = milliseconds << 16 | 0x7000 | random.next() & 0x0fff
        low = random.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
    }

    static let length = 36

    /// The usual form, ``length`` characters.
    var text: String {
        String(unsafeUninitializedCapacity: Self.length) { write(UnsafeMutableRawBufferPointer($0)) }
    }

    func write(to head: inout HeadComposer) {
        withUnsafeTemporaryAllocation(byteCount: Self.length, alignment: 1) { text in
            _ = write(text)
            head.append(UnsafeRawBufferPointer(text))
        }
    }

    /// Needs room for ``length`` bytes; writes nothing where there is less.
    private func write(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count >= Self.length else {
            return 0
        }
        func put<Digits: FixedWidthInteger & BitwiseCopyable>(_ digits: Digits, at offset: Int) {
            buffer.storeBytes(of: digits.littleEndian, toByteOffset: offset, as: Digits.self)
        }
        let hyphen = UInt8(ascii: "-")
        let second = Self.hexadecimal(UInt32(truncatingIfNeeded: high))
        let third = Self.hexadecimal(UInt32(truncatingIfNeeded: low >> 32))
        put(Self.hexadecimal(UInt32(truncatingIfNeeded: high >> 32)), at: 0)
        put(hyphen, at: 8)
        put(UInt32(truncatingIfNeeded: second), at: 9)
        put(hyphen, at: 13)
        put(UInt32(truncatingIfNeeded: second >> 32), at: 14)
        put(hyphen, at: 18)
        put(UInt32(truncatingIfNeeded: third), at: 19)
        put(hyphen, at: 23)
        put(UInt32(truncatingIfNeeded: third >> 32), at: 24)
        put(Self.hexadecimal(UInt32(truncatingIfNeeded: low)), at: 28)
        return Self.length
    }

    /// A number's eight digits in small letters, the first in the lowest byte, all worked out at once.
    private static func hexadecimal(_ number: UInt32) -> UInt64 {
        // The four bytes, then their eight halves, each into a byte of its own.
        var digits = UInt64(number.byteSwapped)
        digits = (digits | digits << 16) & 0x0000_ffff_0000_ffff
        digits = (digits | digits << 8) & 0x00ff_00ff_00ff_00ff
        digits = (digits >> 4 | digits << 8) & 0x0f0f_0f0f_0f0f_0f0f
        let areLetters = ((digits + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return digits + 0x3030_3030_3030_3030 + areLetters * 0x27
    }
}

/// Random numbers for identifiers, which have to be unlike each other but need not be secret: xoshiro256** by Blackman
/// and Vigna, seeded by the system. Asking the system each time would be two system calls per request.
struct RandomWords {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        // All zeros would stay so; the system is as good as sure not to return them, and this makes it sure.
        state = (system.next() | 1, system.next(), system.next(), system.next())
    }

    mutating func next() -> UInt64 {
        let scrambled = Self.rotated(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotated(state.3, by: 45)
        return scrambled
    }

    private static func rotated(_ word: UInt64, by count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }
}
