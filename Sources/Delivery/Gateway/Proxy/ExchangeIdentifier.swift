// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Identifiers for exchanges that no filter names: UUIDs of version 7 (RFC 9562 section 5.7), which sort by time.
enum ExchangeIdentifier {
    static func make() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let milliseconds = UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
        let random = UInt64.random(in: .min ... .max)
        let high = milliseconds << 16 | 0x7000 | random & 0x0fff
        let low = UInt64.random(in: .min ... .max) & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for (word, shift) in [(high, 60), (low, 60)] {
                var remaining = shift
                while remaining >= 0 {
                    if position == 8 || position == 13 || position == 18 || position == 23 {
                        buffer[position] = UInt8(ascii: "-")
                        position += 1
                    }
                    let digit = UInt8(truncatingIfNeeded: word >> UInt64(remaining)) & 0x0f
                    buffer[position] = digit < 10 ? digit + 0x30 : digit + 0x57
                    position += 1
                    remaining -= 4
                }
            }
            return position
        }
    }
}
