// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Dispatch
import Evidence
import Foundation
import Synchronization
import WebFirewall

/// The evidence log of a gateway, from the first application on that enforces.
///
/// Where nothing is enforced there is nothing to record, and no log is made.
final class GatewayEvidence {
    private var log: EvidenceLog?
    private(set) var recorder: DecisionRecorder?

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

    /// Records what is about to be in force; opens the log where that is the first that enforces.
    ///
    /// - Parameter event: `start` or `reload`.
    /// - Throws: ``LoadFailure`` where that cannot be recorded. Then nothing may be enforced.
    func note(_ setup: GatewaySetup, event: String) throws(LoadFailure) {
        guard log != nil || setup.plan.applications.contains(where: { $0.mode == .enforce }) else {
            return
        }
        do throws(EvidenceError) {
            let log = try openLog(setup)
            let applications = zip(setup.plan.applications, setup.rules).map { application, entry in
                Application(name: application.name, mode: application.mode, rules: entry?.title)
            }
            let content = Configuration(event: event, applications: applications)
            try Self.append(try EvidenceLeaf(kind: .gatewayConfigured, time: Self.now, json: content), to: log)
        } catch {
            let hint =
                error.code == .inUse
                ? "another Redoubt uses this data folder; choose another with --data"
                : "choose another data folder with --data, or mode observe"
            throw LoadFailure(.couldNotRun("what is enforced cannot be recorded: \(error)", hint: hint))
        }
    }

    private func openLog(_ setup: GatewaySetup) throws(EvidenceError) -> EvidenceLog {
        if let log {
            return log
        }
        let folder = LogFolder((setup.plan.data ?? RuleSetStore.defaultDataDirectory) + "/evidence")
        let opened = try EvidenceLog(folder, time: Self.now)
        log = opened
        recorder = DecisionRecorder(opened) { [logs = setup.logs] line in logs.report(line) }
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

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

    /// Signs what was recorded.
    func close() async {
        await log?.close()
    }
}
