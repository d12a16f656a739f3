// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The flags of open as captures hold them, which are the same on every processor.
///
/// Source: `driver/ppm_events_public.h` of falcosecurity/libs (the numbers are what captures hold).
enum OpenFlags {
    /// Linux's bit and the capture's.
    #if arch(arm64)
    private static let pairs: [(UInt64, UInt32)] =
        common + [
            (0o40000, 1 << 10), (0o200000, 1 << 9), (0o400000, 1 << 11),
        ]
    #else
    private static let pairs: [(UInt64, UInt32)] =
        common + [
            (0o200000, 1 << 10), (0o40000, 1 << 9), (0o100000, 1 << 11),
        ]
    #endif
    private static let common: [(UInt64, UInt32)] = [
        (0o100, 1 << 2), (0o2000, 1 << 3), (0o10000, 1 << 4), (0o200, 1 << 5), (0o4000, 1 << 6), (0o4000000, 1 << 7),
        (0o1000, 1 << 8), (0o2000000, 1 << 12),
    ]
    /// O_TMPFILE without the bit for folders, which it includes.
    private static let temporary: UInt64 = 0o20000000

    static func captured(_ flags: UInt64) -> UInt32 {
        var captured: UInt32
        switch flags & 3 {
        case 0: captured = 1
        case 1: captured = 2
        default: captured = 3
        }
        for (bit, value) in pairs where flags & bit != 0 { captured |= value }
        if flags & temporary != 0 { captured |= 1 << 13 }
        return captured
    }
}

/// The flags of clone, unshare and setns as captures hold them.
enum CloneFlags {
    static let childInNamespace: UInt32 = 1 << 19

    private static let pairs: [(UInt64, UInt32)] = [
        (0x0000_0400, 1 << 0), (0x0000_0200, 1 << 1), (0x8000_0000, 1 << 2), (0x0800_0000, 1 << 3),
        (0x4000_0000, 1 << 4), (0x0002_0000, 1 << 5), (0x2000_0000, 1 << 6), (0x0400_0000, 1 << 7),
        (0x0000_8000, 1 << 8), (0x0010_0000, 1 << 9), (0x0000_2000, 1 << 10), (0x0000_0800, 1 << 11),
        (0x0004_0000, 1 << 12), (0x0001_0000, 1 << 13), (0x0080_0000, 1 << 14), (0x0000_0100, 1 << 15),
        (0x1000_0000, 1 << 20), (0x0020_0000, 1 << 23), (0x0100_0000, 1 << 24), (0x0008_0000, 1 << 25),
        (0x0000_4000, 1 << 27), (0x0200_0000, 1 << 28),
    ]

    static func captured(_ flags: UInt64) -> UInt32 {
        pairs.reduce(0) { flags & $1.0 != 0 ? $0 | $1.1 : $0 }
    }
}

/// The requests of ptrace as captures number them; 0 for those that have no number.
enum TraceRequest {
    private static let numbers: [UInt64: UInt16] = [
        0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7, 7: 8, 8: 9, 9: 10, 16: 11, 17: 12, 24: 13, 0x4200: 14, 0x4201: 15,
        0x4202: 16, 0x4203: 17, 0x4204: 18, 0x4205: 19, 0x4206: 20, 0x4207: 21, 0x4208: 22, 0x4209: 23, 0x420A: 24,
        0x420B: 25, 12: 26, 13: 27, 14: 28, 15: 29, 18: 30, 19: 31,
    ]

    static func captured(_ request: UInt64) -> UInt16 {
        numbers[request & 0xFFFF_FFFF] ?? 0
    }
}
