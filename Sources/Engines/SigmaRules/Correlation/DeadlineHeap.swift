// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Things that are due at a time, the next one on top.
struct DeadlineHeap<Element> {
    private var items: [(deadline: Int64, element: Element)] = []

    var count: Int { items.count }
    /// When the next thing is due; never where there is none.
    var next: Int64 { items.first?.deadline ?? .max }

    mutating func insert(_ element: Element, at deadline: Int64) {
        items.append((deadline, element))
        var child = items.count - 1
        while child > 0, items[child].deadline < items[(child - 1) / 2].deadline {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeNext() -> Element? {
        guard let last = items.popLast() else { return nil }
        guard let top = items.first else { return last.element }
        items[0] = last
        var parent = 0
        while true {
            let (first, second) = (2 * parent + 1, 2 * parent + 2)
            guard first < items.count else { return top.element }
            let isSecondSooner = second < items.count && items[second].deadline < items[first].deadline
            let least = isSecondSooner ? second : first
            guard items[least].deadline < items[parent].deadline else { return top.element }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
