// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Policy
internal import SecLang
internal import Synchronization

/// The policy's exceptions as the engine takes them, for one rule set; each is made once.
final class ExclusionCache: Sendable {
    private let rules: RuleSet
    private let report: @Sendable (String) -> Void
    /// Nil for an exception that means no rule of the set. What an exception says never changes under its identifier.
    private let known = Mutex<[Identifier: RuleExclusion?]>([:])

    /// - Parameter report: is told once of an exception that lets nothing pass.
    init(_ rules: RuleSet, report: @escaping @Sendable (String) -> Void) {
        self.rules = rules
        self.report = report
    }

    func exclusions(_ exceptions: [PolicyException]) -> [RuleExclusion] {
        known.withLock { known in
            if known.count > PolicyDocument.maximumEntries { known.removeAll() }
            return exceptions.compactMap { exception in
                if let exclusion = known[exception.id] { return exclusion }
                let exclusion = make(exception)
                known[exception.id] = .some(exclusion)
                return exclusion
            }
        }
    }
}

extension ExclusionCache {
    private func make(_ exception: PolicyException) -> RuleExclusion? {
        do throws(RuleExclusionError) {
            return try rules.exclusion(of: exception)
        } catch {
            report("exception \(exception.id) lets nothing pass: \(error)")
            return nil
        }
    }
}

extension RuleSet {
    /// - Returns: nil where it means none of the rules.
    /// - Throws: ``RuleExclusionError`` where it names a target that rules do not have.
    func exclusion(of exception: PolicyException) throws(RuleExclusionError) -> RuleExclusion? {
        let selector: RuleExclusion.Selector
        switch exception.rules {
        case .rule(let rule):
            guard let number = rule.number else { return nil }
            selector = .identifiers(number...number)
        case .range(let range): selector = .identifiers(range)
        case .tag(let tag): selector = .tag(tag)
        }
        return try exclusion(of: selector, target: exception.target?.description)
    }
}
