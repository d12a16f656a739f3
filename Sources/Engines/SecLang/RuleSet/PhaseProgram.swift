// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// The rules of one phase, in order, with the places that `skipAfter` leads to.
struct PhaseProgram: Sendable {
    var rules: [Rule] = []
    /// Marker, or rule id as text, to the indices of the rules that follow it.
    var markers: [[UInt8]: [Int]] = [:]
    /// What the loop needs to know of each rule; as many as there are rules.
    var steps: [Step] = []
    /// The places of the patterns that are looked for in more than one form, for ``Step/Kind/scannedForms``.
    var places: [[ScanPlace]] = []

    /// The rule behind the next marker of a name; nil where there is none further on.
    func target(of marker: [UInt8], from index: Int) -> Int? {
        markers[marker]?.first { $0 > index }
    }

    /// Tells where the pattern of each rule is, by the rule's index.
    func addPlaces(to table: inout [Int: ScanPlace]) {
        for (rule, step) in zip(rules, steps) {
            switch step.kind {
            case .scanned: table[rule.index] = step.place
            case .scannedForms: table[rule.index] = places[Int(step.slot)].last
            default: break
            }
        }
    }

    /// Lays down the steps, once all rules and markers are there.
    mutating func link(_ groups: inout ScanGroups) {
        steps = rules.indices.map { index in
            let places = groups.add(rules[index])
            var step = Step(rules[index], place: places.last)
            if places.count > 1 {
                step.kind = .scannedForms
                step.slot = Int32(self.places.count)
                self.places.append(places)
            }
            if let marker = rules[index].actions.skipAfter {
                step.jump = Int32(target(of: marker, from: index) ?? rules.count)
            }
            return step
        }
    }
}

/// A rule as the loop over a phase sees it: 32 flat bytes, so that the four rules of five that do not match cost no
/// look at the rule itself.
struct Step: Sendable {
    enum Kind: UInt8 {
        /// The rule has to be evaluated.
        case rule
        /// A gate: one numeric `TX` variable against a constant.
        case number
        /// A gate: whether one `TX` variable is set, against a constant.
        case isSet
        /// The scanner says whether the rule can match at all.
        case scanned
        /// The same, for a rule with `multiMatch`.
        case scannedForms
    }

    var kind = Kind.rule
    var comparison = IntegerComparison.equal
    var isNegated = false
    /// A match does nothing but go on with the next rule, or jump.
    var isQuiet = false
    /// The slot of the `TX` variable, or the index of the places.
    var slot: Int32 = 0
    var place = ScanPlace(group: 0, pattern: 0)
    /// The index that `skipAfter` leads to; -1 where there is none.
    var jump: Int32 = -1
    var constant: Int64 = 0

    init(_ rule: Rule, place: ScanPlace?) {
        isNegated = rule.isNegated
        isQuiet = rule.next == nil && rule.isQuiet
        if let place {
            kind = .scanned
            self.place = place
            return
        }
        guard rule.targets.count == 1, rule.exclusions.isEmpty, rule.path.isEmpty, !rule.multiMatch,
            rule.targets[0].slot >= 0, case .number(let comparison, let argument)? = rule.op,
            let constant = argument.literal
        else {
            return
        }
        kind = rule.targets[0].isCount ? .isSet : .number
        slot = Int32(rule.targets[0].slot)
        self.comparison = comparison
        self.constant = IntegerComparison.number(constant)
    }
}
