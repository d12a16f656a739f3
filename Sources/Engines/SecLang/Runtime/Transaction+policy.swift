// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension Transaction {
    /// The body as far as it was taken, with codings removed.
    public var inspectedRequestBody: [UInt8] { requestBody }

    /// Leaves rules, or targets of them, out of what is still to be evaluated.
    ///
    /// - Parameter exclusions: made for the transaction's rule set.
    public mutating func exclude(_ exclusions: [RuleExclusion]) {
        for exclusion in exclusions {
            if let target = exclusion.target {
                removedTargets.append((rules: exclusion.rules, target: target))
            } else {
                removedRules?.formUnion(exclusion.rules)
                removedRules = removedRules ?? exclusion.rules
                hasRemovedRules = true
            }
        }
    }

    /// Says how far the rules may go, before any of them is evaluated.
    ///
    /// - Parameters:
    ///   - observesOnly: nothing is denied whatever the rules say.
    ///   - mayIntervene: for a single rule, in place of `observesOnly`; nil where all are alike.
    public mutating func restrict(observesOnly: Bool, mayIntervene: (@Sendable (_ rule: Int) -> Bool)? = nil) {
        context.observesOnly = observesOnly
        context.mayIntervene = mayIntervene
    }
}
