// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All chains of transformations that the rules use, with shared beginnings.
///
/// A node stands for "the value after these steps". Rules hold nodes, transactions cache the result for each pair of
/// value and node, so a step that fifty rules begin with is done once per value.
struct TransformationTrie: Sendable {
    struct Node: Sendable {
        var parent: Int
        var transformation: Transformation
        /// What of a value makes the step change it; all bits set where that cannot be told.
        var triggers: ByteClasses
    }

    /// The nodes; a node's parent comes before it. Node 0, the untransformed value, is not stored.
    private(set) var nodes: [Node] = []
    private var children: [Step: Int] = [:]

    private struct Step: Hashable {
        var parent: Int
        var transformation: Transformation
    }

    /// The nodes on the way to the end of a chain, in order; empty for no transformations.
    mutating func path(for chain: [Transformation]) -> [Int] {
        var parent = -1
        return chain.map { transformation in
            let step = Step(parent: parent, transformation: transformation)
            let node = children[step] ?? add(step)
            parent = node
            return node
        }
    }

    private mutating func add(_ step: Step) -> Int {
        nodes.append(
            Node(
                parent: step.parent,
                transformation: step.transformation,
                triggers: step.transformation.triggers
            )
        )
        children[step] = nodes.count - 1
        return nodes.count - 1
    }
}
