// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// Writes fields one behind the other, each with its length before it.
struct FieldWriter {
    var bytes: [UInt8] = []

    /// Seven bits a byte, the lowest first.
    mutating func append(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(_ field: some Collection<UInt8>) {
        append(number: UInt64(field.count))
        bytes += field
    }

    mutating func append(fields: [HTTPFieldRange], of head: [UInt8]) {
        append(number: UInt64(fields.count))
        for field in fields {
            append(head[field.name.bounds])
            append(head[field.value.bounds])
        }
    }
}

/// Reads what ``FieldWriter`` wrote; anything else gives nil, and never more than is there.
struct FieldReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number() -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, let byte = byte() {
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }

    mutating func int() -> Int? { number().flatMap { Int(exactly: $0) } }

    mutating func field() -> [UInt8]? {
        guard let count = int(), count <= bytes.count - position else { return nil }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    mutating func fields() -> [(name: [UInt8], value: [UInt8])]? {
        // Each field takes two bytes at least, which bounds what is asked for.
        guard let count = int(), count <= (bytes.count - position) / 2 else { return nil }
        var fields: [(name: [UInt8], value: [UInt8])] = []
        for _ in 0..<count {
            guard let name = field(), let value = field() else { return nil }
            fields.append((name, value))
        }
        return fields
    }
}
