// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Addresses of pages and services, as far as they are looked at here.
enum WebAddress {
    static let maximumLength = 2048

    /// Whether an address is one that a browser or a client may be sent to: `https`, or `http` on this machine, only of
    /// visible ASCII, without a user's name and without a fragment.
    static func isSafe(_ text: String) -> Bool {
        guard text.utf8.count <= maximumLength, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return false
        }
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return false }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.hasPrefix(":"),
            !text.contains(where: { "@#\\\"<>^`{|}".contains($0) })
        else { return false }
        return isSecure || isLoopback(authority)
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return ["localhost", "127.0.0.1", "[::1]"].contains(host)
    }

    /// The form of queries and bodies (RFC 6749 appendix B): all but letters, digits and `-._~` as `%XX`.
    static func form(_ fields: [(name: String, value: String)]) -> String {
        fields.map { "\(escaped($0.name))=\(escaped($0.value))" }.joined(separator: "&")
    }

    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if UserName.isLetterOrDigit(byte) || "-._~".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
