// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RegexParser {
    private static let largestCount = 65_535

    /// The node with the quantifier that follows; nil where none does.
    mutating func quantified(_ node: RegexNode) throws(RegexSyntaxError) -> RegexNode? {
        guard let bounds = try bounds() else { return nil }
        switch node {
        case .assertion, .look: throw error("a quantifier behind what consumes nothing")
        default: break
        }
        var isPossessive = false
        if peek == UInt8(ascii: "?") {
            position += 1
        } else if peek == UInt8(ascii: "+") {
            position += 1
            isPossessive = true
        }
        if try self.bounds() != nil {
            throw error("a quantifier behind a quantifier")
        }
        return .repetition(node, minimum: bounds.minimum, maximum: bounds.maximum, isPossessive: isPossessive)
    }

    private mutating func bounds() throws(RegexSyntaxError) -> (minimum: Int, maximum: Int?)? {
        switch peek {
        case UInt8(ascii: "*"):
            position += 1
            return (0, nil)
        case UInt8(ascii: "+"):
            position += 1
            return (1, nil)
        case UInt8(ascii: "?"):
            position += 1
            return (0, 1)
        case UInt8(ascii: "{"):
            guard let (minimum, maximum, end) = try quantifierBounds() else { return nil }
            position = end
            return (minimum, maximum)
        default:
            return nil
        }
    }

    /// What a brace at the current position says; nil where it is an ordinary character.
    ///
    /// - Throws: for the forms that are quantifiers since PCRE2 10.43 only: `{,3}`, `{ 1, 2 }`.
    func quantifierBounds() throws(RegexSyntaxError) -> (minimum: Int, maximum: Int?, end: Int)? {
        var index = position + 1
        var numbers: [Int?] = [nil]
        var hasBlanks = false
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let value = (numbers[numbers.count - 1] ?? 0) * 10 + Int(text[index] - UInt8(ascii: "0"))
                guard value <= Self.largestCount else { throw error("a count above \(Self.largestCount)") }
                numbers[numbers.count - 1] = value
            case UInt8(ascii: ",") where numbers.count == 1:
                numbers.append(nil)
            case UInt8(ascii: " "), UInt8(ascii: "\t"):
                hasBlanks = true
            case UInt8(ascii: "}"):
                if numbers.allSatisfy({ $0 == nil }) { return nil }
                guard let minimum = numbers[0], !hasBlanks else {
                    throw error("braces that versions of PCRE2 read differently")
                }
                let maximum = numbers.count == 1 ? minimum : numbers[1]
                if let maximum, maximum < minimum { throw error("counts out of order") }
                return (minimum, maximum, index + 1)
            default:
                return nil
            }
            // Blanks could be many, and are looked at again for the next brace; digits are few.
            guard index - position < 32 else { return nil }
            index += 1
        }
        return nil
    }
}
