// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A buffer of plain values that grows at its end and is emptied without giving back its memory.
///
/// An array's elements lie behind a reference that each access retains and each change tests for being the only one;
/// here they lie behind a pointer that the owner alone has.
public struct GrowingBuffer<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<Element>
    @usableFromInline var capacity: Int
    @usableFromInline var used: Int
    /// The number of elements.
    @inlinable public var count: Int { used }

    /// - Parameter capacity: the elements to make room for at once; the buffer doubles when they are used up.
    public init(capacity: Int) {
        self.capacity = max(capacity, 1)
        base = .allocate(capacity: self.capacity)
        used = 0
    }

    /// A buffer of equal elements.
    public init(repeating element: Element, count: Int) {
        self.init(capacity: count)
        base.initialize(repeating: element, count: count)
        used = count
    }

    deinit {
        base.deallocate()
    }

    @inlinable
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "an index beyond the buffer")
            return base[index]
        }
        _modify {
            precondition(index >= 0 && index < count, "an index beyond the buffer")
            yield &base[index]
        }
    }

    /// Where a run of elements lies, until the buffer next grows.
    @inlinable
    public mutating func pointer(at start: Int, count length: Int) -> UnsafeMutablePointer<Element> {
        precondition(start >= 0 && length >= 0 && start + length <= count, "a run beyond the buffer")
        return base + start
    }

    @inlinable
    public mutating func append(_ element: Element) {
        if count == capacity {
            grow(by: 1)
        }
        (base + count).initialize(to: element)
        used += 1
    }

    /// Copies elements to the end. They must not lie in this buffer.
    @inlinable
    public mutating func append(contentsOf elements: UnsafeBufferPointer<Element>) {
        guard let source = elements.baseAddress else {
            return
        }
        if elements.count > capacity - count {
            grow(by: elements.count)
        }
        (base + count).initialize(from: source, count: elements.count)
        used += elements.count
    }

    /// Forgets the first elements; the others move to the beginning.
    @inlinable
    public mutating func removeFirst(_ removed: Int) {
        precondition(removed >= 0 && removed <= count, "more than there are")
        base.update(from: base + removed, count: count - removed)
        used -= removed
    }

    /// The elements, until the buffer next changes.
    @inlinable
    public var elements: UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(start: base, count: count)
    }

    /// Forgets all elements and keeps the memory.
    @inlinable
    public mutating func removeAll() {
        used = 0
    }

    /// Forgets the last elements.
    @inlinable
    public mutating func removeLast(_ removed: Int) {
        precondition(removed >= 0 && removed <= count, "more than there are")
        used -= removed
    }

    @usableFromInline
    mutating func grow(by added: Int) {
        let newCapacity = max(capacity * 2, count + added)
        let newBase = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
        newBase.moveInitialize(from: base, count: count)
        base.deallocate()
        base = newBase
        capacity = newCapacity
    }
}

// Sendable: the memory has one owner, and those who only read it do not change it.
extension GrowingBuffer: @unchecked Sendable where Element: Sendable {}
