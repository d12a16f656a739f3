// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// Makes the identifiers that transactions are known by in logs and on block pages.
enum TransactionIdentifier {
    /// 18 decimal digits of time, a dot and a number, as ModSecurity's look.
    static func make(sequence: Int) -> [UInt8] {
        let now = SystemClock.nanoseconds
        let random = UInt32.random(in: 0...999_999)
        return Array("\(now / 10_000_000)\(sequence % 10_000).\(random)".utf8)
    }
}

/// The system's clocks.
enum SystemClock {
    /// The processor time that this thread has used, in nanoseconds.
    static var threadNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Nanoseconds since 1970.
    static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
