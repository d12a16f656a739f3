// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

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
        self.url = url
        host = place.host
        if let reason = Self.refusal(ofLiteral: host) { throw Self.failure(reason) }
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

/// An address that a name stands for, as bytes in network order: 4 or 16.
struct ResolvedAddress: Sendable, Hashable {
    let bytes: [UInt8]

    /// Reads an address in its text form; nil for what is none. What `inet_aton` takes beyond that (`0x7f.1`, `2130706433`)
    /// is a name, and is looked up as one.
    static func literal(_ text: String) -> ResolvedAddress? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return ResolvedAddress(bytes: Array(bytes[..<4])) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? ResolvedAddress(bytes: bytes) : nil
    }

    /// An IPv4 address, also where IPv6 carries it (RFC 4291 section 2.5.5.2, RFC 6052).
    private var four: [UInt8]? {
        if bytes.count == 4 { return bytes }
        guard bytes.count == 16 else { return nil }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let isTranslated = Array(bytes[..<12]) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        return isMapped || isTranslated ? Array(bytes[12...]) : nil
    }

    /// What kind of address it is, where that matters.
    var kind: String {
        if let four, four.count == 4 {
            switch (four[0], four[1]) {
            case (0, _): return "unspecified"
            case (169, 254): return "link-local, where clouds keep secrets"
            case (224..., _): return "multicast or reserved"
            default: return "usual"
            }
        }
        guard bytes.count == 16 else { return "unknown" }
        if bytes.allSatisfy({ $0 == 0 }) { return "unspecified" }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return "link-local" }
        if bytes[0] == 0xFF { return "multicast" }
        // fd00:ec2::254 and the like are where clouds keep secrets over IPv6.
        if Array(bytes[..<4]) == [0xFD, 0x00, 0x0E, 0xC2] { return "of a cloud's metadata" }
        return "usual"
    }

    var isAllowed: Bool { kind == "usual" }

    /// All addresses of a name. It may take long, so it is for threads that may wait.
    static func resolve(_ host: String) -> [ResolvedAddress] {
        if let literal = literal(host) { return [literal] }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [ResolvedAddress] = []
        var entry = list
        while let current = entry, addresses.count < 64 {
            if let address = ResolvedAddress(current.pointee) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads `sin_addr` or `sin6_addr`, whose places in the structure do not change (netinet/in.h).
    private init?(_ entry: addrinfo) {
        guard let address = entry.ai_addr else { return nil }
        let raw = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
        switch entry.ai_family {
        case AF_INET where raw.count >= 8: bytes = Array(raw[4..<8])
        case AF_INET6 where raw.count >= 24: bytes = Array(raw[8..<24])
        default: return nil
        }
    }
}
