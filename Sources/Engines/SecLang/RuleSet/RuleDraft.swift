// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A rule while the files are still being read and exceptions may change it.
final class RuleDraft {
    let location: SourceLocation
    var targets: TargetList
    let op: Operator?
    let isNegated: Bool
    let operatorName: [UInt8]
    let operatorArgument: [UInt8]
    var actions: ActionList
    var links: [RuleDraft] = []
    /// Taken away by an exception, or never complete.
    var isRemoved = false
    /// The exception that took it away, as the debug log names it.
    var removedBy: String?

    init(
        location: SourceLocation,
        targets: TargetList,
        op: Operator?,
        isNegated: Bool,
        operatorName: [UInt8],
        operatorArgument: [UInt8],
        actions: ActionList
    ) {
        self.location = location
        self.targets = targets
        self.op = op
        self.isNegated = isNegated
        self.operatorName = operatorName
        self.operatorArgument = operatorArgument
        self.actions = actions
    }

    /// Rules without a phase run in phase 2.
    var phase: Int { actions.phase ?? 2 }

    /// The transformations that run, the phase's defaults included.
    func chain(defaults: ActionList) -> [Transformation] {
        actions.clearsTransformations ? actions.transformations : defaults.transformations + actions.transformations
    }

    func isSelected(by selection: RuleSelection, scratch: RegexBox) -> Bool {
        switch selection {
        case .ids(let ranges):
            ranges.contains { $0.contains(actions.id ?? -1) }
        case .tag(let regex):
            actions.tags.contains { scratch.matches(regex, $0.source) }
        case .message(let regex):
            actions.msg.map { scratch.matches(regex, $0.source) } ?? false
        }
    }
}
