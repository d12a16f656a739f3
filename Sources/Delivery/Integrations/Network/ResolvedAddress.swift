// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import NIOCore

/// An address that a name stands for, as bytes in network order: 4 or 16.
struct ResolvedAddress: Sendable, Hashable {
    let bytes: [UInt8]
    /// The interface of a link-local address of IPv6; 0 for none.
    private let scope: UInt32

    private init(bytes: [UInt8], scope: UInt32 = 0) {
        self.bytes = bytes
        self.scope = scope
    }

    /// Reads an address in its text form; nil for what is none. What `inet_aton` takes beyond that (`0x7f.1`, `2130706433`)
    /// is a name, and is looked up as one.
    static func literal(_ text: String) -> ResolvedAddress? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return ResolvedAddress(bytes: Array(bytes[..<4])) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? ResolvedAddress(bytes: bytes) : nil
    }

    /// Its text form, without the interface.
    var text: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Where a connection goes to.
    ///
    /// - Throws: what NIO says of bytes that are no address.
    func socketAddress(port: Int) throws -> SocketAddress {
        // Only the system's reader of addresses knows interfaces. For an address it asks nobody.
        if scope != 0 { return try SocketAddress.makeAddressResolvingHost("\(text)%\(scope)", port: port) }
        return try SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: port)
    }

    // MARK: What it may be used for

    /// What kind of address it is, where that matters.
    var kind: String {
        let kinds = carried.map(Self.kind(ofFour:)) + [Self.kind(ofSixteen: bytes)]
        return kinds.first { $0 != Self.usual } ?? Self.usual
    }

    var isAllowed: Bool { kind == Self.usual }

    private static let usual = "usual"
    private static let metadata = "of a cloud's metadata"

    /// Addresses of services that give the secrets of a machine in a cloud to whoever asks from there. Most clouds use a
    /// link-local one; these do not: Alibaba, Oracle, Azure.
    private static let metadataAddresses: Set<[UInt8]> = [
        [100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16],
    ]

    /// The same for IPv6: fd00:ec2::/32 of Amazon, fd20:ce::/32 of Google, fd00:42::/32 of Scaleway.
    private static let metadataPrefixes: [[UInt8]] = [
        [0xFD, 0x00, 0x0E, 0xC2], [0xFD, 0x20, 0x00, 0xCE], [0xFD, 0x00, 0x00, 0x42],
    ]

    private static func kind(ofFour four: [UInt8]) -> String {
        guard four.count == 4 else { return usual }
        switch (four[0], four[1]) {
        case (0, _): return "unspecified"
        case (169, 254): return "link-local, where clouds keep secrets"
        case (224..., _): return "multicast or reserved"
        default: return metadataAddresses.contains(four) ? metadata : usual
        }
    }

    private static func kind(ofSixteen bytes: [UInt8]) -> String {
        guard bytes.count == 16 else { return bytes.count == 4 ? usual : "unknown" }
        if bytes.allSatisfy({ $0 == 0 }) { return "unspecified" }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return "link-local" }
        if bytes[0] == 0xFF { return "multicast" }
        return metadataPrefixes.contains { bytes.starts(with: $0) } ? metadata : usual
    }

    /// The addresses of IPv4 that this one leads to: itself, or what an address of IPv6 carries.
    ///
    /// Where a form has several readings, all of them are given.
    var carried: [[UInt8]] {
        if bytes.count == 4 { return [bytes] }
        guard bytes.count == 16 else { return [] }
        let last = Array(bytes[12...])
        // Mapped and compatible: RFC 4291, sections 2.5.5.2 and 2.5.5.1, where ::1 and :: are no such addresses.
        if bytes.starts(with: Self.mapped) { return [last] }
        if bytes.prefix(12).allSatisfy({ $0 == 0 }) { return bytes[12] == 0 && bytes[13] == 0 ? [] : [last] }
        // Translated: RFC 6052, section 2.1, and for local use RFC 8215, whose operators choose the length.
        if bytes.starts(with: Self.translated) || bytes.starts(with: Self.stateless) { return [last] }
        if bytes.starts(with: Self.locallyTranslated) {
            let readings = [
                [bytes[6], bytes[7], bytes[9], bytes[10]], [bytes[7]] + bytes[9..<12], Array(bytes[9..<13]), last,
            ]
            // Where another length is meant there are zeros.
            return readings.filter { $0[0] != 0 }
        }
        // 6to4: RFC 3056, section 2.
        return bytes.starts(with: [0x20, 0x02]) ? [Array(bytes[2..<6])] : []
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    /// RFC 2765, section 2.1
    private static let stateless: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0]
    private static let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
    private static let locallyTranslated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 1]

    // MARK: Looking up

    /// The most addresses of a name that are read.
    private static let most = 64

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
        while let current = entry, addresses.count < most {
            if let address = ResolvedAddress(current.pointee) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }

    /// Reads `sin_addr` or `sin6_addr`, whose places in the structure do not change (netinet/in.h).
    private init?(_ entry: addrinfo) {
        guard let address = entry.ai_addr else { return nil }
        let raw = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
        switch entry.ai_family {
        case AF_INET where raw.count >= 8: self.init(bytes: Array(raw[4..<8]))
        case AF_INET6 where raw.count >= 28:
            self.init(bytes: Array(raw[8..<24]), scope: raw.loadUnaligned(fromByteOffset: 24, as: UInt32.self))
        default: return nil
        }
    }
}
