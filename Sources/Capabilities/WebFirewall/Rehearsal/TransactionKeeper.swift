// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import SecLang
package import Storage
internal import Synchronization

/// Chooses the transactions that are kept for trying changed rules on them: all with a detection, and one in a thousand of
/// the others, which show what a change must not break.
package final class TransactionKeeper: Sendable {
    private let vault: PayloadVault
    private let others = Atomic<UInt64>(0)

    static let share: UInt64 = 1_000

    package init(_ vault: PayloadVault) {
        self.vault = vault
    }

    /// - Parameter hasDetection: whether any rule matched that tells of it.
    func wants(hasDetection: Bool) -> Bool {
        hasDetection || others.add(1, ordering: .relaxed).oldValue % Self.share == 0
    }

    func keep(_ kept: KeptTransaction) {
        vault.keep(Payload(name: kept.identifier, time: kept.time, bytes: kept.encoded))
    }
}
