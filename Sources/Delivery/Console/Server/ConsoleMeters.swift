// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// What the console counts about itself; labels are routes and classes of status, both few.
final class ConsoleMeters: Sendable {
    private struct Counts {
        var requests: [String: [Int: Int]] = [:]
        var seconds: [String: Double] = [:]
        var refusals: [String: Int] = [:]
        var listeners = 0
    }

    private let counts = Mutex(Counts())
    /// Searches run in all cores, so that few of them run at once.
    static let maximumSearches = 4
    static let maximumListeners = 100
    private let searches = Atomic(0)

    func count(route: String, status: Int, duration: Duration) {
        let (seconds, atto) = duration.components
        counts.withLock { counts in
            counts.requests[route, default: [:]][status / 100, default: 0] += 1
            counts.seconds[route, default: 0] += Double(seconds) + Double(atto) / 1e18
        }
    }

    func countRefusal(_ code: String) {
        counts.withLock { $0.refusals[code, default: 0] += 1 }
    }

    /// Runs a search, unless too many run already.
    func search<Output>(_ work: () async throws -> Output) async throws -> Output {
        guard searches.add(1, ordering: .relaxed).newValue <= Self.maximumSearches else {
            searches.subtract(1, ordering: .relaxed)
            throw Problem.busy("\(Self.maximumSearches) searches run already", seconds: 2)
        }
        defer { searches.subtract(1, ordering: .relaxed) }
        return try await work()
    }

    func addListener() throws {
        let isFull = counts.withLock { counts in
            guard counts.listeners < Self.maximumListeners else { return true }
            counts.listeners += 1
            return false
        }
        if isFull { throw Problem.busy("\(Self.maximumListeners) live feeds are open already", seconds: 30) }
    }

    /// How many live feeds are open.
    var listeners: Int { counts.withLock { $0.listeners } }

    func removeListener() {
        counts.withLock { $0.listeners -= 1 }
    }

    var metrics: [Metric] {
        counts.withLock { counts in
            let requests = counts.requests.flatMap { route, classes in
                classes.map { Metric.Sample(Double($0.value), labels: ["route": route, "status": "\($0.key)xx"]) }
            }
            return [
                Metric("redoubt_console_requests_total", .counter, "Requests to the console.", requests),
                Metric(
                    "redoubt_console_request_seconds_total",
                    .counter,
                    "Time spent on requests to the console.",
                    counts.seconds.map { Metric.Sample($0.value, labels: ["route": $0.key]) }
                ),
                Metric(
                    "redoubt_console_refusals_total",
                    .counter,
                    "Requests to the console that were refused, by reason.",
                    counts.refusals.map { Metric.Sample(Double($0.value), labels: ["code": $0.key]) }
                ),
                Metric("redoubt_console_live_feeds", .gauge, "Live feeds that are open.", counts.listeners),
            ]
        }
    }
}
