// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One compiled rule: a SecRule or a SecAction, or a link of a chain.
final class Rule: Sendable {
    /// The position among all chain starters; a link has its starter's.
    let index: Int
    let id: Int
    let phase: Int
    let location: SourceLocation
    /// What its matches have in common.
    let origin: RuleOrigin
    let targets: [Target]
    let exclusions: [Target]
    /// nil for a SecAction, which always matches.
    let op: Operator?
    let isNegated: Bool
    /// The operator as it was written, for logs: `Rx`, `^a+$`.
    let operatorName: [UInt8]
    let operatorArgument: [UInt8]
    /// The same as log lines show it, at most 200 bytes: patterns are long, and shown for every match.
    let explainedArgument: [UInt8]
    /// The nodes of the transformation trie from the first step to the last.
    let path: [Int]
    /// The prepared forms that the rule's values go through, see ``ValuePlan``; empty where there are none.
    let forms: [Int]
    let multiMatch: Bool
    let transformations: [Transformation]
    /// `t:lowercase,t:trim`, for logs.
    let transformationTrail: [UInt8]
    let actions: ActionList
    /// Whether a match is written to the error log, defaults considered.
    let logs: Bool
    let auditLogs: Bool
    /// The disruptive action, `block` and defaults resolved.
    let disruptive: Disruptive
    let status: Int
    /// The tags that hold no macros, for selection.
    let literalTags: [[UInt8]]
    /// The next link of a chain.
    let next: Rule?
    let isLink: Bool
    /// Whether a match leaves nothing behind but the variables that `setvar` sets and what `skipAfter` says.
    let isSilent: Bool
    /// Whether there is anything to do once, after the values.
    let hasFinalActions: Bool

    init(
        _ draft: RuleDraft,
        index: Int,
        starter: RuleDraft,
        defaults: ActionList,
        path: [Int],
        forms: [Int],
        next: Rule?
    ) {
        self.index = index
        id = starter.actions.id ?? 0
        phase = starter.phase
        location = draft.location
        targets = draft.targets.targets
        exclusions = draft.targets.exclusions
        op = draft.op
        isNegated = draft.isNegated
        operatorName = draft.operatorName
        operatorArgument = draft.operatorArgument
        explainedArgument = LogText.explained(draft.operatorArgument, limit: 200)
        self.path = path
        self.forms = forms
        multiMatch = draft.actions.multiMatch
        transformations = draft.chain(defaults: defaults)
        transformationTrail = Array(transformations.map { "t:\($0.name)" }.joined(separator: ",").utf8)
        let isStarter = draft === starter
        actions = isStarter ? draft.actions.inheriting(from: defaults) : draft.actions
        let tags = actions.tags.map(\.literal)
        origin = RuleOrigin(
            rule: id,
            location: location,
            rev: actions.rev ?? [],
            ver: actions.ver ?? [],
            maturity: actions.maturity ?? 0,
            accuracy: actions.accuracy ?? 0,
            literalTags: tags.contains(nil) ? nil : tags.compactMap { $0 }
        )
        isLink = !isStarter
        logs = starter.actions.log ?? defaults.log ?? true
        auditLogs = starter.actions.auditlog ?? (starter.actions.log == true ? true : defaults.auditlog ?? true)
        disruptive = Self.resolve(isStarter ? starter.actions.disruptive : .pass, defaults: defaults)
        let links = ([starter] + starter.links).compactMap(\.actions.status)
        status = links.last ?? defaults.status ?? 403
        literalTags = (isStarter ? actions.tags : []).compactMap(\.literal)
        self.next = next
        hasFinalActions = actions.hasFinalActions
        isSilent =
            !logs && !auditLogs && disruptive.isPass && !actions.capture && actions.initializeCollections.isEmpty
            && actions.severity == nil && !actions.hasFinalActions
    }

    /// Whether the rule is one of those that an exception means.
    func isSelected(by selection: RuleSelection, scratch: RegexBox) -> Bool {
        switch selection {
        case .ids(let ranges):
            ranges.contains { $0.contains(id) }
        case .tag(let regex):
            literalTags.contains { scratch.matches(regex, $0) }
        case .message(let regex):
            actions.msg.map { scratch.matches(regex, $0.source) } ?? false
        }
    }

    private static func resolve(_ disruptive: Disruptive?, defaults: ActionList) -> Disruptive {
        switch disruptive {
        case .block, nil: defaults.disruptive ?? .pass
        case .some(let own): own
        }
    }
}
