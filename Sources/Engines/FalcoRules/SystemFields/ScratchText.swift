// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Memory for values that are put together: it is taken back as a whole when the reader goes on to the next event.
///
/// Pieces never move, because values point to them: when a chunk is full another is taken, and kept for later events.
struct ScratchText: ~Copyable {
    private static let chunkSize = 64 << 10
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var chunk = 0
    private var used = 0
    /// Where the text that is being put together begins.
    private var start = 0

    init() {
        chunks.append(.allocate(byteCount: Self.chunkSize, alignment: 8))
    }

    deinit {
        for chunk in chunks {
            chunk.deallocate()
        }
    }

    /// Takes back all memory.
    @inline(__always)
    mutating func removeAll() {
        chunk = 0
        used = 0
        start = 0
    }

    /// Begins a text.
    mutating func begin() {
        start = used
    }

    /// The text since ``begin()``; nothing that is appended later belongs to it.
    mutating func finish() -> FieldValue {
        let text = UnsafeRawBufferPointer(rebasing: chunks[chunk][start..<used])
        start = used
        return .bytes(text)
    }

    /// Whether nothing was appended since ``begin()``.
    var isEmpty: Bool { used == start }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: chunks[chunk][used...]).copyBytes(from: bytes)
        used += bytes.count
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    mutating func append(byte: UInt8) {
        reserve(1)
        chunks[chunk][used] = byte
        used += 1
    }

    /// Appends bytes with another one in place of each zero; a zero at the end is left out.
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, zeroAs replacement: UInt8) {
        let count = bytes.last == 0 ? bytes.count - 1 : bytes.count
        reserve(count)
        for index in 0..<count {
            chunks[chunk][used + index] = bytes[index] == 0 ? replacement : bytes[index]
        }
        used += count
    }

    /// Appends a number in a base of at most 16.
    mutating func append(_ number: UInt64, base: UInt64 = 10, minimumDigits: Int = 1) {
        var digits = (0 as UInt64, 0 as UInt64, 0 as UInt64, 0 as UInt64)
        withUnsafeMutableBytes(of: &digits) { buffer in
            var rest = number
            var place = buffer.count
            while rest > 0 || buffer.count - place < min(minimumDigits, buffer.count) {
                place -= 1
                let digit = UInt8(truncatingIfNeeded: rest % base)
                buffer[place] = digit < 10 ? 0x30 + digit : 0x37 + digit
                rest /= base
            }
            append(UnsafeRawBufferPointer(rebasing: buffer[place...]).assumingMemoryBound(to: UInt8.self))
        }
    }

    mutating func append(signed number: Int64) {
        if number < 0 {
            append(byte: UInt8(ascii: "-"))
        }
        append(number.magnitude)
    }

    /// Makes room; a text that does not fit moves to a new chunk as far as it has come.
    private mutating func reserve(_ count: Int) {
        guard used + count > chunks[chunk].count else {
            return
        }
        let begun = used - start
        let needed = max(Self.chunkSize, (begun + count) * 2)
        if chunk + 1 == chunks.count || chunks[chunk + 1].count < needed {
            chunks.insert(.allocate(byteCount: needed, alignment: 8), at: chunk + 1)
        }
        let old = UnsafeRawBufferPointer(rebasing: chunks[chunk][start..<used])
        chunk += 1
        chunks[chunk].copyMemory(from: old)
        start = 0
        used = begun
    }
}
