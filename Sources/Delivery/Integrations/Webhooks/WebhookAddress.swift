// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// The address of a receiver of webhooks, checked.
///
/// Whoever writes the configuration may name a machine of the own network. What is refused is what no receiver has and
/// what servers of a cloud give secrets away at: link-local, multicast and unspecified addresses.
package struct WebhookAddress: Sendable, Hashable {
    /// As it was written.
    package let url: String
    let host: String
    package let isEncrypted: Bool

    static let maximumLength = 2048

    /// - Throws: ``OutputError`` where it is none.
    package init(_ url: String) throws(OutputError) {
        isEncrypted = url.hasPrefix("https://")
        guard isEncrypted || url.hasPrefix("http://"), url.utf8.count <= Self.maximumLength,
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) })
        else { throw Self.failure("expected an address such as https://hooks.example.com/redoubt") }
        let rest = url.dropFirst(isEncrypted ? 8 : 7)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else {
            throw Self.failure("a name and password do not belong into an address; messages are signed")
        }
        guard !url.contains("#") else { throw Self.failure("an address of a receiver has no fragment") }
        guard let place = HostAndPort(authority) else { throw Self.failure("expected a host, found \"\(authority)\"") }
        guard Self.hostForClients(url) == place.host else {
            throw Self.failure("programs do not agree on the host of this address")
        }
        self.url = url
        host = place.host
        if let reason = Self.refusal(ofLiteral: host) { throw Self.failure(reason) }
    }

    /// The host as the HTTP client reads it, which must be the one that is checked.
    private static func hostForClients(_ url: String) -> String? {
        guard let host = URL(string: url)?.host else { return nil }
        return host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    private static func failure(_ text: String) -> OutputError { OutputError(.settings, text) }

    /// The address for people: queries and the end of a path are often secrets.
    var shown: String {
        let start = url.prefix { $0 != "?" }
        let path = start.dropFirst(isEncrypted ? 8 : 7).drop { $0 != "/" }
        let origin = start.dropLast(path.count)
        return path.count <= 1 ? String(origin) : "\(origin)/\u{2026}"
    }

    /// Whether only this machine can be meant.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && ResolvedAddress.literal(host) != nil)
    }

    /// Why a host that is an address is refused; nil for others.
    private static func refusal(ofLiteral host: String) -> String? {
        guard let address = ResolvedAddress.literal(host) else { return nil }
        return address.isAllowed ? nil : "\(host) is an address that nothing is sent to: \(address.kind)"
    }
}
