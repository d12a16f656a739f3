// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import DefenseModel
import Evidence
import Foundation
import Incidents
import Integrations
import Logging
import Policy
import Storage
import Synchronization
import VulnerabilityManagement
import WebFirewall

/// What a data folder holds beside events and payloads, opened by the one process that may change it.
///
/// | name | what |
/// | --- | --- |
/// | `evidence/` | the evidence log |
/// | `policy/` | the policy, whose lock is the lock of all |
/// | `insight.sqlite` | detections, incidents, entities, decisions, numbers |
/// | `access.sqlite` | users, sessions, tokens |
/// | `vulnerabilities.sqlite` | findings of scanners |
/// | `advisories.sqlite` | what feeds say of vulnerabilities |
/// | `outputs.sqlite` | messages that wait or were given up, counters of usage |
/// | `cursor.key` | seals the cursors of lists |
final class DataStores: Sendable {
    let folder: String
    let evidence: EvidenceLog
    let evidenceFolder: LogFolder
    let ledger: PolicyLedger
    let insight: InsightStore
    let access: AccessControl
    let vulnerabilities: VulnerabilityStore
    let advisories: AdvisoryStore
    let cursors: CursorSeal
    /// What waits to leave Redoubt, and how it is used; nil where it cannot be opened, which is logged.
    let outputs: OutputStore?
    let usage: UsageMeter?
    /// Who sends on what is recorded.
    let records = RecordObserver()
    private let decisions: DecisionKeeper

    /// Opens the stores of a folder whose evidence log and policy are open.
    init(
        _ folder: String,
        evidence: EvidenceLog,
        in evidenceFolder: LogFolder,
        ledger: PolicyLedger,
        logger: Logger
    ) throws {
        self.folder = folder
        self.evidence = evidence
        self.evidenceFolder = evidenceFolder
        self.ledger = ledger
        insight = try InsightStore(path: folder + "/insight.sqlite")
        vulnerabilities = try VulnerabilityStore(path: folder + "/vulnerabilities.sqlite")
        advisories = try AdvisoryStore(path: folder + "/advisories.sqlite")
        cursors = try CursorSeal(keyFile: folder + "/cursor.key")
        access = try AccessControl(database: folder + "/access.sqlite", recorder: .evidence(evidence, logger, records))
        outputs = OutputStore.open(in: folder, logger)
        let usage = outputs.map { UsageMeter($0, logger) }
        self.usage = usage
        let decisions = DecisionKeeper(insight, logger)
        self.decisions = decisions
        ledger.observe { [records] entry in
            decisions.keep(entry.decision, leaf: entry.position.index)
            records.tell(entry.decision, leaf: entry.position.index)
            usage?.count(entry.applied.change)
        }
    }

    /// Opens all of a folder, for a command while no server runs.
    ///
    /// - Throws: ``CommandFailure`` where another process has the folder.
    static func open(_ folder: String, logger: Logger) throws -> DataStores {
        do {
            let place = LogFolder(folder + "/evidence")
            let evidence = try EvidenceLog(place, time: SystemClock.time)
            let ledger = try PolicyLedger(folder + "/policy", evidence: evidence, in: place, time: SystemClock.time)
            return try DataStores(folder, evidence: evidence, in: place, ledger: ledger, logger: logger)
        } catch let error as EvidenceError where error.code == .inUse {
            throw CommandFailure.couldNotRun(
                "\(folder) is in use by a server that cannot be reached",
                hint: "wait for its start or end, or name it with --server URL"
            )
        } catch {
            throw CommandFailure.couldNotRun("\(folder) cannot be opened: \(error)")
        }
    }

    /// Keeps what was decided on a request, for lists and pages; what it says is in the evidence log already.
    func keep(_ decision: Decision, leaf: Int) {
        decisions.keep(decision, leaf: leaf, within: DecisionKeeper.gathering)
        records.tell(decision, leaf: leaf)
    }

    /// Brings all to disk.
    func close(_ logger: Logger) async {
        await decisions.close()
        await usage?.close()
        await evidence.close()
        do {
            try insight.close()
            try vulnerabilities.close()
            try advisories.close()
            try access.close()
            try outputs?.close()
        } catch {
            logger.error("the data folder could not be closed in order: \(error)")
        }
    }
}

/// Writes decisions into rows, many at a time, off the path of requests.
final class DecisionKeeper: Sendable {
    private typealias Kept = (decision: Decision, leaf: Int64?)

    private let waiting: Waiting
    private let arrivals: AsyncStream<Void>.Continuation
    private let work: Task<Void, Never>

    /// How long a database that does not take anything is left alone.
    private static let pause = Duration.seconds(1)
    /// How long decisions on requests are gathered: each write is in the way of the next denial.
    static let gathering = Duration.milliseconds(100)

    /// What waits to be written. What does not fit is missing in lists, and the evidence log has it.
    private final class Waiting: Sendable {
        private let state = Mutex<(decisions: [Kept], dropped: Int)>(([], 0))
        private static let most = 20_000

        /// - Returns: whether it is the first that waits.
        @discardableResult
        func add(_ decision: Kept) -> Bool {
            state.withLock { state in
                if state.decisions.count < Self.most { state.decisions.append(decision) } else { state.dropped += 1 }
                return state.decisions.count == 1
            }
        }

        /// Puts back what could not be written.
        func putBack(_ decisions: [Kept]) {
            state.withLock { state in
                let room = max(0, Self.most - state.decisions.count)
                state.dropped += max(0, decisions.count - room)
                state.decisions.insert(contentsOf: decisions.suffix(room), at: 0)
            }
        }

        func take() -> (decisions: [Kept], dropped: Int) {
            state.withLock { state in
                defer { state = ([], 0) }
                return state
            }
        }
    }

    init(_ insight: InsightStore, _ logger: Logger) {
        let waiting = Waiting()
        let (signals, arrivals) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.waiting = waiting
        self.arrivals = arrivals
        work = Task {
            var isFailing = false
            for await _ in signals {
                let (decisions, dropped) = waiting.take()
                if dropped > 0 { logger.error("\(dropped) decisions are missing in lists: too many at once") }
                do throws(StorageError) {
                    try await insight.keep(decisions)
                    isFailing = false
                } catch  where Self.passes(error) {
                    // Said once: a disk that is full for an hour would say it a thousand times.
                    if !isFailing { logger.warning("decisions wait for lists: \(error)") }
                    isFailing = true
                    waiting.putBack(decisions)
                    try? await Task.sleep(for: Self.pause)
                    arrivals.yield()
                } catch {
                    logger.error("\(decisions.count) decisions are missing in lists: \(error)")
                }
            }
            let (rest, dropped) = waiting.take()
            if rest.count + dropped > 0 { logger.error("\(rest.count + dropped) decisions are missing in lists") }
        }
    }

    /// Whether a failure may be over by itself.
    private static func passes(_ failure: StorageError) -> Bool {
        switch failure.code {
        case .constraint, .statement, .closed, .corrupt: false
        default: true
        }
    }

    /// - Parameter delay: how long it may wait for others; nil for not at all.
    func keep(_ decision: Decision, leaf: Int, within delay: Duration? = nil) {
        let isFirst = waiting.add((decision, Int64(leaf)))
        guard let delay else {
            arrivals.yield()
            return
        }
        guard isFirst else { return }
        Task { [arrivals] in
            try? await Task.sleep(for: delay)
            arrivals.yield()
        }
    }

    func close() async {
        arrivals.yield()
        arrivals.finish()
        await work.value
    }
}

extension AccessRecorder {
    /// Acts on accounts become leaves of the evidence log before they take effect.
    static func evidence(_ log: EvidenceLog, _ logger: Logger, _ records: RecordObserver) -> AccessRecorder {
        @Sendable func leaf(_ act: AccessAct) throws -> EvidenceLeaf {
            guard let kind = EvidenceKind(act.kind.rawValue) else {
                throw EvidenceError(.malformed, "\(act.kind.rawValue) is no kind of leaf")
            }
            return try EvidenceLeaf(kind: kind, time: act.time, json: act)
        }
        return AccessRecorder(
            record: { act in
                _ = try await log.append(leaf(act))
                records.tell(act)
            },
            note: { act in
                do {
                    try log.append(leaf(act)) { result in
                        if case .failure(let error) = result {
                            logger.error("\(act.kind.rawValue) is not recorded: \(error)")
                        } else {
                            records.tell(act)
                        }
                    }
                } catch {
                    logger.error("\(act.kind.rawValue) is not recorded: \(error)")
                }
            }
        )
    }
}
