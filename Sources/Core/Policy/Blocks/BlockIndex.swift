// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// All blocks, as a large table and a small one with what has changed since the large one was made.
///
/// A single block among a million takes effect in milliseconds; the large table is made anew when the small one has more
/// than a thousand entries and a 64th of its size.
struct BlockIndex: Sendable {
    private let base: BlockTable
    private var recent: BlockTable
    /// Since the large table: blocks as they are now, nil for those that were lifted.
    private var changes: [Entity: EntityBlock?] = [:]
    /// The networks among the changes; what the large table has for them does not count.
    private var superseded: Set<IPNetwork> = []

    init(_ blocks: [Entity: EntityBlock]) {
        base = BlockTable(blocks.values)
        recent = BlockTable([])
    }

    /// - Parameters:
    ///   - entities: those whose block was set or lifted.
    ///   - blocks: all blocks as they are now.
    func updated(_ entities: some Sequence<Entity>, in blocks: [Entity: EntityBlock]) -> BlockIndex {
        var index = self
        for entity in entities {
            index.changes[entity] = .some(blocks[entity])
            if let network = entity.network { index.superseded.insert(network) }
        }
        guard index.changes.count <= 1024 + base.count / 64 else { return BlockIndex(blocks) }
        index.recent = BlockTable(index.changes.values.compactMap { $0 })
        return index
    }

    /// The block that strikes an activity: of those on its address the narrowest, else the first on another entity.
    func hit(_ facts: ActivityFacts, at time: Int64) -> BlockHit? {
        if let address = facts.address, let hit = hit(address, at: time) { return hit }
        for entity in facts.entities {
            if let number = recent.number(entity, at: time) { return recent.hit(number, entity) }
            guard changes[entity] == nil, let number = base.number(entity, at: time) else { continue }
            return base.hit(number, entity)
        }
        return nil
    }

    private func hit(_ address: IPAddress, at time: Int64) -> BlockHit? {
        let old = base.number(address, at: time, leavingOut: superseded)
        let new = recent.number(address, at: time, leavingOut: [])
        if let new, base.length(old) < recent.length(new) {
            return recent.hit(new, Entity(recent.network(new)))
        }
        return old.map { base.hit($0, Entity(base.network($0))) }
    }
}

extension BlockTable {
    fileprivate func length(_ number: Int?) -> Int {
        number.map { network($0).length } ?? -1
    }
}
