// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Incidents

/// The numbers of pages, which may be some seconds old: they are sums over days, and many look at the same.
package final class RecentNumbers: Sendable {
    /// What the first page tells of a day.
    struct Day: Sendable {
        var series: Series<DetectionCounts>
        var traffic: Series<TrafficCounts>
        var rules: TopList
        var clients: TopList
    }

    private struct RehearsalQuestion: Hashable {
        var scope: Scope
        /// Nil for a week.
        var since: Int64?
    }

    private let insight: InsightStore
    private let days = RecentAnswers<Int, Day>()
    private let rehearsals = RecentAnswers<RehearsalQuestion, RehearsalCounts>()

    package init(_ insight: InsightStore) {
        self.insight = insight
    }

    func day(until now: Int64) async throws -> Day {
        let insight = insight
        return try await days.answer(to: 0) {
            let since = now - Times.day
            let filter = SeriesFilter(since: since, until: now)
            return Day(
                series: try await insight.detectionSeries(filter),
                traffic: try await insight.trafficSeries(filter),
                rules: try await insight.top(.rules, since: since, until: now, limit: 6),
                clients: try await insight.top(.clients, since: since, until: now, limit: 6)
            )
        }
    }

    /// - Parameter since: nil for a week.
    func rehearsal(_ scope: Scope, since: Int64?, until now: Int64) async throws -> RehearsalCounts {
        let insight = insight
        return try await rehearsals.answer(to: RehearsalQuestion(scope: scope, since: since)) {
            try await insight.rehearse(scope, since: since ?? now - 7 * Times.day, until: now)
        }
    }
}
