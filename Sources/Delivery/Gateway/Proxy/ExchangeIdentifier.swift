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

    func write(to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.length, write)
    }

    private func write(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        var position = 0
        func put(_ word: UInt64) {
            var shift: UInt64 = 64
            while shift > 0 {
                shift -= 4
                if position == 8 || position == 13 || position == 18 || position == 23 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let digit = UInt8(truncatingIfNeeded: word >> shift) & 0x0f
                buffer[position] = digit < 10 ? digit + 0x30 : digit + 0x57
                position += 1
            }
        }
        put(high)
        put(low)
        return position
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
