// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads the entries of a list block from front to back, never beyond its end.
struct ListCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    /// The place of the list in the capture.
    private let offset: Int

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    var rest: Int { bytes.count - position }

    private func tooShort(_ what: StaticString) -> CaptureError {
        CaptureError(.entryLength, at: offset + position, "\(what) goes beyond the end of its list")
    }

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type = Number.self
    ) throws(CaptureError) -> Number {
        guard rest >= MemoryLayout<Number>.size else {
            throw tooShort("a number")
        }
        defer {
            position += MemoryLayout<Number>.size
        }
        return bytes.loadUnaligned(fromByteOffset: position, as: type)
    }

    mutating func take(_ count: Int) throws(CaptureError) -> UnsafeRawBufferPointer {
        guard count >= 0, rest >= count else {
            throw tooShort("an entry")
        }
        defer {
            position += count
        }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
    }

    /// A text: its length in two bytes, then its bytes.
    mutating func text(limit: Int) throws(CaptureError) -> UnsafeBufferPointer<UInt8> {
        let start = position
        let length = Int(try number(UInt16.self))
        guard length <= limit else {
            throw CaptureError(
                .entryLength,
                at: offset + start,
                "a text of \(length) bytes where at most \(limit) are allowed"
            )
        }
        return try take(length).assumingMemoryBound(to: UInt8.self)
    }

    /// The next entry of a list whose entries begin with their length.
    ///
    /// - Parameter countsItself: whether the length includes its own four bytes.
    mutating func entry(countsItself: Bool) throws(CaptureError) -> ListCursor {
        let start = position
        let length = Int(try number(UInt32.self)) - (countsItself ? 4 : 0)
        guard length >= 0 else {
            throw CaptureError(.entryLength, at: offset + start, "an entry shorter than its own length field")
        }
        let entryOffset = offset + position
        return ListCursor(try take(length), at: entryOffset)
    }
}
