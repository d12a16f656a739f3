// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// What is known of predicates once the type of an event is known: all of `evt.type`, `syscall.type` and `evt.dir`, and
/// that a parameter is absent which events of the type do not have.
struct EventTypeKnowledge {
    private let eventTypes: EventTypeTable
    /// The predicates whose answer may follow from the type, with what they look at.
    private var dependent: [(predicate: Int, subject: Subject)] = []
    private let predicates: [PredicateSpec]

    private enum Subject {
        case typeName
        case systemCall
        case direction
        case parameter(String)
    }

    init(_ compiler: ConditionCompiler) {
        eventTypes = compiler.catalogue.eventTypes
        predicates = compiler.predicates
        let subjects = compiler.operands.map { Self.subject($0, compiler.catalogue) }
        for (number, predicate) in predicates.enumerated() {
            if let subject = subjects[predicate.operand] {
                dependent.append((number, subject))
            }
        }
    }

    private static func subject(_ operand: OperandSpec, _ catalogue: FieldCatalogue) -> Subject? {
        guard case .field(let number, let argument) = operand.source else { return nil }
        switch (catalogue.definitions[Int(number)].name, argument) {
        case ("evt.type", _): return .typeName
        case ("syscall.type", _): return .systemCall
        case ("evt.dir", _): return .direction
        case ("evt.arg", .key(let key)), ("evt.rawarg", .key(let key)):
            return .parameter(String(decoding: key, as: UTF8.self))
        default: return nil
        }
    }

    /// The answers that follow from a type.
    func decisions(for type: Int) -> [Int: Bool] {
        let entry = eventTypes.entries[type]
        var decisions: [Int: Bool] = [:]
        for (predicate, subject) in dependent {
            decisions[predicate] = answer(predicates[predicate], subject, entry)
        }
        return decisions
    }

    /// The answer of one predicate; nil where the type does not tell.
    private func answer(_ predicate: PredicateSpec, _ subject: Subject, _ entry: EventTypeTable.Entry) -> Bool? {
        switch subject {
        case .typeName:
            return entry.name.flatMap { answer(predicate, $0) }
        case .systemCall:
            guard entry.isSystemCall else { return false }
            return entry.name.flatMap { answer(predicate, $0) }
        case .direction:
            return answer(predicate, entry.isEnter ? ">" : "<")
        case .parameter(let name):
            guard let parameters = entry.parameters, !parameters.contains(name) else { return nil }
            return false
        }
    }

    private func answer(_ predicate: PredicateSpec, _ text: String) -> Bool? {
        switch predicate {
        case .exists: return true
        case .text(_, let test): return test.passes(Array(text.utf8))
        case .exactlyOne(_, let tests):
            return tests.count { $0.passes(Array(text.utf8)) } == 1
        default: return nil
        }
    }

    /// How many types of events a condition may be true for.
    func countTypes(_ edge: ConditionGraph.Edge, _ graph: inout ConditionGraph) -> Int {
        let asked = graph.predicates(of: edge)
        let subjects = dependent.filter { asked.contains($0.predicate) }
        guard !subjects.isEmpty else { return edge == .never ? 0 : eventTypes.count }
        var count = 0
        // Few predicates depend on the type, so few combinations of answers exist.
        var known: [[Bool?]: Bool] = [:]
        for entry in eventTypes.entries {
            let answers = subjects.map { answer(predicates[$0.predicate], $0.subject, entry) }
            let isPossible: Bool
            if let earlier = known[answers] {
                isPossible = earlier
            } else {
                var decisions: [Int: Bool] = [:]
                for (place, subject) in subjects.enumerated() {
                    decisions[subject.predicate] = answers[place]
                }
                var folded: [Int: ConditionGraph.Edge] = [:]
                isPossible = graph.fold(edge, decisions, known: &folded) != .never
                known[answers] = isPossible
            }
            count += isPossible ? 1 : 0
        }
        return count
    }
}

extension TextTest {
    /// The slow way, for constants and explanations.
    func passes(_ text: [UInt8]) -> Bool {
        switch self {
        case .among(let values): return values.contains(text)
        case .hasPrefix(let prefixes): return prefixes.contains { text.starts(with: $0) }
        case .hasSuffix(let suffixes): return suffixes.contains { text.reversed().starts(with: $0.reversed()) }
        case .contains(let parts): return parts.contains { Self.contains(text, $0) }
        case .containsCaseless(let parts):
            let lower = text.map(TextMatch.lowercased)
            return parts.contains { Self.contains(lower, $0) }
        case .pathPrefix(let prefixes):
            return text.withUnsafeBytes { text in
                prefixes.contains { $0.withUnsafeBufferPointer { TextMatch.pathPrefix($0, text) } }
            }
        case .glob(let pattern, let isCaseless):
            return text.withUnsafeBytes { text in
                pattern.withUnsafeBufferPointer { TextMatch.glob($0, text, isCaseless: isCaseless) }
            }
        case .regex(let pattern):
            guard let regex = try? RegexTest.compile(pattern) else { return false }
            return text.withUnsafeBufferPointer { regex.matches($0, scratch: RegexScratch()) }
        case .order(let comparison, let value):
            return Self.holds(comparison, text.lexicographicallyPrecedes(value), text == value)
        }
    }

    static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }

    static func holds(_ comparison: Comparison, _ isLess: Bool, _ isEqual: Bool) -> Bool {
        switch comparison {
        case .less: isLess
        case .lessOrEqual: isLess || isEqual
        case .greater: !isLess && !isEqual
        case .greaterOrEqual: !isLess
        case .equal: isEqual
        default: false
        }
    }
}
