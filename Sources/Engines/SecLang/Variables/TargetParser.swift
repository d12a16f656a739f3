// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

/// Parses lists of variables: `ARGS|!ARGS:password|&TX:/^score/|XML:/*`.
struct TargetParser {
    private let bytes: [UInt8]
    private let slots: SlotTable
    private var position = 0

    init(_ bytes: [UInt8], slots: SlotTable) {
        self.bytes = bytes
        self.slots = slots
    }

    /// - Throws: `SyntaxError` with the offset in the list.
    static func parse(_ bytes: [UInt8], slots: SlotTable) throws(SyntaxError) -> TargetList {
        var parser = TargetParser(bytes, slots: slots)
        return try parser.parseList()
    }

    private mutating func parseList() throws(SyntaxError) -> TargetList {
        var list = TargetList()
        while true {
            skipBlanks()
            let start = position
            var isExcluded = false
            var isCount = false
            while position < bytes.count, bytes[position] == UInt8(ascii: "!") || bytes[position] == UInt8(ascii: "&") {
                isExcluded = isExcluded || bytes[position] == UInt8(ascii: "!")
                isCount = isCount || bytes[position] == UInt8(ascii: "&")
                position += 1
            }
            var target = try parseTarget()
            if isExcluded && isCount {
                throw SyntaxError("`!` and `&` do not go together", at: start)
            }
            target.isCount = isCount
            if isExcluded {
                list.exclusions.append(target)
            } else {
                list.targets.append(target)
            }
            skipBlanks()
            guard position < bytes.count else {
                return list
            }
            guard bytes[position] == UInt8(ascii: "|") || bytes[position] == UInt8(ascii: ",") else {
                throw SyntaxError("expected `|` between variables", at: position)
            }
            position += 1
        }
    }

    private mutating func parseTarget() throws(SyntaxError) -> Target {
        let start = position
        while position < bytes.count, isNameByte(bytes[position]) {
            position += 1
        }
        let name = String(decoding: bytes[start..<position], as: UTF8.self).uppercased()
        guard !name.isEmpty else {
            throw SyntaxError("expected the name of a variable", at: start)
        }
        guard let variable = Variable.byName[name] else {
            if let reason = Variable.refused[name] {
                throw SyntaxError("the variable \(name) is not available: \(reason)", at: start)
            }
            throw SyntaxError(
                "unknown variable \(name)",
                at: start,
                hint: NearestName.hint(for: name, among: Variable.byName.keys)
            )
        }
        guard position < bytes.count, bytes[position] == UInt8(ascii: ":") || bytes[position] == UInt8(ascii: ".")
        else {
            return Target(variable: variable, selector: .all, displayName: variable.bytes)
        }
        guard variable.isCollection else {
            throw SyntaxError("\(name) is a single value and takes no selector", at: position)
        }
        position += 1
        return try parseSelector(of: variable)
    }

    private mutating func parseSelector(of variable: Variable) throws(SyntaxError) -> Target {
        let start = position
        var isQuoted = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "'") {
            isQuoted = true
            position += 1
        }
        if variable != .xml, position < bytes.count, bytes[position] == UInt8(ascii: "/") {
            return try parseRegexSelector(of: variable, isQuoted: isQuoted, start: start)
        }
        let keyStart = position
        while position < bytes.count {
            let byte = bytes[position]
            if isQuoted ? byte == UInt8(ascii: "'") : (byte == UInt8(ascii: "|") || byte == UInt8(ascii: ",")) {
                break
            }
            position += 1
        }
        let key = Array(bytes[keyStart..<position])
        if isQuoted {
            guard position < bytes.count else {
                throw SyntaxError("this quoted selector has no closing quote", at: start)
            }
            position += 1
        }
        guard !key.isEmpty else {
            throw SyntaxError("expected a key after `\(variable.name):`", at: start)
        }
        return Self.keyed(variable, key: key, slots: slots)
    }

    /// A target for one key of a collection, or one XPath of `XML`.
    static func keyed(_ variable: Variable, key: [UInt8], slots: SlotTable) -> Target {
        let displayName = Array("\(variable.name):".utf8) + key
        if variable == .xml {
            return Target(
                variable: variable,
                selector: .xpath(String(decoding: key, as: UTF8.self)),
                displayName: displayName
            )
        }
        var target = Target(variable: variable, selector: .key(key.asciiLowercased()), displayName: displayName)
        if variable == .tx {
            target.slot = slots.slot(for: key.asciiLowercased())
        }
        return target
    }

    private mutating func parseRegexSelector(
        of variable: Variable,
        isQuoted: Bool,
        start: Int
    ) throws(SyntaxError) -> Target {
        position += 1
        var pattern: [UInt8] = []
        while position < bytes.count, !isRegexEnd(at: position, isQuoted: isQuoted) {
            // `\/` is how a slash stands in a selector's pattern.
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count {
                if bytes[position + 1] != UInt8(ascii: "/") {
                    pattern.append(bytes[position])
                }
                position += 1
            }
            pattern.append(bytes[position])
            position += 1
        }
        guard position < bytes.count else {
            throw SyntaxError("this selector's regular expression has no closing `/`", at: start)
        }
        position += isQuoted ? 2 : 1
        do {
            let options: Regex.Options = [.caseless, .dotMatchesLineEnds, .dollarMatchesEndOnly]
            let regex = try Regex(pattern, options: options)
            let displayName = Array("\(variable.name):/".utf8) + pattern + [UInt8(ascii: "/")]
            return Target(variable: variable, selector: .regex(regex), displayName: displayName)
        } catch {
            throw SyntaxError("this selector's regular expression does not compile: \(error)", at: start)
        }
    }

    /// A closing slash is one that ends the entry: patterns may hold `/`, `|` and `,`.
    private func isRegexEnd(at index: Int, isQuoted: Bool) -> Bool {
        guard bytes[index] == UInt8(ascii: "/") else {
            return false
        }
        guard index + 1 < bytes.count else {
            return !isQuoted
        }
        let next = bytes[index + 1]
        return isQuoted
            ? next == UInt8(ascii: "'")
            : next == UInt8(ascii: "|") || next == UInt8(ascii: ",") || next == UInt8(ascii: " ")
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    private mutating func skipBlanks() {
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t") {
            position += 1
        }
    }
}
