// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// A block that strikes an activity.
package struct BlockHit: Hashable, Sendable {
    /// What is blocked: the client's address, a network around it, or another entity that the activity names.
    package let entity: Entity
    package let maker: String
    package let reason: String
    /// `Int64.max` where it does not end.
    package let expires: Int64
}

/// Blocks, compiled: addresses and networks by ranges, other entities by hash. 60 bytes for an address.
final class BlockTable: Sendable {
    private let networks: NetworkTable
    private let entities: [Entity: Int32]
    /// By number, first those of networks.
    private let firsts: [IPAddress]
    private let lengths: [UInt8]
    private let expiries: [Int64]
    private let notes: [Int32]
    /// Makers and reasons, each pair once: most blocks are made by a few rules.
    private let texts: [Note]

    private struct Note: Hashable, Sendable {
        let maker: String
        let reason: String
    }

    let count: Int

    init(_ blocks: some Collection<EntityBlock>) {
        count = blocks.count
        var networks: [IPNetwork] = []
        var others: [EntityBlock] = []
        var columns = Columns()
        for block in blocks {
            if let network = block.entity.network {
                networks.append(network)
                columns.append(block)
            } else {
                others.append(block)
            }
        }
        var entities: [Entity: Int32] = [:]
        for block in others {
            entities[block.entity] = Int32(columns.expiries.count)
            columns.append(block)
        }
        self.networks = NetworkTable(networks)
        self.entities = entities
        firsts = networks.map(\.first)
        lengths = networks.map { UInt8($0.length) }
        expiries = columns.expiries
        notes = columns.notes
        texts = columns.texts
    }

    /// The number of the narrowest network around an address that has not ended and is not left out.
    func number(_ address: IPAddress, at time: Int64, leavingOut omitted: Set<IPNetwork>) -> Int? {
        networks.narrowest(around: address) { number in
            expiries[number] > time && (omitted.isEmpty || !omitted.contains(network(number)))
        }
    }

    func number(_ entity: Entity, at time: Int64) -> Int? {
        guard let number = entities[entity], expiries[Int(number)] > time else { return nil }
        return Int(number)
    }

    func network(_ number: Int) -> IPNetwork {
        IPNetwork(firsts[number], length: Int(lengths[number]))
    }

    func hit(_ number: Int, _ entity: Entity) -> BlockHit {
        let text = texts[Int(notes[number])]
        return BlockHit(entity: entity, maker: text.maker, reason: text.reason, expires: expiries[number])
    }

    /// What is kept of each block beside its entity.
    private struct Columns {
        var expiries: [Int64] = []
        var notes: [Int32] = []
        var texts: [Note] = []
        private var known: [Note: Int32] = [:]

        mutating func append(_ block: EntityBlock) {
            let note = Note(maker: block.by.maker, reason: block.by.reason)
            let number = known[note] ?? Int32(texts.count)
            if Int(number) == texts.count {
                known[note] = number
                texts.append(note)
            }
            notes.append(number)
            expiries.append(block.expires ?? .max)
        }
    }
}
