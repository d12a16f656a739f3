// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The path of a request as routes are compared with it, in the one form that all servers read alike.
///
/// Percent signs of characters that need none are undone, others are written in upper case (RFC 3986 section 6.2.2), and
/// a slash at the end counts for nothing. A path that servers read differently is ``isAmbiguous``: dot segments,
/// doubled slashes, encoded slashes and percent signs, backslashes, semicolons and control characters. Who sends such a
/// path must not choose with it which settings hold.
///
/// Made once per request in one pass over its bytes; a path that is in that form already is not copied.
package struct RoutePath: Sendable {
    /// The path; of no use where it is ambiguous.
    package let bytes: ArraySlice<UInt8>
    package let isAmbiguous: Bool

    /// - Parameter target: the path, or a request target whose query and fragment do not count.
    package init(_ target: ArraySlice<UInt8>) {
        let (count, needsRewriting) = target.withUnsafeBufferPointer { Self.scan($0) }
        guard let count else {
            self.init(isAmbiguous: true, [])
            return
        }
        let path = target[..<(target.startIndex + count)]
        guard let form = needsRewriting ? Self.rewritten(path) : path else {
            self.init(isAmbiguous: true, [])
            return
        }
        self.init(isAmbiguous: form.withUnsafeBufferPointer { Self.hasAmbiguousSegments($0) }, form)
    }

    /// - Returns: the length of the path, nil where it is ambiguous; and whether it has another form.
    private static func scan(_ target: UnsafeBufferPointer<UInt8>) -> (count: Int?, needsRewriting: Bool) {
        var needsRewriting = false
        for index in 0..<target.count {
            switch role(target[index]) {
            case .plain: continue
            case .end: return (index, needsRewriting)
            case .percent, .encoded: needsRewriting = true
            case .ambiguous: return (nil, false)
            }
        }
        return (target.count, needsRewriting)
    }

    /// - Parameter text: a path as people write it.
    package init(_ text: String) {
        self.init(Array(text.utf8)[...])
    }

    private init(isAmbiguous: Bool, _ bytes: ArraySlice<UInt8>) {
        self.isAmbiguous = isAmbiguous
        let endsWithSlash = bytes.last == UInt8(ascii: "/")
        self.bytes = endsWithSlash ? bytes.dropLast() : bytes
    }

    private enum Role {
        case plain, percent, encoded, end, ambiguous
    }

    @inline(__always)
    private static func role(_ byte: UInt8) -> Role {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "/")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: ","),
            UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "@"):
            .plain
        case UInt8(ascii: "%"): .percent
        case UInt8(ascii: "?"), UInt8(ascii: "#"): .end
        case 0...0x1F, 0x7F, UInt8(ascii: "\\"), UInt8(ascii: ";"): .ambiguous
        default: .encoded
        }
    }

    /// nil for an encoding that is broken or that hides what servers disagree about.
    private static func rewritten(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.count + 8)
        var index = path.startIndex
        while index < path.endIndex {
            var byte = path[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < path.endIndex, let high = Hexadecimal.value(path[index]),
                    let low = Hexadecimal.value(path[index + 1])
                else { return nil }
                byte = high << 4 | low
                index += 2
                guard role(byte) != .ambiguous, byte != UInt8(ascii: "/"), byte != UInt8(ascii: "%") else {
                    return nil
                }
            }
            if role(byte) == .plain {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(Hexadecimal.uppercase(byte >> 4))
                bytes.append(Hexadecimal.uppercase(byte & 15))
            }
        }
        return bytes[...]
    }

    /// Whether the path does not begin with a slash, or has an empty segment before its end, `.` or `..`.
    private static func hasAmbiguousSegments(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard path.first == UInt8(ascii: "/") else { return true }
        var length = 0
        var dots = 0
        for byte in path.dropFirst() {
            guard byte == UInt8(ascii: "/") else {
                length += 1
                dots += byte == UInt8(ascii: ".") ? 1 : 0
                continue
            }
            if length == 0 || isDots(length, dots) { return true }
            length = 0
            dots = 0
        }
        return isDots(length, dots)
    }

    private static func isDots(_ length: Int, _ dots: Int) -> Bool {
        dots == length && (1...2).contains(length)
    }
}
