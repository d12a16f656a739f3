// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
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
    /// What is counted, for ``Step/Kind/count``.
    var counted: [CountedTarget] = []
    /// What the matches of simple rules change.
    var effects = SimpleEffects()

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
            step.effects = effects.add(rules[index])
            if step.kind == .count, let counted = CountedTarget(rules[index].targets[0]) {
                step.slot = Int32(self.counted.count)
                self.counted.append(counted)
            }
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

/// A rule as the loop over a phase sees it: 40 flat bytes, so that the four rules of five that do not match cost no
/// look at the rule itself.
struct Step: Sendable, BitwiseCopyable {
    enum Kind: UInt8 {
        /// The rule has to be evaluated.
        case rule
        /// A gate: one numeric `TX` variable against a constant.
        case number
        /// A gate: whether one `TX` variable is set, against a constant.
        case isSet
        /// The same against another numeric `TX` variable.
        case variable
        /// How many values a list has, or a key in it, against a constant; the rule itself is evaluated after that.
        case count
        /// The values of a form have to hold a NUL.
        case nul
        /// The scanner says whether the rule can match at all.
        case scanned
        /// The same, for a rule with `multiMatch`.
        case scannedForms
        /// A SecAction.
        case action
    }

    var kind = Kind.rule
    var comparison = IntegerComparison.equal
    var isNegated = false
    /// What a match changes, where that can be done without a look at the rule: an index of ``SimpleEffects/runs``; -1
    /// where it cannot.
    var effects: Int32 = -1
    /// The slot of the `TX` variable, the index of the places, that of the counted target, or the form.
    var slot: Int32 = 0
    /// The slot of the `TX` variable to compare with.
    var otherSlot: Int32 = -1
    var place = ScanPlace(group: 0, pattern: 0)
    /// The index that `skipAfter` leads to; -1 where there is none.
    var jump: Int32 = -1
    var constant: Int64 = 0

    /// Whether a match can be carried out without a look at the rule.
    var isSimple: Bool {
        guard effects >= 0 else {
            return false
        }
        switch kind {
        case .number, .isSet, .action: return true
        case .rule, .variable, .count, .nul, .scanned, .scannedForms: return false
        }
    }

    /// Whether the loop itself tells that the rule matches.
    var isGate: Bool { kind == .number || kind == .isSet }

    init(_ rule: Rule, place: ScanPlace?) {
        isNegated = rule.isNegated
        if let place {
            kind = .scanned
            self.place = place
            return
        }
        guard rule.op != nil else {
            kind = .action
            return
        }
        if case .byteRange(let set)? = rule.op, set.isAllButNUL, !rule.isNegated, !rule.multiMatch,
            let form = rule.forms.last
        {
            kind = .nul
            slot = Int32(form)
            return
        }
        guard rule.targets.count == 1, rule.exclusions.isEmpty, rule.path.isEmpty, !rule.multiMatch,
            case .number(let comparison, let argument)? = rule.op
        else {
            return
        }
        self.comparison = comparison
        let target = rule.targets[0]
        if let constant = argument.literal {
            self.constant = IntegerComparison.number(constant)
            if target.slot >= 0 {
                kind = target.isCount ? .isSet : .number
            } else if target.isCount, CountedTarget(target) != nil {
                kind = .count
            }
        } else if let other = argument.onlySlot, target.slot >= 0, !target.isCount {
            kind = .variable
            otherSlot = Int32(other)
        }
        slot = Int32(target.slot)
    }
}

/// `&ARGS`, `&REQUEST_HEADERS:Host`: what the loop counts by itself.
struct CountedTarget: Sendable {
    var lists: (first: ValueList, second: ValueList?)
    /// The lower-cased key; nil for all values.
    var key: [UInt8]?

    init?(_ target: Target) {
        guard let lists = ValueList.lists(of: target.variable) else {
            return nil
        }
        switch target.selector {
        case .all: key = nil
        case .key(let key): self.key = key
        case .regex, .xpath: return nil
        }
        self.lists = lists
    }
}

/// The tables of a phase that the loop over its rules reads.
struct PhaseTables: Sendable, BitwiseCopyable {
    let steps: FlatTable<Step>
    // Unretained: the rule set that the tables belong to holds the rules.
    private let rules: FlatTable<Unmanaged<Rule>>
    let runs: FlatTable<SimpleEffects.Run>
    let assignments: FlatTable<SimpleEffects.Assignment>
    let texts: FlatTable<UInt8>

    init(_ program: PhaseProgram) {
        steps = FlatTable(program.steps)
        rules = FlatTable(program.rules.map(Unmanaged.passUnretained))
        runs = FlatTable(program.effects.runs)
        assignments = FlatTable(program.effects.assignments)
        texts = FlatTable(program.effects.texts)
    }

    func rule(_ index: Int) -> Rule {
        rules[index].takeUnretainedValue()
    }

    func deallocate() {
        steps.deallocate()
        rules.deallocate()
        runs.deallocate()
        assignments.deallocate()
        texts.deallocate()
    }
}
