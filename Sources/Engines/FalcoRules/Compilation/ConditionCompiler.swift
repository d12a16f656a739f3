// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Turns conditions of one source into a graph of predicates: looks up fields, checks types, and reduces the many
/// operators to few questions.
///
/// `a != b` becomes "a exists, and not a = b", `=` and `in` become one set test, `anyof` and `allof` become `or` and `and`:
/// what is written differently and means the same is asked once.
struct ConditionCompiler {
    let catalogue: FieldCatalogue
    var graph = ConditionGraph()
    private(set) var operands: [OperandSpec] = []
    private var operandPlaces: [OperandSpec: Int] = [:]
    private(set) var predicates: [PredicateSpec] = []
    private var predicatePlaces: [PredicateSpec: Int] = [:]
    /// Macros by name; names are known to be defined and free of circles.
    var macros: [String: ConditionNode] = [:]
    private var compiledMacros: [String: ConditionGraph.Edge] = [:]
    /// What was noticed in the condition compiled last.
    var warnings: [ConditionWarning] = []

    struct ConditionWarning {
        var message: String
        var position: TextPosition
    }

    init(catalogue: FieldCatalogue) {
        self.catalogue = catalogue
    }

    /// - Throws: an error whose position is one in the condition; for what a macro holds it is one in the macro.
    mutating func compile(_ node: ConditionNode) throws(ConditionError) -> ConditionGraph.Edge {
        let edge: ConditionGraph.Edge
        switch node {
        case .and(let children): edge = all(try compile(children))
        case .or(let children): edge = any(try compile(children))
        case .not(let child): edge = !(try compile(child))
        case .macro(let name, let position):
            if let compiled = compiledMacros[name] {
                edge = compiled
            } else {
                guard let macro = macros[name] else {
                    throw ConditionError(message: "Undefined macro '\(name)' used in filter.", position: position)
                }
                edge = try compile(macro)
                compiledMacros[name] = edge
            }
        case .check(let check): edge = try compile(check)
        }
        guard graph.depth(edge) <= ConditionGraph.maximumDepth else {
            throw ConditionError(
                message: "macros and parentheses nest deeper than \(ConditionGraph.maximumDepth)",
                position: TextPosition()
            )
        }
        return edge
    }

    private mutating func compile(_ nodes: [ConditionNode]) throws(ConditionError) -> [ConditionGraph.Edge] {
        var edges: [ConditionGraph.Edge] = []
        edges.reserveCapacity(nodes.count)
        for node in nodes {
            edges.append(try compile(node))
        }
        return edges
    }

    // MARK: Joining

    /// All of these.
    ///
    /// Tests of one kind on one operand of which none may pass are joined to one test: `not a = x and not a = y` and
    /// `a = x or a = y` both ask whether `a` is one of two.
    mutating func all(_ edges: [ConditionGraph.Edge]) -> ConditionGraph.Edge {
        var joined: [JoinKey: (literals: Set<[UInt8]>, edges: Set<ConditionGraph.Edge>)] = [:]
        for edge in edges where edge.isNegated {
            guard case .predicate(let number) = graph.nodes[edge.node],
                case .text(let operand, let test) = predicates[number], let literals = test.literals
            else { continue }
            joined[JoinKey(operand: operand, test: test.joined([])), default: ([], [])].literals.formUnion(literals)
            joined[JoinKey(operand: operand, test: test.joined([])), default: ([], [])].edges.insert(edge)
        }
        var edges = edges
        for (key, group) in joined where group.edges.count > 1 {
            let literals = group.literals.sorted(by: Self.precedes)
            edges.removeAll { group.edges.contains($0) }
            edges.append(!ask(.text(key.operand, key.test.joined(literals))))
        }
        return graph.all(edges)
    }

    private struct JoinKey: Hashable {
        var operand: Int
        /// The kind of test, with nothing to look for.
        var test: TextTest
    }

    /// Any of these.
    mutating func any(_ edges: [ConditionGraph.Edge]) -> ConditionGraph.Edge {
        !all(edges.map { !$0 })
    }

    // MARK: Interning

    mutating func place(_ operand: OperandSpec) -> Int {
        if let place = operandPlaces[operand] {
            return place
        }
        operandPlaces[operand] = operands.count
        operands.append(operand)
        return operands.count - 1
    }

    mutating func ask(_ predicate: PredicateSpec) -> ConditionGraph.Edge {
        if let place = predicatePlaces[predicate] {
            return graph.predicate(place)
        }
        predicatePlaces[predicate] = predicates.count
        predicates.append(predicate)
        return graph.predicate(predicates.count - 1)
    }
}
