// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RegexParser {
    /// One item of a class: a byte, which may begin a range, or a set.
    private enum Item {
        case byte(UInt8)
        case set(ByteSet)
    }

    /// `[...]`
    mutating func characterClass() throws(RegexSyntaxError) -> RegexNode {
        position += 1
        let isNegated = peek == UInt8(ascii: "^")
        if isNegated { position += 1 }
        var set = ByteSet()
        var isFirst = true
        var hasProperty = false
        while true {
            guard let byte = peek else { throw error("a class without an end") }
            if byte == UInt8(ascii: "]"), !isFirst { break }
            isFirst = false
            guard let item = try classItem() else {
                hasProperty = true
                continue
            }
            switch item {
            case .set(let members):
                set.formUnion(members)
                if peek == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") {
                    throw error("a range that begins with a class")
                }
            case .byte(let low):
                for member in low...(try rangeEnd(from: low)) {
                    set.insert(member)
                }
            }
        }
        position += 1
        if hasProperty { return .opaque(minimumLength: 1) }
        if flags.caseless { set = set.caseFolded }
        return .byte(isNegated ? set.inverted : set)
    }

    /// The last byte of the range that begins with `low`, or `low` itself.
    private mutating func rangeEnd(from low: UInt8) throws(RegexSyntaxError) -> UInt8 {
        guard peek == UInt8(ascii: "-"), let next = peek(1), next != UInt8(ascii: "]") else { return low }
        position += 1
        guard case .byte(let high)? = try classItem() else { throw error("a range that ends in a class") }
        guard low <= high else { throw error("a range out of order") }
        return high
    }

    /// - Returns: nil for a Unicode property, whose bytes are not known here.
    private mutating func classItem() throws(RegexSyntaxError) -> Item? {
        guard let byte = peek else { throw error("a class without an end") }
        switch byte {
        case UInt8(ascii: "["):
            guard let end = endOfName else {
                position += 1
                return .byte(byte)
            }
            guard peek(1) == UInt8(ascii: ":") else { throw error("a collating element") }
            return try posixClass(to: end)
        case UInt8(ascii: "\\"):
            position += 1
            return try classEscape()
        default:
            position += 1
            return .byte(byte)
        }
    }

    /// `[:alpha:]`
    private mutating func posixClass(to end: Int) throws(RegexSyntaxError) -> Item {
        var start = position + 2
        let isNegated = text[start] == UInt8(ascii: "^")
        if isNegated { start += 1 }
        let name = String(decoding: text[start..<max(start, end)], as: UTF8.self)
        guard var set = ByteSet.posix(name) else { throw error("an unknown named class") }
        position = end + 2
        if flags.caseless, name == "upper" || name == "lower" { set = .alpha }
        return .set(isNegated ? set.inverted : set)
    }

    /// Where a name that begins at the current position, as in `[:alpha:]`, `[.ch.]` and `[=a=]`, ends: the offset of
    /// the second colon; nil where the bracket is itself. PCRE2 looks for the end in the same way.
    private var endOfName: Int? {
        guard let mark = peek(1), mark == UInt8(ascii: ":") || mark == UInt8(ascii: ".") || mark == UInt8(ascii: "=")
        else { return nil }
        var index = position + 2
        while index + 1 < text.count {
            let (byte, next) = (text[index], text[index + 1])
            if byte == UInt8(ascii: "\\"), next == UInt8(ascii: "]") || next == UInt8(ascii: "\\") {
                index += 1
            } else if byte == UInt8(ascii: "]") || (byte == UInt8(ascii: "[") && next == mark) {
                return nil
            } else if byte == mark, next == UInt8(ascii: "]") {
                return index
            }
            index += 1
        }
        return nil
    }

    private mutating func classEscape() throws(RegexSyntaxError) -> Item? {
        guard let byte = peek else { throw error("a backslash at the end") }
        switch byte {
        case UInt8(ascii: "N"), UInt8(ascii: "Q"), UInt8(ascii: "E"): throw error("an escape that classes do not have")
        case UInt8(ascii: "b"):
            position += 1
            return .byte(0x08)
        case UInt8(ascii: "1")...UInt8(ascii: "7"):
            position += 1
            return .byte(try octal(first: Int(byte - UInt8(ascii: "0")), moreDigits: 2))
        case UInt8(ascii: "p"), UInt8(ascii: "P"):
            try skipProperty()
            return nil
        default:
            if let set = Self.shorthand(byte) {
                position += 1
                return .set(set)
            }
            return .byte(try escapedByte())
        }
    }
}
