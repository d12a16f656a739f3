// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Correlation
import Foundation
import Incidents
import Logging
import Storage
import Synchronization
import VulnerabilityManagement

/// Ties what the web firewall detects to the findings of scanners once a minute while a server runs, and opens findings
/// again whose risk was accepted until now.
final class AttackWatch: Sendable {
    private let stores: DataStores
    private let logger: Logger
    private let end = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isEnding = Atomic<Bool>(false)
    /// What a look keeps for the next.
    private let memory = TieMemory()

    /// Seconds between two looks.
    private static let pause = 60

    /// Starts to watch.
    init(_ stores: DataStores, _ logger: Logger) {
        self.stores = stores
        self.logger = logger
        WorkThread.start("findings", .low) { [self] in
            var failure: String?
            while end.wait(timeout: .now() + .seconds(Self.pause)) == .timedOut { failure = look(after: failure) }
            ended.signal()
        }
    }

    /// - Parameter failure: why the look before could not be taken; the same is logged once.
    /// - Returns: why this one could not be taken.
    private func look(after failure: String?) -> String? {
        let now = Int(Date().timeIntervalSince1970)
        let store = stores.vulnerabilities
        do {
            try store.expire(now: now)
        } catch {
            logger.error("accepted risks are not looked at again: \(error)")
        }
        do {
            var note: String?
            // A command that is at it counts for this look as well.
            let isDone = try CorrelationLock.hold(besideDatabase: stores.folder + "/vulnerabilities.sqlite") {
                let feed = DetectionFeed(stores.insight)
                let correlator = AttackCorrelator(store, feed, facts: stores.advisories, memory: memory)
                note = try correlator.run(now: now) { [self] in
                    isEnding.load(ordering: .relaxed)
                }.note
            }
            guard isDone else { return failure }
            if let note, note != failure { logger.warning("\(note)") }
            return note
        } catch {
            let text = "attacks are not tied to findings: \(error)"
            if text != failure { logger.error("\(text)") }
            return text
        }
    }

    /// Ends a look that is being taken at its next batch, and waits for that. Nothing is watched after it.
    func close() async {
        isEnding.store(true, ordering: .relaxed)
        end.signal()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [ended] in
                ended.wait()
                continuation.resume()
            }
        }
    }
}
