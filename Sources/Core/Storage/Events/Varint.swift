// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Numbers in as few bytes as they need: seven bits a byte, the lowest first, the high bit where more follow.
enum Varint {
    @inline(__always)
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A number with its sign in the lowest bit, so that small differences stay small.
    static func zigzag(_ number: Int64) -> UInt64 {
        UInt64(bitPattern: (number &<< 1) ^ (number >> 63))
    }

    static func unzigzag(_ number: UInt64) -> Int64 {
        Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }
}

/// Reads a block's columns one after another, and nothing beyond their end.
struct ColumnReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    @inline(__always)
    mutating func varint() throws(StorageError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            number |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return number }
            shift += 7
        }
        throw Self.damage
    }

    mutating func take(_ count: Int) throws(StorageError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - position else { throw Self.damage }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    static let damage = StorageError(.corrupt, "the columns of the block do not fit together")
}
