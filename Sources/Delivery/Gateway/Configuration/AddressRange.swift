// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A numeric IP address in 16 bytes; an IPv4 address in its IPv6-mapped form, so that both compare alike.
package struct NumericAddress: Sendable, Hashable {
    var high: UInt64
    var low: UInt64

    /// Reads an address in text form, without brackets, zone or port; nil where it is none.
    package init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { NumericAddress($0[...]) }
        guard let parsed else {
            return nil
        }
        self = parsed
    }

    init?(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        guard !text.isEmpty, text.count < Int(INET6_ADDRSTRLEN), !text.contains(0) else {
            return nil
        }
        // inet_pton wants a terminated string.
        let parsed = withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { buffer -> Self? in
            for (index, byte) in text.enumerated() {
                buffer[index] = CChar(bitPattern: byte)
            }
            buffer[text.count] = 0
            guard let start = buffer.baseAddress else {
                return nil
            }
            return Self.parse(start)
        }
        guard let parsed else {
            return nil
        }
        self = parsed
    }

    private static func parse(_ text: UnsafePointer<CChar>) -> NumericAddress? {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            return NumericAddress(high: 0, low: 0xffff_0000_0000 | UInt64(UInt32(bigEndian: v4.s_addr)))
        }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else {
            return nil
        }
        return withUnsafeBytes(of: &v6) { bytes in
            NumericAddress(
                high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    var isIPv4: Bool {
        high == 0 && low >> 32 == 0xffff
    }
}

/// A block of addresses in CIDR notation.
package struct AddressRange: Sendable, Hashable {
    private let base: NumericAddress
    private let highMask: UInt64
    private let lowMask: UInt64

    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a single address.
    ///
    /// - Throws: ``GatewayAddressError`` that says what was expected.
    package init(_ text: String) throws {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = NumericAddress(String(parts[0])) else {
            throw GatewayAddressError("\(text): expected an address or a block such as 10.0.0.0/8")
        }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count > 1 {
            guard let given = UInt8(parts[1]), Int(given) <= width else {
                throw GatewayAddressError("\(text): expected a prefix length from 0 to \(width)")
            }
            length = Int(given)
        }
        let total = length + 128 - width
        highMask = total >= 64 ? .max : ~(UInt64.max >> UInt64(total))
        lowMask = total >= 128 ? .max : total <= 64 ? 0 : ~(UInt64.max >> UInt64(total - 64))
        base = address
    }

    package func contains(_ address: NumericAddress) -> Bool {
        (address.high ^ base.high) & highMask == 0 && (address.low ^ base.low) & lowMask == 0
    }
}
