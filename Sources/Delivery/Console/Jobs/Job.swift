// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
package import DefenseModel
internal import Synchronization

/// Something that takes longer than an answer may: who asked for it, how far it is, and what came of it.
package struct Job: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Looks for the fewest exceptions that let people at work pass.
        case exceptions
        /// Looks for what an application takes and rules refuse by a list.
        case defaults
        /// Replays what was kept on rules as they would be.
        case comparison
    }

    package enum State: String, Sendable, CaseIterable {
        case waiting, running, done, failed, cancelled

        package var isOver: Bool { self != .waiting && self != .running }
    }

    package let id: Identifier
    package let kind: Kind
    /// What it is about, such as `waf/app:shop`.
    package let subject: String
    /// The name of who asked for it.
    package let owner: String
    /// When it was asked for, in nanoseconds since 1970.
    package let made: Int64
    package var ended: Int64?
    package var state: State
    /// From 0 to 1.
    package var progress: Double
    /// Why it failed, and what to do.
    package var failure: String?
    package var result: JobResult?
}

/// What a job found.
package enum JobResult: Sendable {
    case exceptions(ExceptionProposal)
    case defaults(DefaultsProposal)
    case comparison(RulesComparison)
}

/// Why a job cannot do its work, in words for who asked for it.
package struct JobFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// What work tells of how far it is, and is told: whether to go on.
package final class JobProgress: Sendable {
    private let thousandths = Atomic<Int>(0)
    private let isEnded = Atomic<Bool>(false)

    package init() {}

    /// - Parameter share: from 0 to 1; it never goes back.
    /// - Returns: whether to go on.
    package func report(_ share: Double) -> Bool {
        let new = Int(max(0, min(1, share)) * 1000)
        thousandths.max(new, ordering: .relaxed)
        return !isCancelled
    }

    package var isCancelled: Bool { isEnded.load(ordering: .relaxed) }
    var share: Double { Double(thousandths.load(ordering: .relaxed)) / 1000 }
    func cancel() { isEnded.store(true, ordering: .relaxed) }
}
