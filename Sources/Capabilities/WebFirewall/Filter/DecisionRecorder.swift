// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import Evidence
internal import Synchronization

/// Writes what the firewall does to requests into the evidence log, before it is done.
///
/// Where that fails, nothing is done for a while: the rules observe until a record may work again.
package final class DecisionRecorder: Sendable {
    private let log: EvidenceLog
    private let report: @Sendable (String) -> Void
    private let recorded: @Sendable (Decision, _ leaf: Int) -> Void
    /// When a record failed, in nanoseconds since 1970; 0 where the last one worked.
    private let failureTime = Atomic<Int64>(0)

    /// How long rules only observe after a failure, in nanoseconds.
    static let pause: Int64 = 5_000_000_000

    /// - Parameters:
    ///   - recorded: is told of each decision that is on disk, with the number of its leaf.
    ///   - report: is told that nothing can be recorded, and that it can again.
    package init(
        _ log: EvidenceLog,
        recorded: @escaping @Sendable (Decision, _ leaf: Int) -> Void = { _, _ in },
        report: @escaping @Sendable (String) -> Void
    ) {
        self.log = log
        self.recorded = recorded
        self.report = report
    }

    /// Whether a decision that is made now will probably be recorded; where not, none is to be made.
    func isReady(at time: Int64) -> Bool {
        let failed = failureTime.load(ordering: .relaxed)
        // A clock that went back ends the pause as well.
        return failed == 0 || time < failed || time - failed >= Self.pause
    }

    /// Records a decision.
    ///
    /// - Parameter done: called once, from any thread, with whether it is on disk.
    func record(_ decision: Decision, done: @escaping @Sendable (_ isRecorded: Bool) -> Void) {
        let time = decision.time
        do throws(EvidenceError) {
            try log.append(EvidenceLeaf(decision)) { [self] result in
                switch result {
                case .success(let position):
                    noteSuccess()
                    // A client waits for this; whoever keeps and sends decisions does not.
                    done(true)
                    recorded(decision, position.index)
                case .failure(let error):
                    note(error, at: time)
                    done(false)
                }
            }
        } catch {
            note(error, at: time)
            done(false)
        }
    }

    private func noteSuccess() {
        guard failureTime.load(ordering: .relaxed) != 0, failureTime.exchange(0, ordering: .relaxed) != 0 else {
            return
        }
        report("decisions are recorded again, so rules are enforced again")
    }

    /// - Returns: whether the record before had worked.
    @discardableResult
    func noteFailure(at time: Int64) -> Bool {
        failureTime.exchange(max(time, 1), ordering: .relaxed) == 0
    }

    private func note(_ error: EvidenceError, at time: Int64) {
        if noteFailure(at: time) {
            report("decisions cannot be recorded, so rules only observe till they can: \(error)")
        }
    }
}
