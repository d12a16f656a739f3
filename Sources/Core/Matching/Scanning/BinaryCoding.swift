// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Writes numbers (64 bits, little endian), and bytes and lists with their length before them.
struct BinaryWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: [UInt8]) {
        append(UInt64(text.count))
        bytes += text
    }

    mutating func append(_ text: String) {
        append(Array(text.utf8))
    }

    mutating func append(_ texts: [[UInt8]]) {
        append(UInt64(texts.count))
        for text in texts { append(text) }
    }
}

/// Reads what ``BinaryWriter`` wrote. Counts are checked against what is left, so damaged bytes cost no memory.
struct BinaryReader {
    struct Failure: Error {}

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number() throws(Failure) -> UInt64 {
        guard rest.count >= 8 else { throw Failure() }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number of things of which each takes eight bytes at least.
    mutating func count() throws(Failure) -> Int {
        guard let count = Int(exactly: try number()), count <= rest.count / 8 else { throw Failure() }
        return count
    }

    mutating func text() throws(Failure) -> [UInt8] {
        Array(try slice())
    }

    /// The same without a copy, for texts of megabytes.
    mutating func slice() throws(Failure) -> ArraySlice<UInt8> {
        guard let count = Int(exactly: try number()), count <= rest.count else { throw Failure() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func texts() throws(Failure) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        for _ in 0..<(try count()) { texts.append(try text()) }
        return texts
    }

    mutating func string() throws(Failure) -> String {
        String(decoding: try text(), as: UTF8.self)
    }
}
