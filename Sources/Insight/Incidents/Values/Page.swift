// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A place in a list that is ordered by time and number, newest first; where the next page begins.
///
/// Its numbers are what `CursorSeal` seals and opens.
package struct PagePlace: Sendable, Hashable {
    /// Nanoseconds since 1970.
    package var time: Int64
    package var id: Int64

    package init(time: Int64, id: Int64) {
        self.time = time
        self.id = id
    }

    /// - Parameter numbers: two, as ``numbers`` has them.
    package init?(numbers: [Int64]) {
        guard numbers.count == 2 else { return nil }
        self.init(time: numbers[0], id: numbers[1])
    }

    package var numbers: [Int64] { [time, id] }

    /// Before all that there is.
    package static let newest = PagePlace(time: .max, id: .max)
}

/// One page of a list.
package struct Page<Element: Sendable>: Sendable {
    package var elements: [Element]
    /// Where the next page begins; nil at the end of the list.
    package var next: PagePlace?
    /// Whether the search stopped before the page was full, because it had looked at as many rows as one page may cost.
    /// It goes on at ``next``.
    package var isPartial: Bool

    package init(_ elements: [Element], next: PagePlace?, isPartial: Bool = false) {
        self.elements = elements
        self.next = next
        self.isPartial = isPartial
    }
}
