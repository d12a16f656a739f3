// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Memory for the values that a reader composes: grows as an event needs, never moves within one, and is used again for
/// the next.
struct EventScratch: ~Copyable {
    /// The most that one event may take; what comes after is left out.
    static let maximumSize = 32 << 20
    private static let chunkSize = 64 << 10

    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0
    private var total = 0

    init() {}

    deinit {
        for chunk in chunks {
            chunk.deallocate()
        }
    }

    /// Forgets all, but for one chunk of memory.
    mutating func removeAll() {
        while chunks.count > 1, let last = chunks.popLast() {
            last.deallocate()
        }
        used = 0
        total = 0
    }

    /// Room of at least one byte; nil where the event has taken too much.
    mutating func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer? {
        guard total + count <= Self.maximumSize else { return nil }
        if let last = chunks.last, used + count <= last.count {
            defer { used += count }
            return UnsafeMutableRawBufferPointer(rebasing: last[used..<used + count])
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: max(Self.chunkSize, count), alignment: 8)
        chunks.append(chunk)
        used = count
        total += chunk.count
        return UnsafeMutableRawBufferPointer(rebasing: chunk[..<count])
    }

    /// A copy as a value.
    mutating func copy(_ bytes: some Collection<UInt8>) -> FieldValue {
        guard let room = allocate(max(bytes.count, 1)) else { return .absent }
        room.copyBytes(from: bytes)
        return .bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<bytes.count]))
    }
}
