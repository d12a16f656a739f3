// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Rules that behave by themselves as they do among all rules: with each of them, all that it depends on.
///
/// A rule depends on the rules that set the `TX` variables it looks at, on those before it that may lead past it, and on
/// those that may take it or its targets away. What ends the whole evaluation (`allow`, `ctl:ruleEngine=Off`) is not among
/// them: behind it no rule matches any more.
struct RuleClosure {
    private let set: RuleSet
    /// The indices of the rules.
    private(set) var members: Set<Int> = []
    private var waiting: [Int] = []
    /// For each rule its phase and where in it.
    private let places: [Int: Place]
    private typealias Place = (phase: Int, index: Int)

    /// The rules that set each slot, and those that set variables whose names other variables make, by how these begin.
    private var writers: [Int: Set<Int>] = [:]
    private var makers: [(prefix: [UInt8], rule: Int)] = []

    init(_ set: RuleSet) {
        self.set = set
        var places: [Int: Place] = [:]
        for (phase, program) in set.phases.enumerated() {
            for (index, rule) in program.rules.enumerated() { places[rule.index] = (phase, index) }
        }
        self.places = places
        for rule in set.rules {
            for link in rule.chain {
                for variable in link.actions.setVariables where variable.collection == .tx {
                    note(variable, rule.index)
                }
            }
        }
    }

    private mutating func note(_ variable: SetVariable, _ rule: Int) {
        if variable.slot >= 0 {
            writers[variable.slot, default: []].insert(rule)
        } else {
            var prefix: [UInt8] = []
            if case .literal(let bytes)? = variable.key.segments.first { prefix = bytes.asciiLowercased() }
            makers.append((prefix, rule))
        }
    }

    /// Takes rules in with all that they depend on.
    ///
    /// - Returns: false where they depend on what cannot be told, such as counters of clients.
    mutating func add(_ rules: [Int]) -> Bool {
        for rule in rules { insert(rule) }
        while let rule = waiting.popLast() {
            guard takeIn(set.rules[rule]) else { return false }
        }
        return true
    }

    private mutating func insert(_ rule: Int) {
        if members.insert(rule).inserted { waiting.append(rule) }
    }

    private mutating func takeIn(_ rule: Rule) -> Bool {
        guard let place = places[rule.index], takeInWhatLeadsPast(place) else { return false }
        takeInWhatRemoves(rule, at: place)
        var previous: [Rule] = []
        for link in rule.chain {
            guard link.actions.skip == 0, link.actions.programs.isEmpty, isKnown(link.op),
                (link.targets + link.op.targets).allSatisfy({ takeInSetters(of: $0, behind: previous) })
            else { return false }
            previous.append(link)
            for variable in link.actions.setVariables {
                let targets = variable.key.targets + variable.value.targets
                guard targets.allSatisfy({ takeInSetters(of: $0, behind: previous) }) else {
                    return false
                }
            }
        }
        return true
    }

    private func isKnown(_ op: Operator?) -> Bool {
        switch op {
        case .geoLookup, .blockList, .program: false
        default: true
        }
    }

    /// - Parameter previous: the links before it, itself included where its match is already there.
    private mutating func takeInSetters(of target: Target, behind previous: [Rule]) -> Bool {
        switch target.variable {
        case .matchedVar, .matchedVarName, .matchedVars, .matchedVarsNames: return !previous.isEmpty
        case .rule: return true
        case .tx: break
        default: return target.variable.isConstantWithinPhase
        }
        guard target.slot >= 0, target.slot < set.slotNames.count else { return false }
        if target.slot < SlotTable.captureCount { return previous.contains { $0.actions.capture } }
        let name = set.slotNames[target.slot]
        // What the engine itself sets.
        guard !name.starts(with: Array("msc_".utf8)) else { return false }
        for rule in writers[target.slot] ?? [] { insert(rule) }
        for maker in makers where name.starts(with: maker.prefix) { insert(maker.rule) }
        return true
    }

    private mutating func takeInWhatLeadsPast(_ place: Place) -> Bool {
        let program = set.phases[place.phase]
        for earlier in 0..<place.index {
            if case .allow(let scope) = program.rules[earlier].disruptive, scope != .transaction { return false }
            if program.next(after: earlier) > place.index { insert(program.rules[earlier].index) }
        }
        return true
    }

    private mutating func takeInWhatRemoves(_ rule: Rule, at place: Place) {
        for other in set.rules {
            guard let earlier = places[other.index], (earlier.phase, earlier.index) < (place.phase, place.index),
                other.chain.contains(where: { removes($0, rule) })
            else { continue }
            insert(other.index)
        }
    }

    private func removes(_ link: Rule, _ rule: Rule) -> Bool {
        link.actions.controls.enumerated().contains { number, control in
            switch control {
            case .removeRules, .removeTarget:
                set.selections[.init(rule: ObjectIdentifier(link), control: number)]?.contains(rule.index) == true
            default: false
            }
        }
    }
}

extension Rule {
    /// The rule and the links of its chain.
    var chain: [Rule] {
        var links: [Rule] = []
        var link: Rule? = self
        while let rule = link {
            links.append(rule)
            link = rule.next
        }
        return links
    }
}

extension Macro {
    /// The variables in it.
    fileprivate var targets: [Target] {
        segments.compactMap { segment in
            if case .variable(let target) = segment { return target }
            return nil
        }
    }
}

extension Operator? {
    /// The variables in its argument.
    fileprivate var targets: [Target] {
        switch self {
        case .regexMacro(let regex): regex.macro.targets
        case .phrasesMacro(let macro), .text(_, let macro), .number(_, let macro), .addressesMacro(let macro),
            .byteRangeMacro(let macro), .blockList(let macro):
            macro.targets
        default: []
        }
    }
}
