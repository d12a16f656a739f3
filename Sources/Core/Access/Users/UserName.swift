// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The name that a user types to log in: 1 to 64 lower-case letters, digits and `.`, `_`, `-`, `@`, `+`, and a letter or
/// digit first. Upper-case letters are read as lower-case ones.
///
/// Only ASCII, so that no two names look the same.
package struct UserName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let description: String

    package static let maximumLength = 64

    /// - Throws: ``AccessError/Code/invalid``.
    package init(_ text: String) throws(AccessError) {
        guard let name = UserName(ifValid: text) else {
            throw AccessError(
                .invalid,
                "name: 1 to \(Self.maximumLength) of a-z, 0-9 and . _ - @ +, with a letter or digit first"
            )
        }
        self = name
    }

    /// - Returns: nil for what is no name.
    package init?(ifValid text: String) {
        let bytes = text.utf8
        guard (1...Self.maximumLength).contains(bytes.count), bytes.allSatisfy(Self.isAllowed),
            let first = bytes.first, Self.isLetterOrDigit(first)
        else { return nil }
        description = String(decoding: bytes.map(Self.lowercased), as: UTF8.self)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let name = UserName(ifValid: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no name of a user")
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (left: UserName, right: UserName) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "+"): true
        default: isLetterOrDigit(byte)
        }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
