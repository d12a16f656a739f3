// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The provider's description, fetched again once a day; where that fails, the one that is there is used.
///
/// All who need it at once wait for one fetch, and after a failure there is a pause, however many people press the button.
actor DiscoveryCache {
    private let provider: OpenIDProvider
    private let fetch: OpenIDFetch
    /// The description that was fetched last.
    private(set) var latest: Discovery?
    private var fetched: Int64 = 0
    private var failure: (error: AccessError, time: Int64)?
    private var fetching: Task<Void, Never>?

    static let pause = 5 * Times.second

    init(_ provider: OpenIDProvider, _ fetch: @escaping OpenIDFetch) {
        self.provider = provider
        self.fetch = fetch
    }

    /// - Throws: ``AccessError/Code/provider`` where there is none and none can be had.
    func discovery(at time: Int64) async throws(AccessError) -> Discovery {
        if let latest, (0..<Times.day).contains(Times.elapsed(from: fetched, to: time)) { return latest }
        let pauses = failure.map { (0..<Self.pause).contains(Times.elapsed(from: $0.time, to: time)) } ?? false
        if fetching != nil || !pauses { await refetch(at: time) }
        guard let latest else {
            throw failure?.error ?? AccessError(.provider, "the provider's description cannot be fetched")
        }
        return latest
    }

    /// The description that was fetched last.
    func known() throws(AccessError) -> Discovery {
        guard let latest else {
            throw AccessError(.provider, "the provider's description was not fetched yet")
        }
        return latest
    }

    private func refetch(at time: Int64) async {
        if let fetching { return await fetching.value }
        let task = Task { await load(at: time) }
        fetching = task
        await task.value
    }

    private func load(at time: Int64) async {
        do throws(AccessError) {
            let body = try await ProviderAnswer.body(of: .get(provider.discoveryAddress), fetch)
            latest = try Discovery(body, of: provider)
            fetched = time
            failure = nil
        } catch {
            failure = (error, time)
        }
        fetching = nil
    }
}
