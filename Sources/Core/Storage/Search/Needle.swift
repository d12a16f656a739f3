// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// Bytes that are looked for in lines of events.
struct Needle: Sendable {
    let bytes: [UInt8]
    /// Where its two rarest bytes are, by which it is looked for.
    private let first: Int
    private let second: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let places = bytes.indices.sorted { (Self.commonness(bytes[$0]), $0) < (Self.commonness(bytes[$1]), $1) }
        first = places.first ?? 0
        second = places.dropFirst().first ?? first
    }

    /// The least for what is rarest in JSON with English words, numbers, addresses and paths.
    private static func commonness(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: ":"), UInt8(ascii: ","): 5
        case _ where "0123456789_./eatoinsrpduch".utf8.contains(byte): 4
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: " "): 3
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): 2
        case 0x20...0x7E: 1
        default: 0
        }
    }

    /// Where it begins at an offset or later; nil where it does not. An empty one is everywhere.
    func find(in lines: UnsafeRawBufferPointer, from offset: Int = 0) -> Int? {
        guard let base = lines.baseAddress, offset < lines.count else { return nil }
        guard !bytes.isEmpty else { return offset }
        return bytes.withUnsafeBufferPointer { needle in
            let start = (base + offset).assumingMemoryBound(to: UInt8.self)
            return redoubt_find(start, lines.count - offset, needle.baseAddress, needle.count, first, second).map {
                $0 - base
            }
        }
    }
}
