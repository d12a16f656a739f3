// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The keys of a provider, fetched again once a day and when a token names one that is not there, and never more than once a
/// minute, however many tokens name keys that never were.
actor KeySetCache {
    private let fetch: @Sendable () async -> Result<KeySet, AccessError>
    private var keys: KeySet?
    private var fetched: Int64 = 0
    private var attempted: Int64?
    private var fetching: Task<Void, Never>?
    private var failure: AccessError?

    static let interval = 60 * Times.second

    init(_ fetch: @escaping @Sendable () async -> Result<KeySet, AccessError>) {
        self.fetch = fetch
    }

    /// The key that made a token, as far as the token says so.
    ///
    /// - Throws: ``AccessError/Code/provider`` where there is none, or no keys can be had.
    func key(for token: SignedToken, at time: Int64) async throws(AccessError) -> KeySet.Key {
        if let key = fresh(at: time)?.key(for: token) { return key }
        let isDue = attempted.map { time < $0 || Times.elapsed(from: $0, to: time) >= Self.interval } ?? true
        if isDue || fetching != nil { await refetch(at: time) }
        guard let keys = fresh(at: time) else {
            throw failure ?? AccessError(.provider, "the provider's keys are too old and cannot be fetched")
        }
        guard let key = keys.key(for: token) else {
            throw AccessError(.provider, "the ID token is of a key that the provider does not have")
        }
        return key
    }

    private func fresh(at time: Int64) -> KeySet? {
        Times.elapsed(from: fetched, to: time) < Times.day ? keys : nil
    }

    /// All who need keys at once wait for one fetch. Where it fails, the keys that are there stay.
    private func refetch(at time: Int64) async {
        if let fetching { return await fetching.value }
        attempted = time
        let task = Task { finish(await fetch(), at: time) }
        fetching = task
        await task.value
    }

    private func finish(_ result: Result<KeySet, AccessError>, at time: Int64) {
        switch result {
        case .success(let new):
            keys = new
            fetched = time
            failure = nil
        case .failure(let error):
            failure = error
        }
        fetching = nil
    }
}
