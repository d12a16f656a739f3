// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RegexParser {
    /// What a parenthesis opens; nil for a setting, which matches nothing itself.
    mutating func group(depth: Int) throws(RegexSyntaxError) -> RegexNode? {
        position += 1
        if peek == UInt8(ascii: "*") {
            throw error("a verb")
        }
        guard peek == UInt8(ascii: "?") else {
            groupCount += 1
            let number = groupCount
            return .group(try body(depth: depth), number: number)
        }
        position += 1
        let byte = peek
        position += 1
        switch byte {
        case UInt8(ascii: ":"):
            return .group(try body(depth: depth), number: nil)
        case UInt8(ascii: "|"):
            // Groups are numbered anew in each branch, which nothing here keeps track of.
            result.isUnusual = true
            return .group(try body(depth: depth), number: nil)
        case UInt8(ascii: ">"):
            return .atomic(try body(depth: depth))
        case UInt8(ascii: "="):
            return .look(try body(depth: depth), isBehind: false, isNegative: false)
        case UInt8(ascii: "!"):
            return .look(try body(depth: depth), isBehind: false, isNegative: true)
        case UInt8(ascii: "<") where peek == UInt8(ascii: "=") || peek == UInt8(ascii: "!"):
            let isNegative = peek == UInt8(ascii: "!")
            position += 1
            return .look(try body(depth: depth), isBehind: true, isNegative: isNegative)
        case UInt8(ascii: "<"):
            return try namedGroup(closedBy: UInt8(ascii: ">"), depth: depth)
        case UInt8(ascii: "'"):
            return try namedGroup(closedBy: UInt8(ascii: "'"), depth: depth)
        case UInt8(ascii: "P") where peek == UInt8(ascii: "<"):
            position += 1
            return try namedGroup(closedBy: UInt8(ascii: ">"), depth: depth)
        case UInt8(ascii: "("):
            return try conditional(depth: depth)
        case UInt8(ascii: "P"), UInt8(ascii: "R"), UInt8(ascii: "&"), UInt8(ascii: "+"):
            return try reference()
        case UInt8(ascii: "-") where peek.map(ByteSet.digit.contains) == true:
            return try reference()
        case .some(let byte) where ByteSet.digit.contains(byte):
            return try reference()
        default:
            position -= 1
            return try settings(depth: depth)
        }
    }

    /// The alternatives up to the closing parenthesis; settings made in them end there.
    private mutating func body(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        let outer = flags
        let node = try alternation(depth: depth + 1)
        guard peek == UInt8(ascii: ")") else { throw error("a group without an end") }
        position += 1
        flags = outer
        return node
    }

    private mutating func namedGroup(closedBy end: UInt8, depth: Int) throws(RegexSyntaxError) -> RegexNode {
        guard let close = text[position...].prefix(64).firstIndex(of: end) else {
            throw error("a group's name without an end")
        }
        position = close + 1
        groupCount += 1
        let number = groupCount
        return .group(try body(depth: depth), number: number)
    }

    /// `(?(1)yes|no)`; a condition that is an assertion is not understood.
    private mutating func conditional(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        guard peek != UInt8(ascii: "?"), peek != UInt8(ascii: "*"),
            let close = text[position...].prefix(64).firstIndex(of: UInt8(ascii: ")"))
        else { throw error("a condition that is an assertion") }
        position = close + 1
        _ = try body(depth: depth)
        return .opaque(minimumLength: 0)
    }

    /// A recursion, a call of a group, or a back reference by name: `(?R)`, `(?1)`, `(?&n)`, `(?P>n)`, `(?P=n)`.
    private mutating func reference() throws(RegexSyntaxError) -> RegexNode {
        guard let close = text[position...].prefix(64).firstIndex(of: UInt8(ascii: ")")) else {
            throw error("a reference without an end")
        }
        position = close + 1
        return .opaque(minimumLength: 0)
    }

    /// `(?i)` or `(?i:...)`
    private mutating func settings(depth: Int) throws(RegexSyntaxError) -> RegexNode? {
        let outer = flags
        var isOn = true
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "i"): flags.caseless = isOn
            case UInt8(ascii: "s"): flags.dotAll = isOn
            case UInt8(ascii: "x"):
                guard peek != UInt8(ascii: "x") else { throw error("a setting that is not understood") }
                flags.extended = isOn
            case UInt8(ascii: "m"): result.turnsMultilineOff = result.turnsMultilineOff || !isOn
            case UInt8(ascii: "-") where isOn: isOn = false
            case UInt8(ascii: ")"):
                hasBareFlags = true
                return nil
            case UInt8(ascii: ":"):
                let node = try body(depth: depth)
                flags = outer
                return .group(node, number: nil)
            default:
                throw error("a setting that is not understood")
            }
        }
        throw error("a group without an end")
    }
}
