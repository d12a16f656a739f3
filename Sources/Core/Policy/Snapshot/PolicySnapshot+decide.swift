// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

extension PolicySnapshot {
    /// Decides about an activity that a control has looked at.
    ///
    /// The narrowest mode of each detection's rule counts, so that one rule may enforce where others are observed. Of the
    /// detections that ask for a response and that no exception lets pass, one with the strictest mode decides, and among
    /// those the most severe.
    ///
    /// - Parameters:
    ///   - detections: of this control, about this activity; others are not looked at.
    ///   - time: now, in nanoseconds since 1970.
    ///   - base: the mode that holds where nothing is set.
    package func decide(
        _ control: ControlID,
        _ detections: [Detection],
        for facts: ActivityFacts,
        at time: Int64,
        base: ModeOrigin = .standard
    ) -> Ruling {
        var steps: [PolicyStep]?
        return decide(control, detections, facts, time, base, &steps)
    }

    /// The same decision with all that led to it. With the same facts and the time of then it explains an old decision.
    package func explain(
        _ control: ControlID,
        _ detections: [Detection],
        for facts: ActivityFacts,
        at time: Int64,
        base: ModeOrigin = .standard
    ) -> (ruling: Ruling, steps: [PolicyStep]) {
        var steps: [PolicyStep]? = []
        let ruling = decide(control, detections, facts, time, base, &steps)
        return (ruling, steps ?? [])
    }

    private func decide(
        _ control: ControlID,
        _ detections: [Detection],
        _ facts: ActivityFacts,
        _ time: Int64,
        _ origin: ModeOrigin,
        _ steps: inout [PolicyStep]?
    ) -> Ruling {
        let base = mode(of: control, for: facts, at: time, base: origin)
        steps?.append(PolicyStep(question: .controlMode, answer: text(base, control)))
        let candidate = deciding(control, detections, facts, time, base, &steps)
        guard let candidate, let response = candidate.detection.response else {
            let isOff = base.mode == .off
            let ruling = Ruling(control, .allowed, isOff ? .off : .noDetection, base, revision: revision)
            steps?.append(PolicyStep(question: .outcome, answer: ruling.message))
            return ruling
        }
        guard candidate.exception == nil, candidate.mode.mode != .off else {
            let isExcepted = candidate.exception != nil
            var ruling = Ruling(
                control,
                isExcepted ? .excepted : .allowed,
                isExcepted ? .exception : .off,
                candidate.mode,
                facts,
                revision: revision
            )
            ruling.detection = candidate.detection
            ruling.exception = candidate.exception
            steps?.append(PolicyStep(question: .outcome, answer: ruling.message))
            return ruling
        }
        steps?.append(PolicyStep(question: .deciding, answer: "rule \(candidate.detection.rule)"))
        var ruling = rule(control, response, candidate.mode, facts, time, &steps)
        ruling.detection = candidate.detection
        steps?.append(PolicyStep(question: .outcome, answer: ruling.message))
        return ruling
    }

    /// A detection that asks for a response, and what the policy says about it by itself.
    private struct Candidate {
        let detection: Detection
        let mode: ResolvedMode
        let exception: PolicyException?

        /// Which of two decides: what acts before what is observed, then what is off, then what is let pass.
        var weight: Int {
            if exception != nil { return 0 }
            return switch mode.mode {
            case .off: 1
            case .observe: 2
            case .enforce: 3
            }
        }
    }

    private func deciding(
        _ control: ControlID,
        _ detections: [Detection],
        _ facts: ActivityFacts,
        _ time: Int64,
        _ base: ResolvedMode,
        _ steps: inout [PolicyStep]?
    ) -> Candidate? {
        var best: Candidate?
        for detection in detections where detection.control == control && detection.response != nil {
            let candidate = candidate(detection, facts, time, base, &steps)
            guard let current = best else {
                best = candidate
                continue
            }
            let isWorse =
                (candidate.weight, candidate.detection.severity) > (current.weight, current.detection.severity)
            if isWorse { best = candidate }
        }
        return best
    }

    private func candidate(
        _ detection: Detection,
        _ facts: ActivityFacts,
        _ time: Int64,
        _ base: ResolvedMode,
        _ steps: inout [PolicyStep]?
    ) -> Candidate {
        if let exception = exception(for: detection, facts, at: time) {
            steps?.append(
                PolicyStep(
                    question: .exception,
                    answer: "rule \(detection.rule) is let pass by exception \(exception.id) of \(exception.owner)"
                )
            )
            return Candidate(detection: detection, mode: base, exception: exception)
        }
        let origin = tables.modes.origin(of: detection.rule, detection.control, facts, at: time)
        let mode = origin.map { resolve($0, detection.control, facts) } ?? base
        if origin != nil {
            steps?.append(
                PolicyStep(question: .ruleMode, answer: "rule \(detection.rule): \(text(mode, detection.control))")
            )
        }
        return Candidate(detection: detection, mode: mode, exception: nil)
    }

    /// What becomes of an activity that asks for a response, where a mode holds.
    func rule(
        _ control: ControlID,
        _ response: Countermeasure,
        _ mode: ResolvedMode,
        _ facts: ActivityFacts,
        _ time: Int64,
        _ steps: inout [PolicyStep]?
    ) -> Ruling {
        let entry = mode.mode == .enforce ? neverBlock(facts, by: control, at: time) : nil
        if mode.mode == .enforce {
            steps?.append(
                PolicyStep(
                    question: .neverBlock,
                    answer: entry.map { "\($0.entity) is never blocked: \($0.by.reason)" } ?? "may be blocked"
                )
            )
        }
        let reason: Decision.Reason =
            switch mode.cap {
            case .stoodDown: .stoodDown
            case .stoodBack: .stoodBack
            case .outsideCanary: .outsideCanary
            case nil: entry != nil ? .neverBlocked : mode.mode == .enforce ? .enforced : .observed
            }
        let acts = reason == .enforced
        let disposition = Disposition(response, isCarriedOut: acts)
        var ruling = Ruling(control, disposition, reason, mode, facts, revision: revision)
        ruling.neverBlock = entry
        switch mode.cap {
        case .stoodDown: ruling.cap = stoodDown
        case .stoodBack: ruling.cap = standBack(of: control)
        case .outsideCanary, nil: break
        }
        return ruling
    }

    /// A mode and where it comes from, in words.
    func text(_ mode: ResolvedMode, _ control: ControlID) -> String {
        guard let setting = mode.origin.setting else {
            return "\(mode.mode.rawValue), as nothing is set for \(control)"
        }
        let origin = "set for \(setting.scope) by \(setting.by.maker): \(setting.by.reason)"
        return switch mode.cap {
        case nil: "\(mode.mode.rawValue), \(origin)"
        case .stoodDown: "observe instead of enforce, as all controls are stood down; \(origin)"
        case .stoodBack: "observe instead of enforce, as the control stood back; \(origin)"
        case .outsideCanary:
            "observe instead of enforce, as the client is outside of the canary of \(setting.canary ?? 0)%; \(origin)"
        }
    }
}
