// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads conditions, by recursive descent over bytes.
///
/// Nesting is counted where it really recurses (parentheses and transformers), so that hostile conditions cannot use up
/// the stack; chains of `and` and `or` are loops.
struct ConditionParser {
    /// How deep parentheses may nest.
    static let maximumDepth = 200
    /// The longest condition, after lists have been put in.
    static let maximumLength = 4 << 20

    let text: [UInt8]
    var index = 0
    var depth = 0
    private var lineStarts: [Int]

    init(_ text: [UInt8]) {
        self.text = text
        lineStarts = [0]
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: "\n") {
            lineStarts.append(index + 1)
        }
    }

    static func parse(_ text: [UInt8]) throws(ConditionError) -> ConditionNode {
        var parser = ConditionParser(text)
        return try parser.parseAll()
    }

    private mutating func parseAll() throws(ConditionError) -> ConditionNode {
        guard !text.isEmpty else { throw failure("the condition is empty") }
        guard text.count <= Self.maximumLength else {
            throw failure("the condition has more than \(Self.maximumLength) bytes with its lists put in")
        }
        if let zero = text.firstIndex(of: 0) {
            throw ConditionError(message: "a condition holds no zero bytes", position: position(zero))
        }
        let node = try parseOr()
        guard index == text.count else {
            throw failure("expected 'and', 'or' or the end of the condition")
        }
        return node
    }

    // MARK: Places

    func position(_ offset: Int) -> TextPosition {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset {
                low = middle
            } else {
                high = middle
            }
        }
        return TextPosition(line: low, column: offset - lineStarts[low], offset: offset)
    }

    var here: TextPosition { position(index) }

    func failure(_ message: String) -> ConditionError {
        ConditionError(message: message, position: here)
    }

    // MARK: and, or, not

    private mutating func parseOr() throws(ConditionError) -> ConditionNode {
        skipBlanks()
        var children = [try parseAnd()]
        skipBlanks()
        while take("or") {
            children.append(try parseOperandAfter("or", isOr: true))
            skipBlanks()
        }
        return children.count == 1 ? children[0] : .or(children)
    }

    private mutating func parseAnd() throws(ConditionError) -> ConditionNode {
        skipBlanks()
        var children = [try parseNot()]
        skipBlanks()
        while take("and") {
            children.append(try parseOperandAfter("and", isOr: false))
            skipBlanks()
        }
        return children.count == 1 ? children[0] : .and(children)
    }

    private mutating func parseOperandAfter(_ word: StaticString, isOr: Bool) throws(ConditionError) -> ConditionNode {
        if skipBlanks() {
            return isOr ? try parseAnd() : try parseNot()
        }
        guard take("(") else {
            throw failure("expected a blank or '(' after '\(word)'")
        }
        return try parseRestOfParentheses()
    }

    private mutating func parseNot() throws(ConditionError) -> ConditionNode {
        skipBlanks()
        var isNegated = false
        while takeNotWithBlank() {
            isNegated.toggle()
        }
        let child: ConditionNode
        if take("not(") {
            isNegated.toggle()
            child = try parseRestOfParentheses()
        } else {
            child = try parseCheck()
        }
        return isNegated ? .not(child) : child
    }

    private mutating func takeNotWithBlank() -> Bool {
        let start = index
        guard take("not"), skipBlanks() else {
            index = start
            return false
        }
        return true
    }

    private mutating func parseRestOfParentheses() throws(ConditionError) -> ConditionNode {
        try enter()
        defer { depth -= 1 }
        let child = try parseOr()
        skipBlanks()
        guard take(")") else { throw failure("expected ')'") }
        return child
    }

    mutating func enter() throws(ConditionError) {
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw failure("parentheses nest deeper than \(Self.maximumDepth)")
        }
    }

    private mutating func parseCheck() throws(ConditionError) -> ConditionNode {
        skipBlanks()
        if take("(") {
            return try parseRestOfParentheses()
        }
        let position = here
        if let left = try parseOperand() {
            return .check(try parseComparison(left, at: position))
        }
        if let name = takeIdentifier() {
            return .macro(name, at: position)
        }
        throw failure("expected '(', a field, or the name of a macro")
    }
}
