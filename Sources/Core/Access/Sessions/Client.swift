// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Where a request came from, as the connection and its headers say.
package struct Client: Sendable, Hashable {
    /// The halves of the address. A value of 128 bits among many arguments of an asynchronous function is passed wrongly by
    /// Swift 6.3, and the function never returns; two of 64 bits are not.
    private let high: UInt64
    private let low: UInt64
    /// What the program calls itself: at most 200 bytes, with U+FFFD for what cannot be shown.
    package let agent: String

    package init(address: IPAddress, agent: String = "") {
        high = UInt64(truncatingIfNeeded: address.bits >> 64)
        low = UInt64(truncatingIfNeeded: address.bits)
        self.agent = DisplayText.cleaned(agent, maximumBytes: 200)
    }

    package var address: IPAddress { IPAddress(bits: UInt128(high) << 64 | UInt128(low)) }

    /// The network whose clients are counted as one: /24 of IPv4, /64 of IPv6.
    package var network: IPNetwork {
        IPNetwork(address, length: address.isIPv4 ? 120 : 64)
    }
}
