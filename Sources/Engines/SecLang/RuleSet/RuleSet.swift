// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching
internal import Synchronization

/// Compiled rules: immutable, shared by all transactions and threads.
public final class RuleSet: Sendable {
    public let settings: EngineSettings
    /// Warnings of the compilation.
    public let warnings: [Diagnostic]
    /// Chain starters in the order of the files.
    let rules: [Rule]
    /// Indexed by phase, 1 to 5.
    let phases: [PhaseProgram]
    let trie: TransformationTrie
    let plan: ValuePlan
    let groups: ScanGroups
    // The same as far as every transaction reads it, in tables that count no references.
    let scanGroups: FlatTable<ScanGroups.Layout>
    let planForms: FlatTable<ValuePlan.Form>
    let gatherSets: FlatTable<GatherPlan.Set>
    let gatherItems: FlatTable<GatherPlan.Item>
    let gatherKeys: FlatTable<UInt8>
    /// For each phase what the loop over its rules reads.
    let programs: [PhaseTables]
    private let places: [Int: ScanPlace]
    let installedScanner = AtomicLazyReference<RuleScanner>()
    let slotNames: [[UInt8]]
    private let slotIndex: NameIndex
    /// For each `ctl` that names rules, which those are; found by the rule's index and the control's number.
    let selections: [SelectionKey: RuleBitSet]
    /// Whether any rule looks at the response's body.
    public let looksAtResponseBody: Bool
    /// Whether any rule looks into uploaded files.
    let looksAtFileContents: Bool
    let identifiers: [Int: Int]
    /// The TX variables that a `TX:/regex/` selects among those that the rules know, by the regex.
    private let selectedSlots: [ObjectIdentifier: [Int]]
    let scratchPool: RegexScratchPool
    /// Rules that an exception took away, by phase, for the debug log.
    let removed: [RemovedRule]

    struct SelectionKey: Hashable {
        var rule: ObjectIdentifier
        var control: Int
    }

    init(
        settings: EngineSettings,
        rules: [Rule],
        phases: [PhaseProgram],
        trie: TransformationTrie,
        plan: ValuePlan,
        slotNames: [[UInt8]],
        diagnostics: [Diagnostic],
        removed: [RemovedRule],
        regexOptions: Regex.Options,
        scratch: RegexBox
    ) {
        scratchPool = RegexScratchPool(matchLimit: settings.pcreMatchLimit)
        self.removed = removed
        self.settings = settings
        self.rules = rules
        var groups = ScanGroups(options: regexOptions)
        self.phases = phases.map { program in
            var program = program
            program.link(&groups)
            return program
        }
        groups.layOut()
        self.groups = groups
        scanGroups = FlatTable(groups.layout)
        planForms = FlatTable(plan.forms)
        let gathering = GatherPlan(plan)
        gatherSets = FlatTable(gathering.sets)
        gatherItems = FlatTable(gathering.items)
        gatherKeys = FlatTable(gathering.keys)
        programs = self.phases.map(PhaseTables.init)
        places = self.phases.reduce(into: [:]) { $1.addPlaces(to: &$0) }
        self.plan = plan
        self.trie = trie
        self.slotNames = slotNames
        slotIndex = Self.index(slotNames)
        warnings = diagnostics
        identifiers = Dictionary(rules.map { ($0.id, $0.index) }, uniquingKeysWith: { first, _ in first })
        looksAtResponseBody = !phases[4].rules.isEmpty
        looksAtFileContents = rules.contains { Self.looksAtFileContents($0) }
        selections = Self.resolveSelections(rules, scratch: scratch)
        selectedSlots = Self.selectSlots(rules, names: slotNames, scratch: scratch)
    }

    deinit {
        scanGroups.deallocate()
        planForms.deallocate()
        gatherSets.deallocate()
        gatherItems.deallocate()
        gatherKeys.deallocate()
        for program in programs {
            program.deallocate()
        }
    }

    /// The slot of a TX variable that the rules know.
    func slot(of name: UnsafeBufferPointer<UInt8>, hash: Int) -> Int? {
        var candidate = slotIndex.candidate(hash)
        while let found = candidate {
            if slotNames[found.number].withUnsafeBufferPointer({ NameIndex.areEqual($0, name) }) {
                return found.number
            }
            candidate = slotIndex.candidate(hash, from: found.next)
        }
        return nil
    }

    private static func index(_ names: [[UInt8]]) -> NameIndex {
        var index = NameIndex(capacity: names.count)
        for (slot, name) in names.enumerated() {
            index.add(slot, name.withUnsafeBufferPointer { NameIndex.hash($0) })
        }
        return index
    }

    /// The slots of the known TX variables that a selector with a pattern selects; nil for all other selectors.
    func slots(selectedBy selector: Selector) -> [Int]? {
        guard case .regex(let pattern) = selector else {
            return nil
        }
        return selectedSlots[ObjectIdentifier(pattern)]
    }

    private static func selectSlots(
        _ rules: [Rule],
        names: [[UInt8]],
        scratch: RegexBox
    ) -> [ObjectIdentifier: [Int]] {
        var selected: [ObjectIdentifier: [Int]] = [:]
        for starter in rules {
            var link: Rule? = starter
            while let rule = link {
                for target in rule.targets where target.variable == .tx {
                    guard case .regex(let pattern) = target.selector else {
                        continue
                    }
                    selected[ObjectIdentifier(pattern)] = names.indices.filter { scratch.matches(pattern, names[$0]) }
                }
                link = rule.next
            }
        }
        return selected
    }

    /// Where the pattern of a chain's first rule, in its last form, is among the groups.
    func place(of rule: Rule) -> ScanPlace? {
        places[rule.index]
    }

    /// The number of rules, chains counted once.
    public var ruleCount: Int { rules.count }

    private static func looksAtFileContents(_ starter: Rule) -> Bool {
        var link: Rule? = starter
        while let rule = link {
            // A program that inspects an upload gets its content, whichever of the two names it.
            let isProgram = if case .program = rule.op { true } else { false }
            let isContent = rule.targets.contains { target in
                target.variable == .filesTmpContent || (isProgram && target.variable == .filesTmpNames)
            }
            if isContent {
                return true
            }
            link = rule.next
        }
        return false
    }

    private static func resolveSelections(_ rules: [Rule], scratch: RegexBox) -> [SelectionKey: RuleBitSet] {
        var selections: [SelectionKey: RuleBitSet] = [:]
        for starter in rules {
            var link: Rule? = starter
            while let rule = link {
                for (number, control) in rule.actions.controls.enumerated() {
                    let selection: RuleSelection
                    switch control {
                    case .removeRules(let selected), .removeTarget(let selected, _): selection = selected
                    default: continue
                    }
                    var bits = RuleBitSet(count: rules.count)
                    for other in rules where other.isSelected(by: selection, scratch: scratch) {
                        bits.insert(other.index)
                    }
                    selections[SelectionKey(rule: ObjectIdentifier(rule), control: number)] = bits
                }
                link = rule.next
            }
        }
        return selections
    }
}

/// A rule that is not there any more.
struct RemovedRule: Sendable {
    var id: Int
    var phase: Int
    /// `an SecRuleRemove`, `a SecRuleRemoveByMsg`, as ModSecurity words it.
    var directive: String
}

/// A set of rules, one bit each.
struct RuleBitSet: Sendable {
    private(set) var words: [UInt64]

    init(count: Int) {
        words = Array(repeating: 0, count: (count + 63) / 64)
    }

    mutating func insert(_ index: Int) {
        words[index >> 6] |= 1 << UInt64(index & 63)
    }

    mutating func formUnion(_ other: RuleBitSet) {
        for index in words.indices where index < other.words.count {
            words[index] |= other.words[index]
        }
    }

    func contains(_ index: Int) -> Bool {
        let word = index >> 6
        return word < words.count && words[word] & (1 << UInt64(index & 63)) != 0
    }
}
