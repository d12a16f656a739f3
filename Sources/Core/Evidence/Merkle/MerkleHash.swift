// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation

/// A SHA-256 hash of a leaf or of a node of the tree (RFC 6962, section 2.1; RFC 9162, section 2.1.1).
///
/// Leaves and nodes are hashed with different first bytes, so that neither can pass for the other.
package struct MerkleHash: Hashable, Sendable, BitwiseCopyable {
    /// The bytes as they lie in memory, eight to a word.
    private let words0: UInt64
    private let words1: UInt64
    private let words2: UInt64
    private let words3: UInt64

    /// The number of bytes of a hash.
    package static let byteCount = 32
    /// What stands before the bytes of a leaf when it is hashed.
    package static let leafPrefix: UInt8 = 0x00
    /// What stands before the two hashes of a node when it is hashed.
    package static let nodePrefix: UInt8 = 0x01

    /// The root of a tree without leaves: the hash of nothing.
    package static let emptyTree = MerkleHash(hashing: UnsafeRawBufferPointer(start: nil, count: 0))

    /// - Parameter bytes: 32 bytes; of anything else nothing is made.
    package init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount else { return nil }
        self = bytes.withUnsafeBytes { $0.loadUnaligned(as: MerkleHash.self) }
    }

    /// Reads a hash out of a buffer.
    ///
    /// - Parameter offset: where its 32 bytes begin; they must lie in the buffer.
    package init(in buffer: UnsafeRawBufferPointer, at offset: Int) {
        self = buffer.loadUnaligned(fromByteOffset: offset, as: MerkleHash.self)
    }

    /// Hashes bytes as they are; their first byte says whether they are a leaf or a node.
    package init(hashing prefixed: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: prefixed)
        self = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: MerkleHash.self) }
    }

    /// The hash of a leaf with these bytes.
    package init(leaf: [UInt8]) {
        var bytes: [UInt8] = [Self.leafPrefix]
        bytes.append(contentsOf: leaf)
        self = bytes.withUnsafeBytes { MerkleHash(hashing: $0) }
    }

    /// The hash of the node above two others.
    package init(left: MerkleHash, right: MerkleHash) {
        self = withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Self.byteCount, alignment: 1) { buffer in
            buffer.storeBytes(of: Self.nodePrefix, as: UInt8.self)
            buffer.storeBytes(of: left, toByteOffset: 1, as: MerkleHash.self)
            buffer.storeBytes(of: right, toByteOffset: 1 + Self.byteCount, as: MerkleHash.self)
            return MerkleHash(hashing: UnsafeRawBufferPointer(buffer))
        }
    }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: self) { Array($0) }
    }

    /// The form that checkpoints and proofs use (RFC 4648, section 4).
    package var base64: String {
        Data(bytes).base64EncodedString()
    }

    /// - Parameter base64: 44 characters, padded and canonical.
    package init?(base64: String) {
        guard let bytes = Base64.decode(base64) else { return nil }
        self.init(bytes)
    }

    /// Whether all bytes are zero, which no hash is, but what a file system may put in place of what it lost.
    package var isZero: Bool {
        words0 | words1 | words2 | words3 == 0
    }

    /// Appends the 32 bytes.
    package func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: self) { bytes.append(contentsOf: $0) }
    }
}

extension MerkleHash: CustomStringConvertible {
    package var description: String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
