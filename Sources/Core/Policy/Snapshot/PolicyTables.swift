// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// What a policy is compiled to. The parts do not know each other, so that a change compiles only what it touches.
struct PolicyTables: Sendable {
    var modes: ModeTable
    /// By ``ControlID/index``.
    var exceptions: [ExceptionTable]
    var blocks: BlockIndex
    var neverBlocked: NeverBlockTable
    var limits: LimitTable
    let key: HashKey

    init(_ policy: PolicyDocument, blocks: BlockIndex, key: HashKey) {
        self.key = key
        self.blocks = blocks
        modes = ModeTable(policy.modes.values, key: key)
        exceptions = ControlID.allCases.map { control in
            ExceptionTable(policy.exceptions.values.filter { $0.control == control })
        }
        neverBlocked = NeverBlockTable(policy.neverBlocked.values)
        limits = LimitTable(policy.limits.values, key: key)
    }
}

extension PolicyChange {
    /// The entities whose blocks it sets or lifts, and whether it does nothing else.
    var blockedEntities: (entities: [Entity], isAll: Bool) {
        switch self {
        case .block(let block): return ([block.entity], true)
        case .unblock(let entity): return ([entity], true)
        case .several(let changes):
            var entities: [Entity] = []
            var isAll = true
            for change in changes {
                let part = change.blockedEntities
                entities += part.entities
                isAll = isAll && part.isAll
            }
            return (entities, isAll)
        default: return ([], false)
        }
    }
}
