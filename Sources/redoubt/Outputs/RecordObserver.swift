// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import DefenseModel
import Integrations
import Logging
import Policy
import Storage
import Synchronization

/// Who is told of what is in the evidence log, once somebody sends it on.
final class RecordObserver: Sendable {
    private let hub = Mutex<OutputHub?>(nil)

    func observe(_ hub: OutputHub) {
        self.hub.withLock { $0 = hub }
    }

    func tell(_ decision: Decision, leaf: Int) {
        hub.withLock { $0 }?.note(decision, leaf: leaf)
    }

    func tell(_ act: AccessAct) {
        hub.withLock { $0 }?.note(act)
    }
}

extension OutputStore {
    /// Opens the store of a data folder. Where that fails, nothing else does.
    static func open(in folder: String, _ logger: Logger) -> OutputStore? {
        do throws(StorageError) {
            return try OutputStore(path: folder + "/outputs.sqlite")
        } catch {
            logger.error("webhooks cannot be sent and usage is not counted: \(error)")
            return nil
        }
    }
}

extension UsageMeter {
    /// Counts a change of the policy by its kind, and by nothing else of it.
    func count(_ change: PolicyChange) {
        switch change {
        case .setMode(let setting):
            count(setting.mode == .enforce ? .modesEnforced : .modesObserved)
            if setting.canary != nil { count(.canaries) }
        case .clearMode: count(.modesObserved)
        case .addException: count(.exceptions)
        case .block: count(.entityBlocks)
        case .setLimit: count(.limits)
        case .standDown: count(.standDowns)
        case .removeException, .unblock: count(.undone)
        case .several(let changes): for change in changes { count(change) }
        case .neverBlock, .removeNeverBlock, .removeLimit, .setFailure, .setBlockRate, .standBack, .resume, .standUp:
            break
        }
    }
}
