// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension ResolvedAddress {
    /// Whether it is of this machine or of a network that the internet does not reach, so that a name from outside has no
    /// reason to stand for it.
    ///
    /// Sources: RFC 1918, 4193, 5735, 6598 and 2544.
    var isPrivate: Bool {
        if carried.contains(where: Self.isPrivate(four:)) { return true }
        guard bytes.count == 16 else { return false }
        // ::1, and :: which connects to this machine as well.
        let isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last ?? 0 <= 1
        let isUniqueLocal = bytes[0] & 0xFE == 0xFC
        let isSiteLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0xC0
        return isLoopback || isUniqueLocal || isSiteLocal
    }

    private static func isPrivate(four: [UInt8]) -> Bool {
        guard four.count == 4 else { return false }
        switch (four[0], four[1]) {
        case (0, _), (10, _), (127, _), (192, 168), (172, 16...31), (100, 64...127), (198, 18...19): return true
        default: return four.starts(with: [192, 0, 0])
        }
    }
}
