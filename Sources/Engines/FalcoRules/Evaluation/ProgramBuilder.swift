// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Writes the code: for each kind of event type a chain of questions that leads to the rules that match.
struct ProgramBuilder {
    private typealias Edge = ConditionGraph.Edge

    private let conditions: ConditionCompiler
    private(set) var graph: ConditionGraph
    private let predicates: [RuntimePredicate]
    private let isOfProcess: [Bool]
    private(set) var code: [Instruction] = []
    private(set) var entries: [UInt32] = []
    private(set) var eventSlots: Int
    private(set) var processSlots = 0
    private var codePlaces: [Instruction: UInt32] = [:]
    private var predicateSlots: [Int: UInt32] = [:]
    /// Code of shared nodes: slot and beginning.
    private var nodeCode: [Int: (slot: UInt32, entry: UInt32)] = [:]
    /// How many ask for a node.
    private var uses: [Int: Int] = [:]
    private var estimates: [Int: Estimate] = [:]
    private var stability: [Int: Bool] = [:]

    init(_ conditions: ConditionCompiler, _ layout: PredicateLayout, usesProcessStamps: Bool) {
        self.conditions = conditions
        graph = conditions.graph
        predicates = layout.predicates
        isOfProcess = conditions.predicates.map { predicate in
            guard usesProcessStamps, conditions.operands[predicate.operand].isOfProcess else { return false }
            if case .operands(_, _, let right) = predicate {
                return conditions.operands[right].isOfProcess
            }
            return true
        }
        eventSlots = predicates.count
    }

    /// Compiles all rules for all types of events.
    mutating func build(_ rules: [ConditionGraph.Edge]) {
        let eventTypes = conditions.catalogue.eventTypes
        let knowledge = EventTypeKnowledge(conditions)
        var classOfDecisions: [[Int: Bool]: Int] = [:]
        var classOfType: [Int] = []
        var classes: [[(rule: Int, edge: Edge)]] = []
        for type in 0..<eventTypes.count {
            guard eventTypes.entries[type].isDelivered else {
                classOfType.append(-1)
                continue
            }
            let decisions = knowledge.decisions(for: type)
            if let known = classOfDecisions[decisions] {
                classOfType.append(known)
                continue
            }
            classOfDecisions[decisions] = classes.count
            classOfType.append(classes.count)
            var known: [Int: Edge] = [:]
            var folded: [(rule: Int, edge: Edge)] = []
            for (number, rule) in rules.enumerated() {
                let edge = graph.fold(rule, decisions, known: &known)
                if edge != .never {
                    folded.append((number, edge))
                }
            }
            classes.append(folded)
        }
        countUses(classes)
        let end = emit(Instruction(operation: .finish))
        let programs = classes.map { emitRules($0, end: end) }
        entries = classOfType.map { $0 < 0 ? end : programs[$0] }
    }

    private mutating func countUses(_ classes: [[(rule: Int, edge: Edge)]]) {
        var seen: Set<Int> = []
        var most: [Int: Int] = [:]
        for rules in classes {
            var here: [Int: Int] = [:]
            for (_, edge) in rules {
                for part in graph.conjuncts(edge) {
                    here[part.node, default: 0] += 1
                    countUses(part.node, &seen)
                }
            }
            most.merge(here) { max($0, $1) }
        }
        uses.merge(most) { $0 + $1 }
    }

    private mutating func countUses(_ node: Int, _ seen: inout Set<Int>) {
        guard case .all(let parts) = graph.nodes[node], seen.insert(node).inserted else { return }
        for part in parts {
            uses[part.node, default: 0] += 1
            countUses(part.node, &seen)
        }
    }

    // MARK: Rules

    private struct Candidate {
        var rule: Int
        var parts: [Edge]
    }

    private mutating func emitRules(_ rules: [(rule: Int, edge: Edge)], end: UInt32) -> UInt32 {
        emitCandidates(rules.map { Candidate(rule: $0.rule, parts: graph.conjuncts($0.edge)) }, next: end)
    }

    /// Groups rules by the part that most of them need: where it fails, all of them are done.
    private mutating func emitCandidates(_ candidates: [Candidate], next: UInt32) -> UInt32 {
        var shares = SharedParts(candidates.map(\.parts)) { edge in
            let estimate = estimate(edge)
            return (1 - estimate.chance) / (estimate.cost + 4)
        }
        var rest = candidates
        var groups: [(part: Edge, members: [Candidate])] = []
        while let part = shares.best {
            var members: [Candidate] = []
            var others: [Candidate] = []
            for candidate in rest {
                guard candidate.parts.contains(part) else {
                    others.append(candidate)
                    continue
                }
                shares.remove(candidate.parts)
                members.append(Candidate(rule: candidate.rule, parts: candidate.parts.filter { $0 != part }))
            }
            groups.append((part, members))
            rest = others
        }
        var entry = next
        for candidate in rest.reversed() {
            entry = emitRule(candidate, next: entry)
        }
        for group in groups.reversed() {
            let inner = emitCandidates(group.members, next: entry)
            entry = emit(group.part, onTrue: inner, onFalse: entry)
        }
        return entry
    }

    private mutating func emitRule(_ candidate: Candidate, next: UInt32) -> UInt32 {
        var entry = emit(Instruction(operation: .match, place: UInt32(candidate.rule), onTrue: next))
        for part in ordered(candidate.parts).reversed() {
            entry = emit(part, onTrue: entry, onFalse: next)
        }
        return entry
    }

    // MARK: Conditions

    /// Code that goes on at `onTrue` or `onFalse`; returns where it begins.
    private mutating func emit(_ edge: Edge, onTrue: UInt32, onFalse: UInt32) -> UInt32 {
        if edge.isNegated {
            return emit(!edge, onTrue: onFalse, onFalse: onTrue)
        }
        switch graph.nodes[edge.node] {
        case .always: return onTrue
        case .predicate(let number): return emitPredicate(number, onTrue, onFalse)
        case .all(let parts):
            let isOfProcess = isStable(edge.node)
            if isOfProcess || uses[edge.node, default: 0] > 1 {
                let shared = sharedCode(edge.node, parts, isOfProcess: isOfProcess)
                return emit(
                    Instruction(
                        operation: isOfProcess ? .processNode : .node,
                        slot: shared.slot,
                        place: shared.entry,
                        onTrue: onTrue,
                        onFalse: onFalse
                    )
                )
            }
            return emitAll(parts, onTrue: onTrue, onFalse: onFalse)
        }
    }

    private mutating func emitAll(_ parts: [Edge], onTrue: UInt32, onFalse: UInt32) -> UInt32 {
        var entry = onTrue
        for part in ordered(parts).reversed() {
            entry = emit(part, onTrue: entry, onFalse: onFalse)
        }
        return entry
    }

    private mutating func sharedCode(
        _ node: Int,
        _ parts: [Edge],
        isOfProcess: Bool
    ) -> (slot: UInt32, entry: UInt32) {
        if let known = nodeCode[node] {
            return known
        }
        let yes = emit(Instruction(operation: .finish, place: 1))
        let no = emit(Instruction(operation: .finish, place: 0))
        let entry = emitAll(parts, onTrue: yes, onFalse: no)
        let slot: UInt32
        if isOfProcess {
            slot = UInt32(processSlots)
            processSlots += 1
        } else {
            slot = UInt32(eventSlots)
            eventSlots += 1
        }
        nodeCode[node] = (slot, entry)
        return (slot, entry)
    }

    private mutating func emitPredicate(_ number: Int, _ onTrue: UInt32, _ onFalse: UInt32) -> UInt32 {
        if isOfProcess[number] {
            let slot = predicateSlots[number] ?? UInt32(processSlots)
            if predicateSlots.updateValue(slot, forKey: number) == nil {
                processSlots += 1
            }
            return emit(
                Instruction(
                    operation: .processPredicate,
                    slot: slot,
                    place: UInt32(number),
                    onTrue: onTrue,
                    onFalse: onFalse
                )
            )
        }
        let predicate = predicates[number]
        if predicate.kind == .bit {
            return emit(
                Instruction(
                    operation: .bit,
                    slot: UInt32(predicate.other),
                    place: predicate.first,
                    onTrue: onTrue,
                    onFalse: onFalse
                )
            )
        }
        return emit(
            Instruction(
                operation: .predicate,
                slot: UInt32(number),
                place: UInt32(number),
                onTrue: onTrue,
                onFalse: onFalse
            )
        )
    }

    /// Equal instructions are one, so that equal ends of conditions are too.
    private mutating func emit(_ instruction: Instruction) -> UInt32 {
        if let place = codePlaces[instruction] {
            return place
        }
        let place = UInt32(code.count)
        code.append(instruction)
        codePlaces[instruction] = place
        return place
    }

    // MARK: Order

    /// What a question costs, in about nanoseconds, and how often it is likely answered with yes.
    private struct Estimate {
        var cost: Double
        var chance: Double
    }

    /// First what decides most for least.
    private mutating func ordered(_ parts: [Edge]) -> [Edge] {
        var keyed: [(edge: Edge, key: Double)] = []
        for part in parts {
            let estimate = estimate(part)
            keyed.append((part, estimate.cost / max(1 - estimate.chance, 0.02)))
        }
        return keyed.sorted { ($0.key, $0.edge) < ($1.key, $1.edge) }.map(\.edge)
    }

    private mutating func estimate(_ edge: Edge) -> Estimate {
        var estimate: Estimate
        if let known = estimates[edge.node] {
            estimate = known
        } else {
            switch graph.nodes[edge.node] {
            case .always: estimate = Estimate(cost: 0, chance: 1)
            case .predicate(let number): estimate = self.estimate(predicate: number)
            case .all(let parts):
                estimate = Estimate(cost: 0, chance: 1)
                for part in ordered(parts) {
                    let next = self.estimate(part)
                    estimate.cost += next.cost * estimate.chance
                    estimate.chance *= next.chance
                }
                if isStable(edge.node) {
                    estimate.cost = min(estimate.cost, 2)
                }
            }
            estimates[edge.node] = estimate
        }
        if edge.isNegated {
            estimate.chance = 1 - estimate.chance
        }
        return estimate
    }

    private func estimate(predicate number: Int) -> Estimate {
        let spec = conditions.predicates[number]
        var estimate = Self.estimate(spec)
        if conditions.operands[spec.operand].cardinality != .one {
            estimate.cost += 40
        }
        if isOfProcess[number] {
            estimate.cost = 2
        }
        return estimate
    }

    private static func estimate(_ predicate: PredicateSpec) -> Estimate {
        switch predicate {
        case .exists: Estimate(cost: 4, chance: 0.8)
        case .number: Estimate(cost: 4, chance: 0.3)
        case .address: Estimate(cost: 8, chance: 0.1)
        case .text(_, .among): Estimate(cost: 8, chance: 0.1)
        case .text(_, .hasPrefix), .text(_, .hasSuffix), .text(_, .pathPrefix): Estimate(cost: 15, chance: 0.1)
        case .text(_, .contains), .text(_, .containsCaseless): Estimate(cost: 60, chance: 0.05)
        case .text(_, .glob): Estimate(cost: 60, chance: 0.05)
        case .text(_, .order): Estimate(cost: 10, chance: 0.5)
        case .text(_, .regex): Estimate(cost: 200, chance: 0.05)
        case .allTexts, .allNumbers: Estimate(cost: 40, chance: 0.2)
        case .textDiffers, .numberDiffers: Estimate(cost: 40, chance: 0.9)
        case .exactlyOne: Estimate(cost: 100, chance: 0.1)
        case .operands: Estimate(cost: 20, chance: 0.2)
        case .dynamic: Estimate(cost: 20, chance: 0.1)
        }
    }

    private mutating func isStable(_ node: Int) -> Bool {
        if let known = stability[node] {
            return known
        }
        let isStable: Bool
        switch graph.nodes[node] {
        case .always: isStable = true
        case .predicate(let number): isStable = isOfProcess[number]
        case .all(let parts): isStable = parts.allSatisfy { self.isStable($0.node) }
        }
        stability[node] = isStable
        return isStable
    }
}

/// How many of some rules need each part, kept up to date while rules are taken out.
private struct SharedParts {
    private var places: [ConditionGraph.Edge: Int] = [:]
    private var edges: [ConditionGraph.Edge] = []
    private var counts: [Int] = []
    /// What one rule less to look at is worth.
    private var weights: [Double] = []

    init(_ rules: [[ConditionGraph.Edge]], weight: (ConditionGraph.Edge) -> Double) {
        guard rules.count > 1 else { return }
        for edge in rules.joined() {
            if let place = places[edge] {
                counts[place] += 1
                continue
            }
            places[edge] = edges.count
            edges.append(edge)
            counts.append(1)
            weights.append(weight(edge))
        }
    }

    mutating func remove(_ parts: [ConditionGraph.Edge]) {
        for part in parts {
            if let place = places[part] {
                counts[place] -= 1
            }
        }
    }

    /// The part that saves most when it fails; nil where no two rules share one.
    var best: ConditionGraph.Edge? {
        var best = -1
        var score = 0.0
        for place in edges.indices where counts[place] > 1 {
            let candidate = Double(counts[place]) * weights[place]
            // Ties go to the older node, so that the code is the same each time.
            if best < 0 || candidate > score || (candidate == score && edges[place] < edges[best]) {
                best = place
                score = candidate
            }
        }
        return best < 0 ? nil : edges[best]
    }
}
