// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An output message with fields in it: `opened %fd.name by %10proc.name`.
///
/// A `%` begins a field with an optional width; the longest field that exists is taken, so that a dot may follow it.
/// Absent fields are written as `<NA>`, whether or not a `*` at the beginning asks for that: Falco puts one before every
/// output.
struct OutputFormat: Sendable {
    enum Part: Sendable, Equatable {
        case text([UInt8])
        /// - width: pads with blanks or cuts; 0 takes the value as it is.
        case field(Field)
    }

    struct Field: Sendable, Equatable {
        /// The place among the operands of its source.
        var operand: Int
        var width: Int
        /// As it stands in the output, which is its key among the output fields.
        var name: String
    }

    private(set) var parts: [Part] = []

    /// The widest that a field is padded to.
    private static let maximumWidth = 4096

    /// - Throws: a ``ConditionError`` for a `%` that no field follows.
    init(_ text: [UInt8], _ compiler: inout ConditionCompiler) throws(ConditionError) {
        var literal: [UInt8] = []
        var index = 0
        if text.first == UInt8(ascii: "*") {
            index = 1
        }
        while index < text.count {
            guard text[index] == UInt8(ascii: "%") else {
                literal.append(text[index])
                index += 1
                continue
            }
            if !literal.isEmpty {
                parts.append(.text(literal))
                literal = []
            }
            let (field, end) = try Self.field(text, index, &compiler)
            parts.append(.field(field))
            index = end
        }
        if !literal.isEmpty {
            parts.append(.text(literal))
        }
    }

    var fields: [Field] {
        parts.compactMap { part in
            if case .field(let field) = part { field } else { nil }
        }
    }

    /// The field behind the `%` at `percent`.
    private static func field(
        _ text: [UInt8],
        _ percent: Int,
        _ compiler: inout ConditionCompiler
    ) throws(ConditionError) -> (Field, end: Int) {
        var start = percent + 1
        var width = 0
        while start < text.count, ConditionParser.isDigit(text[start]), width < maximumWidth {
            width = width * 10 + Int(text[start] - UInt8(ascii: "0"))
            start += 1
        }
        var failure: ConditionError?
        for end in candidateEnds(text, start) {
            var parser = ConditionParser(Array(text[start..<end]))
            do throws(ConditionError) {
                guard let operand = try parser.parseOperand() else { continue }
                let place = try compiler.operand(operand)
                let name = String(decoding: text[start..<start + parser.index], as: UTF8.self)
                try check(compiler, place, name)
                let field = Field(operand: place, width: min(width, maximumWidth), name: name)
                return (field, start + parser.index)
            } catch {
                failure = failure ?? error
            }
        }
        let rest = String(decoding: text[percent...].prefix(40), as: UTF8.self)
        throw ConditionError(
            message: "invalid formatting token '\(rest)'" + (failure.map { ": \($0.message)" } ?? ""),
            position: TextPosition(line: 0, column: percent, offset: percent),
            isUnknownName: true
        )
    }

    private static func check(_ compiler: ConditionCompiler, _ place: Int, _ name: String) throws(ConditionError) {
        guard case .field(let number, _) = compiler.operands[place].source,
            compiler.catalogue.definitions[Int(number)].flags.contains(.filterOnly)
        else { return }
        throw ConditionError(message: "the field \(name) is for conditions only", position: TextPosition())
    }

    /// The longest that a field may be written, and a bound on how much is tried.
    private static let longestField = 512

    /// Where the text to be read as a field may end: first at the end of all, then shorter and shorter within the name, as
    /// a name may run into the text behind it.
    private static func candidateEnds(_ text: [UInt8], _ start: Int) -> [Int] {
        var nameEnd = start
        while nameEnd < text.count, nameEnd < start + 128,
            ConditionParser.continuesName(text[nameEnd]) || text[nameEnd] == UInt8(ascii: ".")
        {
            nameEnd += 1
        }
        guard nameEnd > start else { return [] }
        return [min(text.count, start + longestField)] + Array(stride(from: nameEnd, to: start, by: -1))
    }
}
