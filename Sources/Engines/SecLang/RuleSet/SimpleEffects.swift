// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the matches of simple rules change: those that log nothing, decide nothing and at most set `TX` variables to what
/// is known when the rules are loaded. A rule set's gates and defaults are such, some eighty in every transaction.
struct SimpleEffects: Sendable {
    /// One `setvar`.
    struct Assignment: BitwiseCopyable {
        enum Kind: UInt8 {
            case setNumber, setText, add, unset
        }

        var kind: Kind
        var slot: Int32
        var number = 0
        /// The text in ``SimpleEffects/texts``.
        var text: Int32 = 0
        var textLength: Int32 = 0
    }

    /// The assignments of one rule, and the rule.
    struct Run: BitwiseCopyable {
        var rule: Int32
        var first: Int32
        var count: Int32
    }

    private(set) var runs: [Run] = []
    private(set) var assignments: [Assignment] = []
    private(set) var texts: [UInt8] = []

    /// - Returns: the index of the rule's run; -1 for a rule that is not simple.
    mutating func add(_ rule: Rule) -> Int32 {
        guard rule.next == nil, rule.isSilent else {
            return -1
        }
        let known = assignments.count
        for action in rule.actions.setVariables {
            guard let assignment = assignment(action) else {
                assignments.removeSubrange(known...)
                return -1
            }
            assignments.append(assignment)
        }
        runs.append(Run(rule: Int32(rule.index), first: Int32(known), count: Int32(assignments.count - known)))
        return Int32(runs.count - 1)
    }

    private mutating func assignment(_ action: SetVariable) -> Assignment? {
        guard action.collection == .tx, action.slot >= 0 else {
            return nil
        }
        var assignment = Assignment(kind: .unset, slot: Int32(action.slot))
        switch action.operation {
        case .unset:
            break
        case .set:
            if let number = action.plainNumber {
                assignment.kind = .setNumber
                assignment.number = number
            } else if let literal = action.value.literal {
                assignment.kind = .setText
                assignment.text = Int32(texts.count)
                assignment.textLength = Int32(literal.count)
                texts += literal
            } else {
                return nil
            }
        case .add, .subtract:
            guard let number = action.number, number != .min else {
                return nil
            }
            assignment.kind = .add
            assignment.number = action.operation == .add ? number : -number
        }
        return assignment
    }
}
