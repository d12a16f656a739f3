// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// Addresses and networks with an end each; finds the narrowest one around an address that has not ended.
struct NetworkTable: Sendable {
    private let v4: RangeTable<UInt32>
    private let v6: RangeTable<UInt128>
    /// The narrowest network around each network; -1 for none.
    private let parents: [Int32]

    /// - Parameter networks: the number of each is its place in the list; no two are equal.
    init(_ networks: [IPNetwork]) {
        var parents = [Int32](repeating: -1, count: networks.count)
        var first: [RangeTable<UInt32>.Entry] = []
        var second: [RangeTable<UInt128>.Entry] = []
        for (index, network) in networks.enumerated() {
            let number = Int32(index)
            if network.isIPv4 {
                first.append(.init(first: network.first.v4, last: network.last.v4, number: number))
            } else {
                second.append(.init(first: network.first.bits, last: network.last.bits, number: number))
            }
        }
        v4 = RangeTable(first, parents: &parents)
        v6 = RangeTable(second, parents: &parents)
        self.parents = parents
    }

    /// The narrowest network around an address that is accepted.
    func narrowest(around address: IPAddress, where isAccepted: (Int) -> Bool) -> Int? {
        var number = address.isIPv4 ? v4.owner(of: address.v4) : v6.owner(of: address.bits)
        while number >= 0 {
            if isAccepted(Int(number)) { return Int(number) }
            number = parents[Int(number)]
        }
        return nil
    }
}
