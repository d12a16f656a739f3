// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What the debug log tells of the evaluation of a rule.
extension Transaction {
    mutating func traceTarget(_ reference: ValueReference, _ value: ByteRange) {
        guard debugLevel >= 9 else {
            return
        }
        let text = LogText.escaped(arena.array(value), limit: 80)
        let name = displayName(reference.variable, reference.key)
        appendDebug(
            9,
            Array("Target value: \"".utf8) + text + Array("\" (Variable: ".utf8) + LogText.escaped(name)
                + [UInt8(ascii: ")")]
        )
    }

    mutating func traceTransformations(_ rule: Rule, _ reference: ValueReference) {
        guard debugLevel >= 9 else {
            return
        }
        for end in rule.path.indices {
            let value = transform(reference, along: Array(rule.path[...end]))
            let name = rules.trie.nodes[rule.path[end]].transformation.name.lowercased()
            appendDebug(
                9,
                Array(" T (\(end)) t:\(name): \"".utf8) + LogText.escaped(arena.array(value), limit: 80)
                    + [UInt8(ascii: "\"")]
            )
        }
    }

    func executionMessage(_ rule: Rule) -> String {
        let targets =
            rule.targets.map { ($0.isCount ? "&" : "") + $0.displayName.lossyText }
            + rule.exclusions.map { "!" + $0.displayName.lossyText }
        return "(Rule: \(rule.id)) Executing operator \"\(rule.isNegated ? "!" : "")\(rule.operatorName.lossyText)\" "
            + "with param \"\(rule.operatorArgument.lossyText)\" against \(targets.joined(separator: "|"))."
    }
}
