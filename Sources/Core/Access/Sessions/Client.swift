// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Where a request came from, as the connection and its headers say.
package struct Client: Sendable, Hashable {
    package let address: IPAddress
    /// What the program calls itself: at most 200 bytes, with U+FFFD for what cannot be shown.
    package let agent: String

    package init(address: IPAddress, agent: String = "") {
        self.address = address
        self.agent = DisplayText.cleaned(agent, maximumBytes: 200)
    }

    /// The network whose clients are counted as one: /24 of IPv4, /64 of IPv6.
    package var network: IPNetwork {
        IPNetwork(address, length: address.isIPv4 ? 120 : 64)
    }
}
