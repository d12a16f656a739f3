// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A rule that matched.
package struct SigmaMatch: Sendable, Hashable {
    /// Its index in the set.
    package var rule: Int
    /// The event, counted from 0; of a correlation the one that made it hold.
    package var event: Int
    /// What a correlation measured, and for which group; nil for a rule about single events.
    package var firing: SigmaFiring?
}

/// Events of several log sources in the order in which they come, through rules and correlations.
///
/// A program is compiled for each log source when its first event comes, so correlations may join sources. One for each
/// thread.
package final class SigmaStream {
    package let set: SigmaRuleSet
    package let correlator: SigmaCorrelator
    private let map: LogSourceMap
    private var matchers: RecencyTable<LogSource, SigmaMatcher>
    /// How many events came, those included that were no sound JSON objects.
    package private(set) var eventCount = 0
    /// The events that were no sound JSON objects.
    package private(set) var brokenCount = 0
    /// Programs of more log sources than this are forgotten, and compiled again when they are needed.
    private static let mostSources = 64

    package init(
        _ set: SigmaRuleSet,
        limits: SigmaCorrelationLimits = SigmaCorrelationLimits(),
        map: LogSourceMap = .standard
    ) {
        self.set = set
        self.map = map
        correlator = SigmaCorrelator(set, limits: limits)
        matchers = RecencyTable(limit: Self.mostSources)
    }

    /// The matcher of a log source, which still has the last event of it, to explain.
    package func matcher(for source: LogSource) -> SigmaMatcher {
        matchers.use(
            source,
            make: { SigmaMatcher(SigmaProgram(set, logSource: source, map: map)) },
            change: { $0 }
        )
    }

    /// Takes an event.
    ///
    /// - Parameters:
    ///   - bytes: a JSON object.
    ///   - source: what the event is of.
    ///   - time: when it happened, in nanoseconds since 1970; nil to read it from the event.
    ///   - clock: the caller's time, to refuse events from the future.
    /// - Returns: the rules that matched and are to be told, then the correlations.
    package func take(
        _ bytes: UnsafeBufferPointer<UInt8>,
        of source: LogSource,
        time: Int64? = nil,
        clock: Int64? = nil
    ) throws(SigmaEventError) -> [SigmaMatch] {
        let event = eventCount
        eventCount += 1
        let matcher = matcher(for: source)
        let matched: UnsafeBufferPointer<UInt32>
        do throws(SigmaEventError) {
            matched = try matcher.match(bytes)
        } catch {
            brokenCount += 1
            throw error
        }
        var matches: [SigmaMatch] = []
        for rule in matched where set.rules[Int(rule)].isReported {
            matches.append(SigmaMatch(rule: Int(rule), event: event, firing: nil))
        }
        guard !set.correlations.isEmpty else { return matches }
        let firings = correlator.take(matched, from: matcher, time: time, clock: clock)
        return matches + reported(firings, event)
    }

    /// Lets time pass without an event; see ``SigmaCorrelator/advance(to:)``.
    package func advance(to time: Int64) -> [SigmaMatch] {
        reported(correlator.advance(to: time), max(0, eventCount - 1))
    }

    private func reported(_ firings: [SigmaFiring], _ event: Int) -> [SigmaMatch] {
        firings.filter { set.rules[$0.rule].isReported }.map { SigmaMatch(rule: $0.rule, event: event, firing: $0) }
    }
}
