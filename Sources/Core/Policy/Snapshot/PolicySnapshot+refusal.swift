// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

extension PolicySnapshot {
    /// What blocks of entities say about an activity, before any control looks at it.
    ///
    /// A block acts by itself; the control `blocks` may be set to `observe` or `off` for places where it shall not.
    ///
    /// - Returns: nil where nothing that concerns the activity is blocked.
    package func refusal(of facts: ActivityFacts, at time: Int64) -> Ruling? {
        var steps: [PolicyStep]?
        return refusal(facts, time, &steps)
    }

    /// The same with all that led to it.
    package func explainRefusal(of facts: ActivityFacts, at time: Int64) -> (ruling: Ruling?, steps: [PolicyStep]) {
        var steps: [PolicyStep]? = []
        let ruling = refusal(facts, time, &steps)
        return (ruling, steps ?? [])
    }

    private func refusal(_ facts: ActivityFacts, _ time: Int64, _ steps: inout [PolicyStep]?) -> Ruling? {
        guard let hit = tables.blocks.hit(facts, at: time) else {
            steps?.append(PolicyStep(question: .block, answer: "nothing that it concerns is blocked"))
            return nil
        }
        steps?.append(PolicyStep(question: .block, answer: "\(hit.entity) is blocked by \(hit.maker): \(hit.reason)"))
        let mode = blockMode(facts, time)
        steps?.append(PolicyStep(question: .controlMode, answer: text(mode, .entityBlocks)))
        guard mode.mode != .off else {
            let ruling = Ruling(.entityBlocks, .allowed, .off, mode, revision: revision)
            steps?.append(PolicyStep(question: .outcome, answer: ruling.message))
            return ruling
        }
        var ruling = rule(.entityBlocks, .block, mode, facts, time, &steps)
        if ruling.reason == .enforced { ruling.reason = .entityBlock }
        ruling.block = hit
        steps?.append(PolicyStep(question: .outcome, answer: ruling.message))
        return ruling
    }

    /// Where nothing is set for blocks, the block itself is the choice to enforce.
    private func blockMode(_ facts: ActivityFacts, _ time: Int64) -> ResolvedMode {
        if let origin = tables.modes.origin(.entityBlocks, facts, at: time) {
            return resolve(origin, .entityBlocks, facts)
        }
        let cap: ResolvedMode.Cap? =
            stoodDown != nil ? .stoodDown : standBack(of: .entityBlocks) != nil ? .stoodBack : nil
        return ResolvedMode(mode: cap == nil ? .enforce : .observe, origin: .standard, cap: cap)
    }

    /// Decides about an activity that is over a limit, by the mode of `limits/rule:NAME` or `limits`.
    package func decide(_ exceeded: ExceededLimit, for facts: ActivityFacts, at time: Int64) -> Ruling {
        var steps: [PolicyStep]?
        return decide(exceeded, facts, time, &steps)
    }

    /// The same with all that led to it.
    package func explain(
        _ exceeded: ExceededLimit,
        for facts: ActivityFacts,
        at time: Int64
    ) -> (ruling: Ruling, steps: [PolicyStep]) {
        var steps: [PolicyStep]? = []
        let ruling = decide(exceeded, facts, time, &steps)
        return (ruling, steps ?? [])
    }

    private func decide(
        _ exceeded: ExceededLimit,
        _ facts: ActivityFacts,
        _ time: Int64,
        _ steps: inout [PolicyStep]?
    ) -> Ruling {
        let limit = exceeded.limit
        steps?.append(
            PolicyStep(question: .limit, answer: "\(limit.name): more than \(limit.count) in \(limit.seconds) s")
        )
        let mode = self.mode(of: limit.name, .rateLimits, for: facts, at: time)
        steps?.append(PolicyStep(question: .ruleMode, answer: text(mode, .rateLimits)))
        var ruling: Ruling
        if mode.mode == .off {
            ruling = Ruling(.rateLimits, .allowed, .off, mode, facts, revision: revision)
        } else {
            ruling = rule(.rateLimits, .limit, mode, facts, time, &steps)
            if ruling.reason == .enforced { ruling.reason = .limitExceeded }
        }
        ruling.exceededLimit = exceeded
        steps?.append(PolicyStep(question: .outcome, answer: ruling.message))
        return ruling
    }
}
