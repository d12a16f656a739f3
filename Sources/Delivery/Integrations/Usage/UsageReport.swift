// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import Storage

/// Whether usage may be sent, and as whom.
package struct UsageState: Sendable, Hashable {
    /// Random, so that it says nothing of who it is; ``OutputStore/resetUsage(now:)`` makes another.
    package var installation: String
    /// Since when this installation counts, in nanoseconds since 1970.
    package var since: Int64
    package var isEnabled: Bool
    /// When a report was sent last.
    package var sent: Int64?
    /// What went wrong when one was to be sent.
    package var failure: String?
}

/// What was counted over some days.
package struct UsageReport: Sendable, Hashable {
    package var state: UsageState
    package var days: Int
    /// The last day, `2026-11-22`.
    package var until: String
    package var counts: [UsageCounter: Int]

    /// The exact bytes that would be sent: counts rounded up to powers of two, and no name, address or path.
    package func sentJSON(version: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("schema")
        json.number(1)
        json.key("installation")
        json.string(state.installation)
        json.key("version")
        json.string(version)
        json.key("days")
        json.number(days)
        json.key("until")
        json.string(until)
        json.key("counters")
        json.beginObject()
        let capabilities = Set(UsageCounter.allCases.map(\.capability)).sorted()
        for capability in capabilities {
            json.key(capability)
            json.beginObject()
            for counter in UsageCounter.allCases where counter.capability == capability {
                json.key(counter.rawValue)
                json.number(Self.rounded(counts[counter] ?? 0))
            }
            json.endObject()
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    /// The next power of two, so that a count tells no more than an order of magnitude; 0 stays 0.
    static func rounded(_ count: Int) -> Int {
        guard count > 1 else { return max(0, count) }
        guard count < 1 << 62 else { return 1 << 62 }
        return 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    }
}

extension OutputStore {
    /// The days of a report.
    package static let reportDays = 7

    /// What was counted in the last days.
    package func usage(days: Int, now: Int64) async throws(StorageError) -> UsageReport {
        let state = try await usageState(now: now)
        let last = UsageDay.of(now)
        let count = min(max(1, days), Int(UsageMeter.keptDays))
        let sums = try await database.read { connection throws(StorageError) in
            try connection.all(OutputSQL.usage, [.integer(last - Int64(count) + 1), .integer(last)]) {
                row throws(StorageError) in (try row.text(0), try row.int(1))
            }
        }
        var counts: [UsageCounter: Int] = [:]
        for (name, count) in sums {
            // An older program may have counted what this one does not know.
            if let counter = UsageCounter(rawValue: name) { counts[counter] = max(0, count) }
        }
        return UsageReport(state: state, days: count, until: UsageDay.text(last), counts: counts)
    }

    func addUsage(_ counts: [UsageCounter: Int], day: Int64) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            for (counter, count) in counts {
                try connection.execute(
                    OutputSQL.addUsage,
                    [.integer(day), .text(counter.rawValue), .integer(count)]
                )
            }
            try connection.execute(OutputSQL.forgetUsage, [.integer(day - UsageMeter.keptDays)])
        }
    }

    /// Whether usage may be sent. The first call makes the installation's identifier.
    package func usageState(now: Int64) async throws(StorageError) -> UsageState {
        if let state = try await readUsageState() { return state }
        let fresh = UsageState(installation: Self.randomInstallation(), since: now, isEnabled: false)
        try await database.write { connection throws(StorageError) in
            guard try Self.read(connection) == nil else { return }
            try Self.write(fresh, connection)
        }
        return try await readUsageState() ?? fresh
    }

    /// Lets usage be sent, or lets it no longer.
    package func enableUsage(_ isEnabled: Bool, now: Int64) async throws(StorageError) -> UsageState {
        try await changeUsage(now: now) { state in
            state.isEnabled = isEnabled
            state.failure = nil
        }
    }

    /// Forgets all that was counted, and who it was counted for.
    package func resetUsage(now: Int64) async throws(StorageError) -> UsageState {
        try await database.write { connection throws(StorageError) in
            try connection.execute(OutputSQL.forgetUsage, [.integer(Int64.max)])
        }
        return try await changeUsage(now: now) { state in
            state.installation = Self.randomInstallation()
            state.since = now
            state.sent = nil
            state.failure = nil
        }
    }

    /// Notes that a report was sent, or why it was not.
    func noteUsageSent(at time: Int64, failure: String?) async throws(StorageError) {
        _ = try await changeUsage(now: time) { state in
            if failure == nil { state.sent = time }
            state.failure = failure
        }
    }

    private func changeUsage(
        now: Int64,
        _ change: @escaping @Sendable (inout UsageState) -> Void
    ) async throws(StorageError) -> UsageState {
        _ = try await usageState(now: now)
        return try await database.write { connection throws(StorageError) in
            guard var state = try Self.read(connection) else {
                throw StorageError(.notFound, "the state of usage is gone")
            }
            change(&state)
            try Self.write(state, connection)
            return state
        }
    }

    private func readUsageState() async throws(StorageError) -> UsageState? {
        try await database.read { connection throws(StorageError) in try Self.read(connection) }
    }

    private static func read(_ connection: Connection) throws(StorageError) -> UsageState? {
        try connection.first(OutputSQL.usageState) { row throws(StorageError) in
            UsageState(
                installation: try row.text(0),
                since: try row.integer(1),
                isEnabled: try row.integer(2) != 0,
                sent: try row.integerOrNull(3),
                failure: try row.textOrNull(4)
            )
        }
    }

    private static func write(_ state: UsageState, _ connection: Connection) throws(StorageError) {
        try connection.execute(
            OutputSQL.setUsageState,
            [
                .text(state.installation), .integer(state.since), .integer(state.isEnabled ? 1 : 0),
                .integer(orNull: state.sent), .text(orNull: state.failure),
            ]
        )
    }

    /// 128 random bits; nothing of the machine, and no time as a UUID of version 7 would tell.
    private static func randomInstallation() -> String {
        let digits = [UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits.joined()
    }
}
