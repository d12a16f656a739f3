// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// All settings of modes, by control, rule and place.
struct ModeTable: Sendable {
    private struct Control: Sendable {
        var all: PlaceTable
        var rules: [RuleID: PlaceTable]
    }

    /// By ``ControlID/index``; nil for a control without settings.
    private let controls: [Control?]

    init(_ settings: some Sequence<ModeSetting>, key: HashKey) {
        var origins: [ControlID: [RuleID?: [ModeOrigin]]] = [:]
        for setting in settings {
            let origin = ModeOrigin(setting, key: key)
            origins[setting.scope.control, default: [:]][setting.scope.rule, default: []].append(origin)
        }
        controls = ControlID.allCases.map { control in
            guard let own = origins[control] else { return nil }
            var rules: [RuleID: PlaceTable] = [:]
            for case (let rule?, let origins) in own {
                rules[rule] = PlaceTable(origins)
            }
            return Control(all: PlaceTable(own[nil] ?? []), rules: rules)
        }
    }

    /// Whether any rule of a control has a mode of its own anywhere.
    func hasRuleModes(_ control: ControlID) -> Bool { controls[control.index]?.rules.isEmpty == false }

    /// The setting that holds for a control, whatever the rule.
    func origin(_ control: ControlID, _ facts: ActivityFacts, at time: Int64) -> ModeOrigin? {
        controls[control.index]?.all.origin(facts, at: time)
    }

    /// A setting of the rule itself that holds.
    func origin(of rule: RuleID, _ control: ControlID, _ facts: ActivityFacts, at time: Int64) -> ModeOrigin? {
        guard let table = controls[control.index], !table.rules.isEmpty else { return nil }
        return table.rules[rule]?.origin(facts, at: time)
    }
}
