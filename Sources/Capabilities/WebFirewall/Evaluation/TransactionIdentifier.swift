// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import Synchronization

/// Makes the identifiers that transactions are known by in logs and on block pages.
enum TransactionIdentifier {
    /// 18 decimal digits of time, a dot and a number, as ModSecurity's look.
    static func make(sequence: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        bytes += String(SystemClock.nanoseconds / 10_000_000).utf8
        bytes += String(sequence % 10_000).utf8
        bytes.append(UInt8(ascii: "."))
        bytes += String(nextNumber() % 1_000_000).utf8
        return bytes
    }

    /// Keeps the identifiers of processes apart that write the same log; no secret, so a sequence that begins at
    /// random will do without a system call for each (SplitMix64, Steele, Lea and Flood 2014).
    private static func nextNumber() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private static let state = Atomic(UInt64.random(in: .min ... .max))
}
