// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Evidence
import Logging
import Policy
import Storage
import Synchronization
import WebFirewall

/// The policy of a gateway's data folder.
final class GatewayPolicy: Sendable {
    let ledger: PolicyLedger
    let firewall: FirewallPolicy
    private let standDown: StandDownFile
    private let logger: Logger
    private let counts = EnforcementCounts()
    private let isFailureTold = Atomic(false)

    /// Opens the policy.
    ///
    /// - Throws: ``LoadFailure`` where it cannot be read: nobody would know what is enforced.
    init(data: String?, evidence: EvidenceLog, in log: LogFolder, logger: Logger) throws(LoadFailure) {
        let data = data ?? RuleSetStore.defaultDataDirectory
        do {
            ledger = try PolicyLedger(
                data + "/policy",
                evidence: evidence,
                in: log,
                address: ConsoleSocket.path(inData: data),
                time: SystemClock.time
            )
        } catch {
            throw LoadFailure(
                .couldNotRun(
                    "the policy cannot be read: \(error)",
                    hint: "put a copy of \(data)/policy back; without that folder all is observed"
                )
            )
        }
        self.logger = logger
        firewall = FirewallPolicy(ledger.inForce, limiter: RateLimiter(), counts: counts)
        standDown = StandDownFile(inData: data)
        if let recovered = ledger.recovered {
            logger.warning("\(recovered)")
        }
        // Before the first request: whoever set the switch while nothing ran means the next start.
        standDownIfAsked()
    }

    /// Looks for the switch that stands everything down, and for enforcement that does more than it should, each second
    /// until the task is cancelled.
    func watch() async {
        var watch = PolicyWatch(counts, ledger.document, at: SystemClock.time)
        while !Task.isCancelled {
            await obeyStandDown()
            for due in watch.look(at: ledger.document, time: SystemClock.time) {
                await make(due)
            }
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return
            }
        }
    }

    private func make(_ due: PolicyWatch.Due) async {
        do {
            _ = try await ledger.apply(due.change, by: due.by)
            logger.warning("\(due.change): \(due.by.reason)", metadata: ["by": "\(due.by.maker)"])
        } catch {
            logger.error("\(due.change) is due and cannot be recorded: \(error)")
        }
    }

    /// In force first, recorded afterwards: it stops acts and makes none.
    ///
    /// - Returns: who asked for it; nil where nobody did, or where it is recorded already.
    @discardableResult
    private func standDownIfAsked() -> Authorship? {
        guard ledger.document.stoodDown == nil, let author = standDown.read(time: SystemClock.time) else {
            return nil
        }
        if ledger.inForce.snapshot.stoodDown == nil {
            ledger.inForce.replace(ledger.inForce.snapshot.standingDown(author))
            logger.warning("stood down: all is observed, all blocks are lifted", metadata: ["by": "\(author.maker)"])
        }
        return author
    }

    private func obeyStandDown() async {
        guard let author = standDownIfAsked() else { return }
        do {
            _ = try await ledger.apply(.standDown(author), by: author)
            isFailureTold.store(false, ordering: .relaxed)
        } catch {
            // It is tried again each second, and told once.
            guard !isFailureTold.exchange(true, ordering: .relaxed) else { return }
            logger.error("the stand-down is in force and could not be recorded: \(error)")
        }
    }
}
