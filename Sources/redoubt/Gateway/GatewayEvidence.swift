// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Dispatch
import Evidence
import Foundation
import Logging
import Storage
import Synchronization
import WebFirewall

/// The evidence log of a gateway: what is in force, what is blocked, and the hash of each block of events.
///
/// Where it cannot be written nothing may be enforced; what only observes goes on, and the program's log says so.
final class GatewayEvidence {
    private(set) var log: EvidenceLog?
    private(set) var recorder: DecisionRecorder?
    /// Who is told of decisions that are on disk.
    let decisions = DecisionObserver()

    /// What a leaf says of an application.
    private struct Application: Encodable {
        var name: String
        var mode: Mode
        var rules: String?
    }

    private struct Configuration: Encodable {
        var event: String
        var applications: [Application]
    }

    /// What a leaf says of a block of events.
    private struct Block: Encodable {
        var file: String
        var block: Int64
        var events: Int
        var sha256: String
    }

    /// Records what is about to be in force; opens the log where it is not yet.
    ///
    /// - Parameter event: `start` or `reload`.
    /// - Throws: ``LoadFailure`` where that cannot be recorded and something is to be enforced.
    func note(_ setup: GatewaySetup, event: String, logger: Logger) throws(LoadFailure) {
        do throws(EvidenceError) {
            let log = try openLog(setup.plan, logger)
            let applications = zip(setup.plan.applications, setup.rules).map { application, entry in
                Application(name: application.name, mode: application.mode, rules: entry?.title)
            }
            let content = Configuration(event: event, applications: applications)
            try Self.append(try EvidenceLeaf(kind: .gatewayConfigured, time: SystemClock.time, json: content), to: log)
        } catch {
            guard setup.plan.applications.contains(where: { $0.mode == .enforce }) else {
                logger.warning("what is observed is not covered by evidence: \(error)")
                return
            }
            let hint =
                error.code == .inUse
                ? "another Redoubt uses this data folder; choose another with --data"
                : "choose another data folder with --data, or mode observe"
            throw LoadFailure(.couldNotRun("what is enforced cannot be recorded: \(error)", hint: hint))
        }
    }

    /// Covers a block of events with a leaf, so that it shows later whether the block was changed; nil without a log.
    func blockRecorder(_ logger: Logger) -> (@Sendable (StoredEventBlock) -> Void)? {
        guard let log else {
            return nil
        }
        return { stored in
            let complain = { @Sendable (error: EvidenceError) in
                logger.error("a block of events is not covered by evidence: \(error)")
            }
            let content = Block(
                file: stored.day.fileName,
                block: stored.block,
                events: stored.summary.count,
                sha256: stored.hash.map { String(format: "%02x", $0) }.joined()
            )
            do throws(EvidenceError) {
                try log.append(EvidenceLeaf(kind: .eventsStored, time: SystemClock.time, json: content)) { result in
                    if case .failure(let error) = result { complain(error) }
                }
            } catch {
                complain(error)
            }
        }
    }

    /// Opens the policy; nil without a log, as a policy that cannot be recorded is not to be changed.
    func openPolicy(_ plan: GatewayPlan, _ logger: Logger) throws(LoadFailure) -> GatewayPolicy? {
        guard let log else {
            return nil
        }
        return try GatewayPolicy(data: plan.data, evidence: log, in: Self.folder(plan), logger: logger)
    }

    static func folder(_ plan: GatewayPlan) -> LogFolder {
        LogFolder(plan.dataFolder + "/evidence")
    }

    private func openLog(_ plan: GatewayPlan, _ logger: Logger) throws(EvidenceError) -> EvidenceLog {
        if let log {
            return log
        }
        let opened = try EvidenceLog(Self.folder(plan), time: SystemClock.time)
        log = opened
        recorder = DecisionRecorder(
            opened,
            recorded: { [decisions] in decisions.tell($0, $1) },
            report: { logger.error("\($0)") }
        )
        return opened
    }

    /// Waits until a leaf is on disk. For threads that may wait.
    private static func append(_ leaf: EvidenceLeaf, to log: EvidenceLog) throws(EvidenceError) {
        let outcome = Mutex<Result<EvidencePosition, EvidenceError>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        try log.append(leaf) { result in
            outcome.withLock { $0 = result }
            isDone.signal()
        }
        isDone.wait()
        _ = try outcome.withLock { $0 }?.get()
    }

    /// Signs what was recorded; for a gateway without stores, which close the log with themselves.
    func close() async {
        await log?.close()
    }
}

/// Who is told of decisions that are on disk, once somebody wants to know.
final class DecisionObserver: Sendable {
    /// In a structure of its own: the compiler wraps a bare function anew each time that a lock gives it out, and calls of
    /// some hundred thousand wraps overflow the stack.
    private struct Observer: Sendable {
        var tell: @Sendable (Decision, _ leaf: Int) -> Void
    }

    private let observer = Mutex<Observer?>(nil)

    func observe(_ body: @escaping @Sendable (Decision, _ leaf: Int) -> Void) {
        observer.withLock { $0 = Observer(tell: body) }
    }

    func tell(_ decision: Decision, _ leaf: Int) {
        observer.withLock { $0 }?.tell(decision, leaf)
    }
}
