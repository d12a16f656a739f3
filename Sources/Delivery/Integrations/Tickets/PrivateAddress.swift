// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension ResolvedAddress {
    /// Whether it belongs to this machine or to networks that are nobody's on the Internet: loopback, RFC 1918, RFC 4193,
    /// shared space (RFC 6598), and addresses of IPv6 that carry one of these.
    var isPrivate: Bool {
        if bytes.count == 4 { return Self.isPrivate(four: bytes[...]) }
        guard bytes.count == 16 else { return true }
        // fc00::/7, and the site-local fec0::/10 of old.
        if bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0xC0 { return true }
        // ::1, ::, mapped and compatible addresses.
        if bytes[..<10].allSatisfy({ $0 == 0 }) {
            return Self.isPrivate(four: bytes[12...]) || bytes[10...].dropLast().allSatisfy { $0 == 0 }
        }
        // NAT64 (RFC 6052) and 6to4 (RFC 3056).
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B]) { return Self.isPrivate(four: bytes[12...]) }
        if bytes.starts(with: [0x20, 0x02]) { return Self.isPrivate(four: bytes[2..<6]) }
        return false
    }

    private static func isPrivate(four bytes: ArraySlice<UInt8>) -> Bool {
        let four = Array(bytes)
        switch (four[0], four[1]) {
        case (0, _), (10, _), (127, _), (172, 16...31), (192, 168), (100, 64...127), (198, 18...19): return true
        default: return false
        }
    }
}
