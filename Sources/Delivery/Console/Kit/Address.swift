// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// The addresses of pages.
enum Address {
    static func entity(_ entity: Entity) -> String { "/entities/\(encode(entity.description))" }
    static func detection(_ id: Identifier) -> String { "/detections/\(id)" }
    static func incident(_ id: Identifier) -> String { "/incidents/\(id)" }
    static func rule(_ rule: RuleID) -> String { "/rules/\(encode(rule.description))" }

    /// A path with a query; members without a value are left out.
    static func path(_ path: String, _ query: [(String, String?)]) -> String {
        let members = query.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : "\(name)=\(encode($0))" }
        }
        return members.isEmpty ? path : "\(path)?\(members.joined(separator: "&"))"
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    static func encode(_ text: String) -> String {
        var encoded = ""
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(UnicodeScalar(byte))
            default:
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
