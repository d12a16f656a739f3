// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a rule matches an event or does not: its condition as a tree, with the values that it looked at.
package struct Explanation: Sendable {
    package enum Kind: Sendable, Equatable {
        /// All parts must hold.
        case all
        /// One part must hold.
        case any
        /// The part must not hold.
        case not
        /// A question about the event.
        case predicate
    }

    package var kind: Kind
    /// The question, as a condition would ask it; empty for other kinds.
    package var text: String
    /// The value that was found, nil where the event has none; at most some hundred bytes of it.
    package var value: String?
    package var holds: Bool
    package var parts: [Explanation]

    /// The tree as indented lines, `+` where a part holds and `-` where not.
    package var lines: [String] {
        var lines: [String] = []
        write(to: &lines, indentation: 0)
        return lines
    }

    private func write(to lines: inout [String], indentation: Int) {
        let mark = String(repeating: "  ", count: indentation) + (holds ? "+ " : "- ")
        switch kind {
        case .all: lines.append(mark + "all of")
        case .any: lines.append(mark + "any of")
        case .not: lines.append(mark + "not")
        case .predicate: lines.append(mark + text + (value.map { "   [\($0)]" } ?? "   [absent]"))
        }
        for part in parts {
            part.write(to: &lines, indentation: indentation + 1)
        }
    }
}

extension RuleMatcher where Reader: ~Copyable {
    /// The most parts of an explanation; what shares parts many times over could be without end.
    private static var maximumParts: Int { 5000 }

    /// Explains a rule on the reader's event. What it costs is paid only here: every part is asked, also those that
    /// matching would not have come to.
    ///
    /// - Parameter rule: its place in ``RuleProgram/rules``.
    package mutating func explain(_ rule: Int, _ reader: inout Reader) -> Explanation {
        memory.begin(processStamp: 0)
        var budget = Self.maximumParts
        let eventType = reader.eventType
        let knowledge = program.eventTypeKnowledge
        let decisions =
            eventType >= 0 && eventType < program.catalogue.eventTypes.count ? knowledge.decisions(for: eventType) : [:]
        return explain(program.rules[rule].condition, decisions, &budget, &reader)
    }

    private mutating func explain(
        _ edge: ConditionGraph.Edge,
        _ decisions: [Int: Bool],
        _ budget: inout Int,
        _ reader: inout Reader
    ) -> Explanation {
        budget -= 1
        switch program.graph.nodes[edge.node] {
        case .always:
            return Explanation(
                kind: .predicate,
                text: edge.isNegated ? "never" : "always",
                value: "",
                holds: !edge.isNegated,
                parts: []
            )
        case .predicate(let number):
            let holds = decisions[number] ?? evaluate(number, &reader)
            let predicate = Explanation(
                kind: .predicate,
                text: PredicateText.text(program.predicateSpecs[number], program.operandSpecs),
                value: shown(program.predicateSpecs[number].operand, &reader),
                holds: holds,
                parts: []
            )
            guard edge.isNegated else { return predicate }
            return Explanation(kind: .not, text: "", value: nil, holds: !holds, parts: [predicate])
        case .all(let edges):
            var parts: [Explanation] = []
            for part in edges where budget > 0 {
                // Not all of the opposites is any of them.
                parts.append(explain(edge.isNegated ? !part : part, decisions, &budget, &reader))
            }
            let holds = edge.isNegated ? parts.contains { $0.holds } : parts.allSatisfy { $0.holds }
            return Explanation(kind: edge.isNegated ? .any : .all, text: "", value: nil, holds: holds, parts: parts)
        }
    }

    /// The beginning of an operand's value.
    private mutating func shown(_ operand: Int, _ reader: inout Reader) -> String? {
        let type = tables.operands[operand].type
        var text: [UInt8] = []
        if tables.operands[operand].isMultiple {
            guard fill(operand, &reader) else { return nil }
            for index in 0..<min(values.count, 20) {
                text += (index > 0 ? [UInt8(ascii: ",")] : []) + FieldText.bytes(of: values[index], type).prefix(300)
            }
        } else {
            let value = value(operand, &reader)
            guard !value.isAbsent else { return nil }
            text = FieldText.bytes(of: value, type)
        }
        return String(decoding: text.prefix(300), as: UTF8.self)
    }
}

/// Predicates as conditions would write them.
enum PredicateText {
    static func text(_ predicate: PredicateSpec, _ operands: [OperandSpec]) -> String {
        let name = operands[predicate.operand].name
        switch predicate {
        case .exists: return "\(name) exists"
        case .text(_, let test): return "\(name) \(text(test))"
        case .number(_, .among(let bits)):
            let numbers = bits.map {
                operands[predicate.operand].type == .signed ? "\(Int64(bitPattern: $0))" : "\($0)"
            }
            return "\(name) in (\(numbers.prefix(20).joined(separator: ", ")))"
        case .number(_, .signedOrder(let comparison, let number)): return "\(name) \(comparison.rawValue) \(number)"
        case .number(_, .unsignedOrder(let comparison, let number)): return "\(name) \(comparison.rawValue) \(number)"
        case .number(_, .doubleOrder(let comparison, let bits)):
            return "\(name) \(comparison.rawValue) \(Double(bitPattern: bits))"
        case .address(_, let ranges): return "\(name) in \(ranges.count) networks"
        case .allTexts(_, let values): return "all of \(name) in \(list(values))"
        case .allNumbers(_, let values): return "all of \(name) in \(values)"
        case .textDiffers(_, let value): return "\(name) != \(String(decoding: value, as: UTF8.self))"
        case .numberDiffers(_, let number): return "\(name) != \(number)"
        case .exactlyOne(_, let tests): return "\(name) passes exactly one of \(tests.count) tests"
        case .operands(_, let comparison, let right):
            return "\(name) \(comparison.rawValue) val(\(operands[right].name))"
        case .dynamic(_, let comparison, let values): return "\(name) \(comparison.rawValue) \(list(values))"
        }
    }

    private static func text(_ test: TextTest) -> String {
        switch test {
        case .among(let values): "in \(list(values))"
        case .hasPrefix(let values): "startswith \(oneOrAny(values))"
        case .hasSuffix(let values): "endswith \(oneOrAny(values))"
        case .contains(let values): "contains \(oneOrAny(values))"
        case .containsCaseless(let values): "icontains \(oneOrAny(values))"
        case .pathPrefix(let values): "pmatch \(list(values))"
        case .glob(let pattern, let isCaseless):
            "\(isCaseless ? "iglob" : "glob") \(String(decoding: pattern, as: UTF8.self))"
        case .regex(let pattern): "regex \(String(decoding: pattern, as: UTF8.self))"
        case .order(let comparison, let value): "\(comparison.rawValue) \(String(decoding: value, as: UTF8.self))"
        }
    }

    private static func oneOrAny(_ values: [[UInt8]]) -> String {
        values.count == 1 ? String(decoding: values[0], as: UTF8.self) : "anyof \(list(values))"
    }

    /// The first values of a list.
    private static func list(_ values: [[UInt8]]) -> String {
        let shown = values.prefix(10).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        return values.count > 10 ? "(\(shown), ... \(values.count) values)" : "(\(shown))"
    }
}
