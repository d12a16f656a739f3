// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A cursor over the memory that a transformation writes to.
///
/// The caller has reserved ``Transformation/maximumOutputLength(of:)`` bytes, so appending checks nothing.
struct ByteSink {
    private let start: UnsafeMutablePointer<UInt8>
    /// The number of bytes written.
    var count = 0

    init(_ start: UnsafeMutablePointer<UInt8>) {
        self.start = start
    }

    /// The last byte written, `nil` when there is none.
    @inline(__always)
    var last: UInt8? { count > 0 ? start[count &- 1] : nil }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        start[count] = byte
        count &+= 1
    }

    /// Appends a run of the input.
    mutating func append(_ input: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty, let source = input.baseAddress else {
            return
        }
        (start + count).update(from: source + range.lowerBound, count: range.count)
        count += range.count
    }

    /// The byte at an index below ``count``.
    @inline(__always)
    subscript(index: Int) -> UInt8 { start[index] }
}
