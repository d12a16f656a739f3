// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An immutable table of plain values behind a pointer, owned by the compiled rules.
///
/// Indexes into it come from the compiler of rules, never from events, so the hot paths read it without checks.
// Sendable: nobody writes once it is made.
struct PlainTable<Element: BitwiseCopyable>: @unchecked Sendable, BitwiseCopyable {
    let start: UnsafePointer<Element>
    let count: Int

    init(_ elements: [Element]) {
        // Never empty, so that the pointer always points to memory.
        let copy = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        copy.initialize(from: elements, count: elements.count)
        start = UnsafePointer(copy)
        count = elements.count
    }

    @inline(__always)
    subscript(index: Int) -> Element {
        assert(index >= 0 && index < count, "an index beyond the table")
        return start[index]
    }

    /// Frees the table; it must not be used afterwards.
    func deallocate() {
        start.deallocate()
    }
}
