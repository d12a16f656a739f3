// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// Estimates how many different clients there were, in 512 bits.
///
/// Linear counting (Whang, Vander-Zanden, Taylor 1990): each client sets the bit that its hash chooses; the share of bits
/// that are still zero tells how many there were. Within some 5 % for a few hundred, of no use beyond some 3,000.
struct ClientSketch: Equatable {
    private var words = InlineArray<8, UInt64>(repeating: 0)

    static let byteCount = 64

    init() {}

    /// Reads what ``bytes`` wrote; what is of another length is empty.
    init(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return }
        for place in 0..<8 {
            words[place] = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
        }
    }

    var bytes: [UInt8] {
        (0..<8).flatMap { place in withUnsafeBytes(of: words[place].littleEndian) { Array($0) } }
    }

    static func == (left: ClientSketch, right: ClientSketch) -> Bool {
        (0..<8).allSatisfy { left.words[$0] == right.words[$0] }
    }

    /// - Parameter hash: of whom no attacker can foresee the bits.
    mutating func insert(hash: UInt64) {
        words[Int(hash & 7)] |= 1 << (hash >> 3 & 63)
    }

    mutating func formUnion(_ other: ClientSketch) {
        for place in 0..<8 { words[place] |= other.words[place] }
    }

    var estimate: Int {
        let set = (0..<8).reduce(0) { $0 + words[$1].nonzeroBitCount }
        guard set < 512 else { return 3_194 }
        return Int((-512 * log(Double(512 - set) / 512)).rounded())
    }
}
