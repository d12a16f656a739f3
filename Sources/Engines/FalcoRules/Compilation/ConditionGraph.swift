// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All conditions of a rule set as one graph without repetitions.
///
/// There is one kind of inner node, "all of these", and an edge may say "not" (as in and-inverter graphs): `a or b` is
/// not (not a and not b). So each formula has few shapes, and what rules have in common is found by a dictionary.
/// It makes macros that use macros over and over cost what they are long, not what they stand for.
struct ConditionGraph {
    /// An edge: a node, or the opposite of it.
    struct Edge: Hashable, Comparable {
        let bits: Int32

        init(node: Int, isNegated: Bool = false) {
            bits = Int32(truncatingIfNeeded: node) << 1 | (isNegated ? 1 : 0)
        }

        private init(bits: Int32) { self.bits = bits }

        var node: Int { Int(bits >> 1) }
        var isNegated: Bool { bits & 1 != 0 }

        static prefix func ! (edge: Edge) -> Edge { Edge(bits: edge.bits ^ 1) }
        static func < (left: Edge, right: Edge) -> Bool { left.bits < right.bits }

        static let always = Edge(node: 0)
        static let never = Edge(node: 0, isNegated: true)
    }

    enum Node: Hashable {
        case always
        case predicate(Int)
        case all([Edge])
    }

    /// How deep a graph may be, which bounds every recursion over it.
    static let maximumDepth = 1000

    private(set) var nodes: [Node] = [.always]
    private(set) var depths: [Int] = [0]
    private var places: [Node: Int] = [.always: 0]

    mutating func predicate(_ number: Int) -> Edge {
        Edge(node: place(.predicate(number), depth: 1))
    }

    mutating func all(_ edges: [Edge]) -> Edge {
        let sorted = Set(edges).sorted()
        var parts: [Edge] = []
        parts.reserveCapacity(sorted.count)
        for edge in sorted where edge != .always {
            // A formula and its opposite are neighbours in the order.
            if edge == .never || parts.last == !edge {
                return .never
            }
            parts.append(edge)
        }
        if parts.count < 2 {
            return parts.first ?? .always
        }
        let depth = parts.reduce(0) { max($0, depths[$1.node]) } + 1
        return Edge(node: place(.all(parts), depth: depth))
    }

    mutating func any(_ edges: [Edge]) -> Edge {
        !all(edges.map { !$0 })
    }

    func depth(_ edge: Edge) -> Int { depths[edge.node] }

    private mutating func place(_ node: Node, depth: Int) -> Int {
        if let place = places[node] {
            return place
        }
        places[node] = nodes.count
        nodes.append(node)
        depths.append(depth)
        return nodes.count - 1
    }

    /// The formula with some predicates decided.
    ///
    /// - Parameter known: what has been found out for other formulas with the same decisions.
    mutating func fold(_ edge: Edge, _ decisions: [Int: Bool], known: inout [Int: Edge]) -> Edge {
        let folded: Edge
        if let earlier = known[edge.node] {
            folded = earlier
        } else {
            switch nodes[edge.node] {
            case .always: folded = .always
            case .predicate(let number):
                folded = decisions[number].map { $0 ? .always : .never } ?? Edge(node: edge.node)
            case .all(let parts):
                var results: [Edge] = []
                for part in parts {
                    let result = fold(part, decisions, known: &known)
                    results.append(result)
                    if result == .never { break }
                }
                folded = all(results)
            }
            known[edge.node] = folded
        }
        return edge.isNegated ? !folded : folded
    }

    /// All predicates that a formula asks.
    func predicates(of edge: Edge) -> Set<Int> {
        var found: Set<Int> = []
        var seen: Set<Int> = []
        var waiting = [edge.node]
        while let node = waiting.popLast() {
            guard seen.insert(node).inserted else { continue }
            switch nodes[node] {
            case .always: continue
            case .predicate(let number): found.insert(number)
            case .all(let parts): waiting += parts.map(\.node)
            }
        }
        return found
    }

    /// The parts of which all must hold, looking through nodes that only join others.
    func conjuncts(_ edge: Edge) -> [Edge] {
        guard !edge.isNegated, case .all(let parts) = nodes[edge.node] else {
            return edge == .always ? [] : [edge]
        }
        var result: [Edge] = []
        var seen: Set<Edge> = []
        for part in parts {
            for edge in conjuncts(part) where seen.insert(edge).inserted {
                result.append(edge)
            }
        }
        return result
    }
}
