// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Console
internal import Synchronization
internal import VulnerabilityManagement

/// Orders to change findings are kept, and change nothing.
package final class SampleActs: Sendable {
    package struct Done: Sendable, Hashable {
        package var order: FindingActs.Order
        package var maker: String
        package var isPreview: Bool
    }

    private let orders = Mutex<[Done]>([])
    private let undone = Mutex<[String]>([])

    package init() {}

    package var all: [Done] { orders.withLock { $0 } }
    package var takenBack: [String] { undone.withLock { $0 } }

    package var acts: FindingActs {
        FindingActs(
            apply: { [self] order, maker, _, isPreview in
                orders.withLock { $0.append(Done(order: order, maker: maker, isPreview: isPreview)) }
                var examples: [Int64] = [1, 2, 3]
                if case .these(let ids) = order.choice { examples = ids.map { FindingRow.id(of: $0) } }
                return FindingActs.Outcome(
                    matched: examples.count + 1,
                    changed: examples.count,
                    examples: examples,
                    skipped: ["so already": 1],
                    batch: isPreview ? nil : "batch-1"
                )
            },
            undo: { [self] batch, _, _ in
                undone.withLock { $0.append(batch) }
                return FindingActs.Outcome(matched: 1, changed: 1)
            },
            maker: { [self] batch in
                guard batch == "batch-1", !takenBack.contains(batch) else { return nil }
                return all.last { !$0.isPreview }?.maker
            }
        )
    }
}
