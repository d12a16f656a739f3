// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A compiled rule as people see it.
public struct RuleSummary: Sendable {
    /// The rule itself, or a link of its chain.
    public struct Link: Sendable {
        /// `ARGS`, `!ARGS:token`, `&TX:x`
        public var variables: [String]
        /// `Rx`; nil for a SecAction.
        public var operatorName: String?
        public var operatorArgument: String
        public var isNegated: Bool
        /// In order, defaults considered.
        public var transformations: [String]
        /// `setvar` as written.
        public var setVariables: [String]
        /// `ctl` as written.
        public var controls: [String]
    }

    public var id: Int
    public var location: SourceLocation
    /// 1 to 5
    public var phase: Int
    /// The disruptive action as written; nil where the phase's default holds.
    public var action: String?
    public var message: String?
    public var logData: String?
    /// 0 (emergency) to 7 (debug)
    public var severity: Int?
    public var version: String?
    public var tags: [String]
    public var isLogged: Bool
    /// The rule and the links of its chain; at least one.
    public var links: [Link]
}

extension RuleSet {
    /// The ids of all rules, in the order of the files.
    public var ruleIDs: [Int] { rules.map(\.id) }

    /// A rule in words' raw material; nil where there is none of that id.
    public func summary(of id: Int) -> RuleSummary? {
        guard let index = identifiers[id] else {
            return nil
        }
        let starter = rules[index]
        var links: [RuleSummary.Link] = []
        var next: Rule? = starter
        while let rule = next {
            links.append(rule.link)
            next = rule.next
        }
        return RuleSummary(
            id: id,
            location: starter.location,
            phase: starter.phase,
            action: starter.actions.disruptiveText,
            message: starter.actions.msg?.source.lossyText,
            logData: starter.actions.logdata?.source.lossyText,
            severity: starter.actions.severity,
            version: starter.actions.ver?.lossyText,
            tags: starter.actions.tags.map(\.source.lossyText),
            isLogged: starter.logs,
            links: links
        )
    }
}

extension Rule {
    fileprivate var link: RuleSummary.Link {
        RuleSummary.Link(
            variables: targets.map { ($0.isCount ? "&" : "") + $0.displayName.lossyText }
                + exclusions.map { "!" + $0.displayName.lossyText },
            operatorName: op == nil ? nil : operatorName.lossyText,
            operatorArgument: operatorArgument.lossyText,
            isNegated: isNegated,
            transformations: transformations.map(\.name),
            setVariables: actions.setVariableTexts,
            controls: actions.controlTexts
        )
    }
}
