// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A growing buffer that hands out ranges: everything that a transaction derives is appended here.
///
/// Appending is a bounds check and a copy; nothing is freed before the arena is. A pointer obtained from the
/// arena is valid until the next call that may grow it (`reserve`, `append`), so hold ranges, not pointers.
public struct ByteArena: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    @usableFromInline var used: Int
    /// The number of bytes in use.
    @inlinable public var count: Int { used }

    /// - Parameter capacity: the bytes to allocate at once; the arena doubles when they are used up.
    public init(capacity: Int = 16 * 1024) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
        used = 0
    }

    deinit {
        base.deallocate()
    }

    /// Makes room for `length` bytes at the end and returns where to write them; follow with ``commit(_:)``.
    @inlinable
    public mutating func reserve(_ length: Int) -> UnsafeMutablePointer<UInt8> {
        if length > capacity &- count {
            grow(by: length)
        }
        return base + count
    }

    /// Takes the first `length` bytes written behind the last ``reserve(_:)``.
    @inlinable
    public mutating func commit(_ length: Int) -> ByteRange {
        precondition(length >= 0 && length <= capacity - count, "commit beyond what was reserved")
        let range = ByteRange(offset: count, length: length)
        used += length
        return range
    }

    /// Copies bytes to the end. The source must not lie inside this arena; use ``append(copyOf:)`` for that.
    @inlinable
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) -> ByteRange {
        let target = reserve(bytes.count)
        if let source = bytes.baseAddress {
            target.update(from: source, count: bytes.count)
        }
        return commit(bytes.count)
    }

    /// Copies an array to the end.
    @inlinable
    public mutating func append(_ bytes: [UInt8]) -> ByteRange {
        let target = reserve(bytes.count)
        bytes.withUnsafeBufferPointer { source in
            if let start = source.baseAddress {
                target.update(from: start, count: source.count)
            }
        }
        return commit(bytes.count)
    }

    /// Copies a range of the arena itself to its end.
    @inlinable
    public mutating func append(copyOf range: ByteRange) -> ByteRange {
        let target = reserve(range.count)
        target.update(from: base + Int(range.offset), count: range.count)
        return commit(range.count)
    }

    /// Appends one byte.
    @inlinable
    public mutating func append(byte: UInt8) {
        reserve(1).pointee = byte
        _ = commit(1)
    }

    /// The bytes of a range that this arena handed out.
    @inlinable
    public subscript(range: ByteRange) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + Int(range.offset), count: Int(range.length))
    }

    /// The bytes of a range as an array of their own.
    public func array(_ range: ByteRange) -> [UInt8] {
        Array(self[range])
    }

    /// Takes the last bytes back; no range may reach into them.
    @inlinable
    public mutating func removeLast(_ length: Int) {
        precondition(length >= 0 && length <= count, "more than there are")
        used -= length
    }

    /// Forgets everything but keeps the memory, up to `limit` bytes of it.
    public mutating func removeAll(keepingAtMost limit: Int = 1 << 20) {
        used = 0
        guard capacity > limit else {
            return
        }
        base.deallocate()
        capacity = limit
        base = .allocate(capacity: limit)
    }

    @usableFromInline
    mutating func grow(by length: Int) {
        let newCapacity = max(capacity * 2, count + length)
        let newBase = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
        newBase.update(from: base, count: count)
        base.deallocate()
        base = newBase
        capacity = newCapacity
    }
}
