// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Turns a request's path into the route that it belongs to, so that `/orders/17` and `/orders/18` count as one.
enum RouteTemplate {
    /// The longest route in bytes; the rest is cut.
    static let maximumLength = 120

    /// `GET /orders/{id}`: the method, and the path without its query, with a placeholder for each segment that
    /// looks like an identifier: digits, long hexadecimal or mixed words.
    static func of(method: [UInt8], target: [UInt8]) -> String {
        let path = target.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        var route = method.prefix(24) + [UInt8(ascii: " ")]
        for (index, segment) in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).enumerated()
        {
            guard route.count < maximumLength else {
                route += Array("...".utf8)
                break
            }
            if index > 0 {
                route.append(UInt8(ascii: "/"))
            }
            route += isIdentifier(segment) ? Array("{id}".utf8) : Array(segment.prefix(maximumLength))
        }
        return String(decoding: route, as: UTF8.self)
    }

    private static func isIdentifier(_ segment: ArraySlice<UInt8>) -> Bool {
        var digits = 0
        var hexadecimals = 0
        var letters = 0
        for byte in segment {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): hexadecimals += 1
            case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "G")...UInt8(ascii: "Z"): letters += 1
            case UInt8(ascii: "-"), UInt8(ascii: "_"): continue
            default: return false
            }
        }
        guard digits > 0 else {
            return false
        }
        let count = digits + hexadecimals + letters
        return count == digits || (letters == 0 && count >= 8) || (count >= 16 && digits >= 3)
    }
}
