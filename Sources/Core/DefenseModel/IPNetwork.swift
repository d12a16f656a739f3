// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A block of addresses in CIDR notation, of one family: `::/0` holds no IPv4 address.
package struct IPNetwork: TextForm {
    /// The first address; all bits behind the prefix are zero.
    package let first: IPAddress
    /// The number of fixed bits of 128; an IPv4 prefix of 8 is 104 here.
    package let length: Int

    /// - Parameter length: of 128; what lies outside 0 to 128 is clamped.
    package init(_ address: IPAddress, length: Int) {
        let length = min(max(length, address.isIPv4 ? 96 : 0), 128)
        self.length = length
        first = IPAddress(bits: address.bits & Self.mask(length))
    }

    package init(_ address: IPAddress) {
        self.init(address, length: 128)
    }

    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a single address; bits behind the prefix are dropped.
    package init(parsing text: String) throws(ModelError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else {
            throw ModelError(
                .network,
                "expected an address or a network such as 10.0.0.0/8, found \(ModelError.quote(text.utf8))"
            )
        }
        let width = address.isIPv4 ? 32 : 128
        guard parts.count > 1 else {
            self.init(address)
            return
        }
        let digits = parts[1].utf8
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(parts[1]), length <= width
        else {
            throw ModelError(
                .network,
                "expected a prefix length from 0 to \(width), found \(ModelError.quote(digits))",
                offset: parts[0].utf8.count + 1
            )
        }
        self.init(address, length: length + 128 - width)
    }

    package var isIPv4: Bool { first.isIPv4 }

    package var isSingleAddress: Bool { length == 128 }

    /// The last address.
    package var last: IPAddress { IPAddress(bits: first.bits | ~Self.mask(length)) }

    /// The prefix length as it is written: of 32 for IPv4, of 128 for IPv6.
    package var writtenLength: Int { isIPv4 ? length - 96 : length }

    package func contains(_ address: IPAddress) -> Bool {
        (address.bits ^ first.bits) & Self.mask(length) == 0 && address.isIPv4 == isIPv4
    }

    private static func mask(_ length: Int) -> UInt128 {
        length == 0 ? 0 : UInt128.max << UInt128(128 - length)
    }

    /// With a prefix length always, as in `192.0.2.1/32`.
    package var description: String { "\(first)/\(writtenLength)" }
}
