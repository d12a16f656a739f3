// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// The part of a source that a reader looks at: it moves forward, and grows only while a place in it is held.
///
/// The text may begin with a byte order mark and may be UTF-16, which shows in its first bytes (RFC 4627, section
/// 3); the window always shows UTF-8, and counts its offsets in that.
package final class ByteWindow {
    private var source: any ByteSource
    private let original: any ByteSource
    private let maximumCapacity: Int
    // The exclusive access to these is not checked at run time: nothing here calls back into the window.
    @exclusivity(unchecked) private(set) var base: UnsafeMutablePointer<UInt8>
    @exclusivity(unchecked) private var capacity: Int
    /// The next byte, as an index into the window.
    @exclusivity(unchecked) package var position = 0
    /// The end of what has been read.
    @exclusivity(unchecked) private(set) package var end = 0
    /// The first byte that must stay; nil for the next one.
    @exclusivity(unchecked) private(set) package var held: Int?
    /// The bytes and line feeds that went out of the window.
    @exclusivity(unchecked) private var bytesBefore = 0
    @exclusivity(unchecked) private var linesBefore = 0
    @exclusivity(unchecked) private var isAtEnd = false
    private var hasBegun = false

    /// What went wrong with the window itself.
    package enum Failure: Error, Equatable {
        /// More must be held than is allowed.
        case full(limit: Int)
        /// The text is UTF-32 or another encoding that is not read.
        case encoding(String)
    }

    /// - Parameters:
    ///   - source: where the bytes come from.
    ///   - capacity: the bytes to make room for.
    ///   - maximumCapacity: the most bytes that the window grows to.
    package init(_ source: any ByteSource, capacity: Int = 256 << 10, maximumCapacity: Int = 32 << 20) {
        self.source = source
        original = source
        self.capacity = max(capacity, 16)
        self.maximumCapacity = max(maximumCapacity, self.capacity)
        base = .allocate(capacity: self.capacity)
    }

    deinit {
        base.deallocate()
    }

    /// The offset in the text of an index into the window.
    package func offset(of index: Int) -> Int {
        bytesBefore + index
    }

    /// The line, from 1, of an index into the window.
    package func line(of index: Int) -> Int {
        linesBefore + redoubt_count_byte(base, max(0, min(index, end)), 0x0A) + 1
    }

    /// The next bytes that are in the window.
    package var rest: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + position, count: end - position)
    }

    /// The bytes between two indexes.
    package func bytes(_ bounds: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        precondition(bounds.lowerBound >= 0 && bounds.upperBound <= end, "a run beyond the window")
        return UnsafeBufferPointer(start: base + bounds.lowerBound, count: bounds.count)
    }

    /// Keeps all from the next byte on, until ``release()``.
    package func hold() {
        held = position
    }

    package func release() {
        held = nil
    }

    /// Goes back to the beginning of the text.
    package func rewind() throws {
        try source.rewind()
        position = 0
        end = 0
        held = nil
        bytesBefore = 0
        linesBefore = 0
        isAtEnd = false
        if hasBegun {
            hasBegun = false
            source = original
        }
    }

    /// Reads more bytes behind those that are there. Indexes change; ``position`` and ``held`` with them.
    ///
    /// - Returns: whether there were any.
    package func fill() throws -> Bool {
        guard !isAtEnd else {
            return false
        }
        if !hasBegun {
            try begin()
            return position < end
        }
        discard()
        if end == capacity {
            try grow()
        }
        return try readMore()
    }

    /// Goes on to a place that was come by before.
    ///
    /// - Parameters:
    ///   - offset: the place, as ``offset(of:)`` gave it; not before the next byte.
    ///   - line: its line, from 1.
    package func skip(to offset: Int, line: Int) throws {
        precondition(held == nil, "a window that is held cannot go on")
        if offset > bytesBefore + end {
            bytesBefore += end
            position = 0
            end = 0
            bytesBefore += try source.skip(offset - bytesBefore)
        }
        while offset > bytesBefore + end {
            // The lines are known, so none is counted.
            bytesBefore += end
            end = 0
            guard try readMore() else {
                return
            }
        }
        position = offset - bytesBefore
        linesBefore = line - 1 - redoubt_count_byte(base, position, 0x0A)
    }

    private func readMore() throws -> Bool {
        let count = try source.read(into: UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end))
        isAtEnd = count == 0
        end += count
        return count > 0
    }

    /// Forgets what lies before the bytes that must stay.
    private func discard() {
        let kept = held ?? position
        guard kept > 0 else {
            return
        }
        bytesBefore += kept
        linesBefore += redoubt_count_byte(base, kept, 0x0A)
        base.update(from: base + kept, count: end - kept)
        end -= kept
        position -= kept
        held = held.map { $0 - kept }
    }

    private func grow() throws {
        guard capacity < maximumCapacity else {
            throw Failure.full(limit: maximumCapacity)
        }
        let larger = min(capacity * 2, maximumCapacity)
        let newBase = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        newBase.update(from: base, count: end)
        base.deallocate()
        base = newBase
        capacity = larger
    }

    // MARK: Encoding

    /// Reads the first bytes and looks at what encoding they are in.
    private func begin() throws {
        hasBegun = true
        while end < 4, try readMore() {}
        switch try encoding() {
        case .utf8(let markLength):
            position = markLength
            if position == end, !isAtEnd {
                _ = try readMore()
            }
        case .utf16(let isBigEndian):
            source = try UTF16Source(original, isBigEndian: isBigEndian)
            end = 0
            isAtEnd = false
            // The byte order mark comes out as U+FEFF, three bytes in UTF-8.
            while end < 4, try readMore() {}
            position = startsWith([0xEF, 0xBB, 0xBF]) ? 3 : 0
        }
    }

    private enum Encoding {
        case utf8(markLength: Int)
        case utf16(isBigEndian: Bool)
    }

    private func encoding() throws -> Encoding {
        if startsWith([0xEF, 0xBB, 0xBF]) {
            return .utf8(markLength: 3)
        }
        if startsWith([0, 0, 0xFE, 0xFF]) || startsWith([0xFF, 0xFE, 0, 0]) {
            throw Failure.encoding("UTF-32 is not read; use UTF-8")
        }
        if startsWith([0xFE, 0xFF]) || (end >= 2 && base[0] == 0 && base[1] != 0) {
            return .utf16(isBigEndian: true)
        }
        if startsWith([0xFF, 0xFE]) || (end >= 2 && base[0] != 0 && base[1] == 0) {
            return .utf16(isBigEndian: false)
        }
        return .utf8(markLength: 0)
    }

    private func startsWith(_ mark: [UInt8]) -> Bool {
        end >= mark.count && UnsafeBufferPointer(start: base, count: mark.count).elementsEqual(mark)
    }
}
