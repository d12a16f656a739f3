// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads the syntax of PCRE2 patterns outside UTF mode into a tree (pcre2pattern(3)).
///
/// It is stricter than PCRE2: where versions of PCRE2 or other engines differ in what they make of a text, or where it
/// is rare, it gives up with an error instead of guessing. Groups nest maximumDepth deep at most, as recursion
/// follows them; the time is linear in the pattern's length.
struct RegexParser {
    struct Flags {
        var caseless: Bool
        var dotAll: Bool
        var extended = false
    }

    static let maximumDepth = 200

    let text: [UInt8]
    var position = 0
    var flags: Flags
    var groupCount = 0
    var result = ParsedRegex(root: .empty)
    /// Set when a bare setting such as `(?i)` occurs; each alternation looks at it for its own branches.
    var hasBareFlags = false

    static func parse(_ pattern: [UInt8], options: Regex.Options) throws(RegexSyntaxError) -> ParsedRegex {
        var parser = RegexParser(
            text: pattern,
            flags: Flags(caseless: options.contains(.caseless), dotAll: options.contains(.dotMatchesLineEnds))
        )
        parser.result.root = try parser.alternation(depth: 0)
        if parser.position < pattern.count {
            throw RegexSyntaxError(message: "unmatched closing parenthesis", offset: parser.position)
        }
        return parser.result
    }

    private init(text: [UInt8], flags: Flags) {
        self.text = text
        self.flags = flags
    }

    // MARK: Structure

    /// Everything up to the parenthesis that closes the group, or to the end.
    mutating func alternation(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        guard depth <= Self.maximumDepth else {
            throw error("groups are nested more than \(Self.maximumDepth) deep")
        }
        let outerBareFlags = hasBareFlags
        hasBareFlags = false
        defer { hasBareFlags = outerBareFlags }
        var branches: [RegexAlternation.Branch] = []
        while true {
            let start = position
            let node = try concatenation(depth: depth)
            branches.append(.init(node: node, range: start..<position))
            guard peek == UInt8(ascii: "|") else { break }
            position += 1
        }
        if branches.count == 1 {
            return branches[0].node
        }
        return .alternation(RegexAlternation(branches: branches, leaksFlags: hasBareFlags))
    }

    private mutating func concatenation(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        var nodes: [RegexNode] = []
        while true {
            try skipIgnored()
            guard let byte = peek, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") else { break }
            if byte == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "Q") {
                try quotation(into: &nodes)
            } else if let atom = try atom(depth: depth) {
                nodes.append(atom)
            } else {
                continue
            }
            if let last = nodes.last, let repeated = try quantified(last) {
                nodes[nodes.count - 1] = repeated
            }
        }
        switch nodes.count {
        case 0: return .empty
        case 1: return nodes[0]
        default: return .concatenation(nodes)
        }
    }

    /// One item without its quantifier; nil for what matches nothing itself, such as a setting.
    private mutating func atom(depth: Int) throws(RegexSyntaxError) -> RegexNode? {
        guard let byte = peek else { return nil }
        switch byte {
        case UInt8(ascii: "("):
            return try group(depth: depth)
        case UInt8(ascii: "["):
            return try characterClass()
        case UInt8(ascii: "\\"):
            return try escape()
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
            throw error("a quantifier that follows nothing")
        case UInt8(ascii: "{") where try quantifierBounds() != nil:
            throw error("a quantifier that follows nothing")
        default:
            position += 1
        }
        switch byte {
        case UInt8(ascii: "^"): return .assertion(.lineStart)
        case UInt8(ascii: "$"): return .assertion(.lineEnd)
        case UInt8(ascii: "."): return .byte(flags.dotAll ? .all : .notLineFeed)
        default: return literal(byte)
        }
    }

    func literal(_ byte: UInt8) -> RegexNode {
        let set = ByteSet([byte])
        return .byte(flags.caseless ? set.caseFolded : set)
    }

    /// `\Q...\E`
    private mutating func quotation(into nodes: inout [RegexNode]) throws(RegexSyntaxError) {
        position += 2
        let count = nodes.count
        while let byte = peek, !(byte == UInt8(ascii: "\\") && peek(1) == UInt8(ascii: "E")) {
            nodes.append(literal(byte))
            position += 1
        }
        position = min(position + 2, text.count)
        if nodes.count == count {
            throw error("an empty quotation")
        }
    }

    /// White space and comments of extended syntax, and `(?#...)`.
    private mutating func skipIgnored() throws(RegexSyntaxError) {
        while let byte = peek {
            if byte == UInt8(ascii: "("), peek(1) == UInt8(ascii: "?"), peek(2) == UInt8(ascii: "#") {
                guard let end = text[position...].firstIndex(of: UInt8(ascii: ")")) else {
                    throw error("a comment without an end")
                }
                position = end + 1
            } else if flags.extended, ByteSet.space.contains(byte) {
                position += 1
            } else if flags.extended, byte == UInt8(ascii: "#") {
                let end = text[position...].firstIndex(of: 0x0A) ?? text.count - 1
                position = end + 1
            } else {
                return
            }
        }
    }

    // MARK: Bytes

    var peek: UInt8? { peek(0) }

    func peek(_ distance: Int) -> UInt8? {
        position + distance < text.count ? text[position + distance] : nil
    }

    func error(_ message: String) -> RegexSyntaxError {
        RegexSyntaxError(message: message, offset: position)
    }
}
