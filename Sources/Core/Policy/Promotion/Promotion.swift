// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// How far the way of a scope from `observe` to `enforce` has been gone.
package enum PromotionStage: Hashable, Sendable, CustomStringConvertible {
    case observe
    /// `enforce` for a share of clients, in percent.
    case canary(Int)
    case enforce

    package var description: String {
        switch self {
        case .observe: "observe"
        case .canary(let percent): "canary of \(percent)%"
        case .enforce: "enforce"
        }
    }
}

/// What moves a scope on that way, or back.
package enum PromotionEvent: Hashable, Sendable {
    /// Start a canary, or change its share.
    case canary(Int)
    case enforce
    case observe
    /// What was counted since the canary began or got its share.
    case counts(canary: RefusalCounts, others: RefusalCounts)
}

/// A step that is due.
package struct PromotionStep: Hashable, Sendable {
    package let from: PromotionStage
    package let to: PromotionStage
    /// To be applied to the policy, which gives the decision to be recorded and the way back.
    package let change: PolicyChange
    /// What an automatic return rests on.
    package let comparison: ProportionComparison?
    package let by: Authorship
}

/// The way of one scope to `enforce`, in one step or through a canary that ends itself when it refuses too much.
///
/// | from | event | to |
/// | --- | --- | --- |
/// | observe, canary, enforce | canary(n) | canary(n) |
/// | observe, canary | enforce | enforce |
/// | canary, enforce | observe | observe |
/// | canary | counts that are worse | observe, by itself |
///
/// A value over the policy's own setting: nothing else has to be kept, and two machines that see the same policy and counts
/// come to the same step.
package struct Promotion: Sendable {
    package let scope: Scope
    package let stage: PromotionStage
    package let rule: ReturnRule

    /// - Parameter time: now, in nanoseconds since 1970; a setting that has ended does not count.
    package init(of scope: Scope, in policy: PolicyDocument, at time: Int64, by rule: ReturnRule = ReturnRule()) {
        self.scope = scope
        self.rule = rule
        let setting = policy.modes[scope].flatMap { ($0.expires ?? .max) > time ? $0 : nil }
        stage =
            switch (setting?.mode, setting?.canary) {
            case (.enforce, let percent?): .canary(percent)
            case (.enforce, nil): .enforce
            default: .observe
            }
    }

    /// - Returns: the step that is due; nil where nothing is to be done.
    /// - Throws: ``PolicyError/Code/senseless`` for an event that leads to where the scope is,
    ///   ``PolicyError/Code/outOfRange`` for a share that is none.
    package func step(on event: PromotionEvent, by author: Authorship) throws(PolicyError) -> PromotionStep? {
        try author.check()
        switch event {
        case .counts(let canary, let others):
            return automaticReturn(ProportionComparison(canary: canary, others: others, by: rule), at: author.time)
        case .canary(let percent): return try manual(.canary(percent), author)
        case .enforce: return try manual(.enforce, author)
        case .observe: return try manual(.observe, author)
        }
    }

    private func manual(_ target: PromotionStage, _ author: Authorship) throws(PolicyError) -> PromotionStep {
        guard target != stage else {
            throw PolicyError(.senseless, "\(scope) is at \(stage) already")
        }
        return try step(to: target, author)
    }

    private func step(to target: PromotionStage, _ author: Authorship) throws(PolicyError) -> PromotionStep {
        let setting = self.setting(for: target, author)
        try setting.check()
        return PromotionStep(from: stage, to: target, change: .setMode(setting), comparison: nil, by: author)
    }

    private func setting(for target: PromotionStage, _ author: Authorship) -> ModeSetting {
        switch target {
        case .observe: ModeSetting(scope, .observe, by: author)
        case .canary(let percent): ModeSetting(scope, .enforce, canary: percent, by: author)
        case .enforce: ModeSetting(scope, .enforce, by: author)
        }
    }

    private func automaticReturn(_ comparison: ProportionComparison, at time: Int64) -> PromotionStep? {
        guard case .canary = stage, comparison.outcome == .worse else { return nil }
        let reason =
            "the canary refused \(Self.text(comparison.canary)), the others \(Self.text(comparison.others))"
        let author = Authorship("canary", because: reason, at: time)
        let change = PolicyChange.setMode(setting(for: .observe, author))
        return PromotionStep(from: stage, to: .observe, change: change, comparison: comparison, by: author)
    }

    private static func text(_ counts: RefusalCounts) -> String {
        let tenths = Int((counts.share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10)% (\(counts.refused) of \(counts.total))"
    }
}
