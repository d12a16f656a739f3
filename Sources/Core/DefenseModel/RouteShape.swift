// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The route that a request belongs to, so that `/orders/17` and `/orders/18` count as one.
package enum RouteShape {
    /// The longest route in bytes; the rest is cut.
    package static let longest = 120
    private static let placeholder = Array("{id}".utf8)

    /// Appends `GET /orders/{id}`: the method, and the path with a placeholder for each segment that looks like an
    /// identifier: digits, long hexadecimal or mixed words. Control characters become `?`.
    package static func append(
        method: UnsafeBufferPointer<UInt8>,
        path: UnsafeBufferPointer<UInt8>,
        to shape: inout [UInt8]
    ) {
        let end = shape.count + longest
        for byte in method.prefix(24) { shape.append(shown(byte)) }
        shape.append(UInt8(ascii: " "))
        var start = 0
        while start < path.count {
            var next = start + 1
            while next < path.count, path[next] != UInt8(ascii: "/") { next += 1 }
            append(segment: UnsafeBufferPointer(rebasing: path[start..<next]), to: &shape)
            start = next
            if shape.count >= end {
                cut(&shape, to: end)
                return
            }
        }
    }

    /// The route of a method and a path, `GET /orders/{id}`.
    ///
    /// - Parameters:
    ///   - path: without a query.
    ///   - method: as in requests, in capitals.
    package static func shape(path: String, method: String) -> String {
        var shape: [UInt8] = []
        var path = path
        var method = method
        method.withUTF8 { method in
            path.withUTF8 { path in append(method: method, path: path, to: &shape) }
        }
        return String(decoding: shape, as: UTF8.self)
    }

    /// - Parameter segment: with the slash before it, if there is one.
    private static func append(segment: UnsafeBufferPointer<UInt8>, to shape: inout [UInt8]) {
        let hasSlash = segment.first == UInt8(ascii: "/")
        if hasSlash { shape.append(UInt8(ascii: "/")) }
        let word = segment.dropFirst(hasSlash ? 1 : 0)
        if isIdentifier(word) {
            shape.append(contentsOf: placeholder)
        } else {
            for byte in word.prefix(longest) { shape.append(shown(byte)) }
        }
    }

    private static func shown(_ byte: UInt8) -> UInt8 { byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte }

    /// Cuts at the end of a character.
    private static func cut(_ shape: inout [UInt8], to end: Int) {
        guard shape.count > end else { return }
        var place = end
        while place > 0, end - place < 3, shape[place] & 0xC0 == 0x80 { place -= 1 }
        shape.removeSubrange(place...)
    }

    private static func isIdentifier(_ segment: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
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
        guard digits > 0 else { return false }
        let count = digits + hexadecimals + letters
        return count == digits || (letters == 0 && count >= 8) || (count >= 16 && digits >= 3)
    }
}
