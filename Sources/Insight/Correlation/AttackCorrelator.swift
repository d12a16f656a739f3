// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import VulnerabilityManagement

/// Ties what the web firewall detects to open findings, and assesses these by it.
///
/// It reads detections in the order of their arrival, each at least once. A row that is read again counts for as much as it
/// has grown; what was counted is remembered for at least ``growth`` after the row was seen first, which is longer than a
/// row grows. Findings that are new, and all where routes changed, are tied to the detections of the last 30 days first, as
/// far as these are kept; what was counted of detections that are gone stays. How far it read is kept for each store of
/// detections by the store's identity.
///
/// ```swift
/// let correlator = AttackCorrelator(store, feed)
/// let outcome = try correlator.run(now: now)
/// ```
package struct AttackCorrelator: Sendable {
    /// What a run did.
    package struct Outcome: Sendable, Hashable {
        /// Rows of detections that were looked at.
        package var detections = 0
        /// Attacks that were counted, once for each finding.
        package var attacks = 0
        /// Changes of findings.
        package var changes = 0
        /// Findings that were tied to the detections of the last 30 days.
        package var tied = 0
        /// Findings whose details were read.
        package var findingsRead = 0
        /// Whether it was stopped before its end; the next run goes on from there.
        package var isCut = false
        /// Why feeds could not be asked.
        package var note: String?
    }

    /// How long a tie counts, in days.
    package static let window = 30
    /// For how long a row may grow after it was read first, in seconds.
    package static let growth = 600

    private let store: VulnerabilityStore
    private let feed: DetectionFeed
    private let facts: (any VulnerabilityFactsSource)?
    private let memory: TieMemory

    /// - Parameters:
    ///   - facts: what feeds know of vulnerabilities, for assessments.
    ///   - memory: what the runs of one program keep of the findings.
    package init(
        _ store: VulnerabilityStore,
        _ feed: DetectionFeed,
        facts: (any VulnerabilityFactsSource)? = nil,
        memory: TieMemory = TieMemory()
    ) {
        self.store = store
        self.feed = feed
        self.facts = facts
        self.memory = memory
    }

    /// Takes in what was detected since the last run, ties new findings to the past, and lets the urgency of findings go on
    /// which attacks have ceased. One process runs it at a time.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - isCancelled: asked between batches; where it says so the run ends.
    /// - Throws: what the feed or the store throws; the next run goes on where this one ended.
    package func run(now: Int, isCancelled: @escaping () -> Bool = { false }) throws -> Outcome {
        let mark = try store.attackMark(of: try feed.identity())
        var run = CorrelationRun(store, feed, facts, memory, mark, now: now, isCancelled: isCancelled)
        try run.run()
        return run.outcome
    }
}
