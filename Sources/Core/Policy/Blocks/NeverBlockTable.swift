// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// The never-block list, compiled, with the loopback addresses.
struct NeverBlockTable: Sendable {
    private let networks: NetworkTable
    private let ofNetworks: [NeverBlock]
    private let ofEntities: [Entity: NeverBlock]

    init(_ entries: some Collection<NeverBlock>) {
        var networks: [IPNetwork] = []
        var ofNetworks: [NeverBlock] = []
        var ofEntities: [Entity: NeverBlock] = [:]
        for entry in NeverBlock.loopback + entries {
            if let network = entry.entity.network {
                networks.append(network)
                ofNetworks.append(entry)
            } else {
                ofEntities[entry.entity] = entry
            }
        }
        self.networks = NetworkTable(networks)
        self.ofNetworks = ofNetworks
        self.ofEntities = ofEntities
    }

    /// The entry that an activity falls under; nil where it may be blocked.
    func entry(_ facts: ActivityFacts, at time: Int64) -> NeverBlock? {
        if let address = facts.address,
            let index = networks.narrowest(around: address, where: { ofNetworks[$0].isActive(at: time) })
        {
            return ofNetworks[index]
        }
        guard !ofEntities.isEmpty else { return nil }
        for entity in facts.entities {
            if let entry = ofEntities[entity], entry.isActive(at: time) { return entry }
        }
        return nil
    }
}

extension NeverBlock {
    fileprivate func isActive(at time: Int64) -> Bool { (expires ?? .max) > time }
}
