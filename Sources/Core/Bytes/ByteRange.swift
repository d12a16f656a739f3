// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A run of bytes inside some buffer, by offset and length.
///
/// Engines keep values as ranges of an arena rather than as arrays, so that a value costs eight bytes and
/// stays valid when the arena grows.
public struct ByteRange: Sendable, Hashable, BitwiseCopyable {
    /// The index of the first byte.
    public var offset: UInt32
    /// The number of bytes.
    public var length: UInt32

    @inlinable
    public init(offset: UInt32, length: UInt32) {
        self.offset = offset
        self.length = length
    }

    /// A range from `Int` bounds; bounds beyond 4 GiB are clamped, which no buffer here can reach.
    @inlinable
    public init(offset: Int, length: Int) {
        self.offset = UInt32(clamping: offset)
        self.length = UInt32(clamping: length)
    }

    /// The empty range at the start of a buffer.
    @inlinable
    public static var empty: ByteRange { ByteRange(offset: UInt32(0), length: 0) }

    @inlinable
    public var isEmpty: Bool { length == 0 }

    /// The number of bytes, as `Int`.
    @inlinable
    public var count: Int { Int(length) }

    /// The indices that the range covers.
    @inlinable
    public var bounds: Range<Int> { Int(offset)..<(Int(offset) + Int(length)) }
}
