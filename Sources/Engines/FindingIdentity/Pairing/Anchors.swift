// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The longest run of keys that are there once in both of two lists and in the same order: where "patience" differences
/// start. Time is linear but for a binary search for each key.
struct Anchors {
    /// Pairs of indices, both ascending.
    let pairs: [(Int, Int)]

    init(_ left: [UInt64], _ right: [UInt64]) {
        var places: [UInt64: (left: Int, right: Int)] = [:]
        for (index, key) in left.enumerated() {
            places[key] = (places[key] == nil ? index : -1, -1)
        }
        for (index, key) in right.enumerated() {
            guard let place = places[key] else { continue }
            places[key] = (place.left, place.right == -1 ? index : -2)
        }
        let unique = places.values.filter { $0.left >= 0 && $0.right >= 0 }.sorted { $0.left < $1.left }
        pairs = Anchors.longestAscending(unique.map { ($0.left, $0.right) })
    }

    /// The longest part of a list in which the second numbers ascend.
    private static func longestAscending(_ pairs: [(Int, Int)]) -> [(Int, Int)] {
        // For each length the pair that ends a run of it with the smallest second number.
        var ends: [Int] = []
        var before = [Int](repeating: -1, count: pairs.count)
        for index in pairs.indices {
            var low = 0
            var high = ends.count
            while low < high {
                let middle = (low + high) / 2
                if pairs[ends[middle]].1 < pairs[index].1 { low = middle + 1 } else { high = middle }
            }
            if low > 0 { before[index] = ends[low - 1] }
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var result: [(Int, Int)] = []
        var next = ends.last ?? -1
        while next >= 0 {
            result.append(pairs[next])
            next = before[next]
        }
        return result.reversed()
    }
}
