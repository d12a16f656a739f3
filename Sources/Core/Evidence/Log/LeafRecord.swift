// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How a leaf lies in its file: the length of the leaf (four bytes, most significant first), the first eight bytes of its
/// hash, a zero byte, and the leaf. From the zero byte on, the record is what RFC 6962 hashes for a leaf.
///
/// The eight bytes tell a leaf that was written whole from one that a lost power supply has left in pieces.
enum LeafRecord {
    /// Bytes before the leaf.
    static let headerLength = 13
    static let checkOffset = 4
    static let checkLength = 8
    static let hashedOffset = 12

    /// The length of the leaf whose record begins here; nil where no leaf has such a length.
    static func leafLength(in buffer: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        guard offset >= 0, offset + headerLength <= buffer.count else { return nil }
        let length = Int(UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        return (1...EvidenceLeaf.maximumLength).contains(length) ? length : nil
    }

    /// Appends a record without its check, which ``seal(_:at:)`` writes.
    ///
    /// - Returns: the length of the record.
    static func append(_ leaf: EvidenceLeaf, to bytes: inout [UInt8]) -> Int {
        let start = bytes.count
        for _ in 0..<headerLength { bytes.append(0) }
        leaf.append(to: &bytes)
        let length = UInt32(truncatingIfNeeded: bytes.count - start - headerLength)
        for place in 0..<4 {
            bytes[start + place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * place))
        }
        return bytes.count - start
    }

    /// Hashes the leaf of the record that begins here, and writes the check.
    ///
    /// - Returns: the hash and the offset behind the record; nil where there is no record.
    static func seal(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> (hash: MerkleHash, end: Int)? {
        let bytes = UnsafeRawBufferPointer(buffer)
        guard let length = leafLength(in: bytes, at: offset) else { return nil }
        let end = offset + headerLength + length
        guard end <= buffer.count, bytes[offset + hashedOffset] == MerkleHash.leafPrefix else { return nil }
        let hash = MerkleHash(hashing: UnsafeRawBufferPointer(rebasing: bytes[(offset + hashedOffset)..<end]))
        withUnsafeBytes(of: hash) { check in
            UnsafeMutableRawBufferPointer(rebasing: buffer[(offset + checkOffset)...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: check[..<checkLength]))
        }
        return (hash, end)
    }
}

/// A record as it was read.
struct ReadLeaf {
    let index: Int
    /// Where its record begins in its file.
    let offset: Int
    /// The leaf's bytes.
    let bytes: [UInt8]
    /// Of the bytes as they were read.
    let hash: MerkleHash
    /// Whether the record's check belongs to its bytes.
    let isIntact: Bool
}

/// Reads the records of one file of leaves, one after another, in pieces of a megabyte.
struct LeafReader {
    private let file: StorageFile
    private var buffer: [UInt8] = []
    /// Where the buffer begins in the file.
    private var bufferStart = 0
    private var position = 0
    private var index: Int
    /// The size that the file had when it was opened; what is appended later is not read.
    let fileSize: Int

    private static let pieceLength = 1 << 20

    init(_ segment: LeafSegment) throws(EvidenceError) {
        file = try StorageFile(segment.path, .reading)
        fileSize = try file.size()
        index = segment.firstIndex
    }

    /// Where the next record begins; behind the last one, the end of what could be read.
    var offset: Int { bufferStart + position }
    /// The number that the next leaf has.
    var nextIndex: Int { index }

    /// The next record; nil at the end, and where what follows is no whole record.
    mutating func next() throws(EvidenceError) -> ReadLeaf? {
        guard let header = try bytes(LeafRecord.headerLength),
            let length = header.withUnsafeBytes({ LeafRecord.leafLength(in: $0, at: 0) }),
            let record = try bytes(LeafRecord.headerLength + length)
        else { return nil }
        let (hash, isIntact) = record.withUnsafeBytes { bytes in
            let hash = MerkleHash(hashing: UnsafeRawBufferPointer(rebasing: bytes[LeafRecord.hashedOffset...]))
            let check = bytes[LeafRecord.checkOffset..<(LeafRecord.checkOffset + LeafRecord.checkLength)]
            let isWhole = withUnsafeBytes(of: hash) { $0.prefix(LeafRecord.checkLength).elementsEqual(check) }
            return (hash, isWhole && bytes[LeafRecord.hashedOffset] == MerkleHash.leafPrefix)
        }
        let leaf = ReadLeaf(
            index: index,
            offset: offset,
            bytes: Array(record.dropFirst(LeafRecord.headerLength)),
            hash: hash,
            isIntact: isIntact
        )
        position += record.count
        index += 1
        return leaf
    }

    /// The next bytes without moving on; nil where the file has fewer.
    private mutating func bytes(_ count: Int) throws(EvidenceError) -> ArraySlice<UInt8>? {
        if buffer.count - position < count {
            guard offset + count <= fileSize else { return nil }
            bufferStart = offset
            buffer = try file.read(min(max(Self.pieceLength, count), fileSize - bufferStart), at: bufferStart)
            position = 0
            guard buffer.count >= count else { return nil }
        }
        return buffer[position..<(position + count)]
    }
}
