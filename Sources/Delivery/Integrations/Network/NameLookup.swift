// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import Synchronization

/// Looks a receiver's name up, on a thread that may wait, so that nobody else has to.
///
/// The system's resolver cannot be called off. Whoever has waited long enough goes away, and whoever comes while it still
/// works waits for the same answer: one thread at most for each receiver.
final class NameLookup: Sendable {
    typealias Resolve = @Sendable (String) -> [ResolvedAddress]

    private final class Answer: Sendable {
        let addresses = Mutex<[ResolvedAddress]>([])
        let isThere = EndSignal()
    }

    private let host: String
    private let resolve: Resolve
    private let underWay = Mutex<Answer?>(nil)

    init(_ host: String, resolve: @escaping Resolve = ResolvedAddress.resolve) {
        self.host = host
        self.resolve = resolve
    }

    /// - Returns: the addresses of the name, none where it has none; nil where they did not come in time, or where the task
    ///   is cancelled.
    func addresses(within limit: Duration) async -> [ResolvedAddress]? {
        let answer = underWay.withLock { underWay in
            if let underWay { return underWay }
            let fresh = Answer()
            underWay = fresh
            begin(fresh)
            return fresh
        }
        await answer.isThere.wait(atMost: limit)
        return answer.isThere.hasCome ? answer.addresses.withLock { $0 } : nil
    }

    private func begin(_ answer: Answer) {
        DispatchQueue.global().async { [self] in
            let addresses = resolve(host)
            answer.addresses.withLock { $0 = addresses }
            // Whoever comes now asks anew.
            underWay.withLock { $0 = nil }
            answer.isThere.come()
        }
    }
}
