// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Rules that a transaction is to be judged without, or parts of it that they are not to look at: what
/// `ctl:ruleRemoveById`, `ctl:ruleRemoveTargetByTag` and their like do, decided from outside of the rules.
public struct RuleExclusion: Sendable {
    let rules: RuleBitSet
    /// What the rules do not look at; nil where they are left out altogether.
    let target: Target?

    /// Which rules are meant.
    public enum Selector: Sendable, Hashable {
        case identifiers(ClosedRange<Int>)
        /// Rules that have this tag, upper and lower case being different.
        case tag(String)
    }
}

extension RuleSet {
    /// Makes an exclusion for transactions of this rule set.
    ///
    /// - Parameter target: `ARGS` or `ARGS:comment`; nil for the rules as a whole.
    /// - Returns: nil where no rule is meant.
    /// - Throws: ``RuleExclusionError`` where the target is none.
    public func exclusion(
        of selector: RuleExclusion.Selector,
        target: String? = nil
    ) throws(RuleExclusionError) -> RuleExclusion? {
        var bits = RuleBitSet(count: rules.count)
        var isEmpty = true
        for rule in rules where rule.isMeant(by: selector) {
            bits.insert(rule.index)
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        guard let target else { return RuleExclusion(rules: bits, target: nil) }
        return RuleExclusion(rules: bits, target: try parse(target))
    }

    private func parse(_ text: String) throws(RuleExclusionError) -> Target {
        let list: TargetList
        do throws(SyntaxError) {
            list = try TargetParser.parse(Array(text.utf8), slots: SlotTable())
        } catch {
            throw RuleExclusionError(message: error.message)
        }
        guard let target = list.targets.first, list.targets.count == 1, list.exclusions.isEmpty else {
            throw RuleExclusionError(message: "expected one variable such as ARGS:comment, found \(text)")
        }
        return target
    }
}

/// Why something is no target of rules.
public struct RuleExclusionError: Error, CustomStringConvertible {
    public let message: String
    public var description: String { message }
}

extension Rule {
    fileprivate func isMeant(by selector: RuleExclusion.Selector) -> Bool {
        switch selector {
        case .identifiers(let range): range.contains(id)
        case .tag(let tag): literalTags.contains { $0.elementsEqual(tag.utf8) }
        }
    }
}
