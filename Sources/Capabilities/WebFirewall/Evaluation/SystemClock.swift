// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// The system's clocks.
package enum SystemClock {
    /// The processor time that this thread has used, in nanoseconds.
    static var threadNanoseconds: UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Nanoseconds since 1970.
    static var nanoseconds: UInt64 { read(CLOCK_REALTIME) }

    /// The time as records have it: nanoseconds since 1970.
    package static var time: Int64 { Int64(clamping: nanoseconds) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
