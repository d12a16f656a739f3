// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// Which names clients may use for the console. Without the check, a page elsewhere could have its own name point here and
/// read what the console shows (DNS rebinding).
struct HostCheck: Sendable {
    private let names: Set<String>

    init(_ settings: ConsoleSettings) {
        names = Set((settings.names + [settings.host, "localhost"]).map { $0.lowercased() })
    }

    func allows(_ host: String?) -> Bool {
        guard let host, host.utf8.count <= 255 else { return false }
        let name = Self.withoutPort(host.lowercased())
        if names.contains(name) { return true }
        guard let address = IPAddress(name) else { return false }
        // A client that names an address was not led here by a name.
        return address.isLoopback
    }

    /// `[::1]:7433` and `localhost:7433` without the port and the brackets.
    static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }
}

extension IPAddress {
    var isLoopback: Bool { isIPv4 ? bits >> 24 & 0xFF == 127 : bits == 1 }
}
