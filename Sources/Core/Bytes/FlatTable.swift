// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An immutable table of plain values, owned by whoever made it.
///
/// Reading an element of an array that a class holds retains and releases the array; a loop over hundreds of rules
/// pays for that more than for what it does. The owner calls ``deallocate()`` when nobody reads any more.
// Sendable: nobody writes once it is made.
public struct FlatTable<Element: BitwiseCopyable>: @unchecked Sendable, BitwiseCopyable {
    @usableFromInline let elements: UnsafeBufferPointer<Element>

    public init(_ elements: [Element]) {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = copy.initialize(from: elements)
        self.elements = UnsafeBufferPointer(copy)
    }

    @inlinable public var count: Int { elements.count }

    @inlinable
    public subscript(index: Int) -> Element {
        precondition(index >= 0 && index < elements.count, "an index beyond the table")
        return elements[index]
    }

    /// A run of elements.
    @inlinable
    public subscript(start: Int, count length: Int) -> UnsafeBufferPointer<Element> {
        precondition(start >= 0 && length >= 0 && start + length <= elements.count, "a run beyond the table")
        return UnsafeBufferPointer(rebasing: elements[start..<(start + length)])
    }

    /// Frees the table; it must not be used afterwards.
    public func deallocate() {
        elements.deallocate()
    }
}
