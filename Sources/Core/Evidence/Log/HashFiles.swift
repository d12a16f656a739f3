// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The hashes of the tree as the tiles of C2SP tlog-tiles, a file for each level.
///
/// Level 0 has the hash of every leaf, level 1 of every complete subtree of 256 leaves, and so on. Tile N of a level is the
/// 8,192 bytes from N × 8,192 on, and the last, partial one is what is left; so a server of tiles only reads ranges, and
/// no file has to be replaced when a tile grows. All of it follows from the leaves and is made again where it is lost.
struct HashFiles: Sendable {
    private let folder: LogFolder
    private let access: StorageFile.Access
    private var levels: [Level] = []

    private struct Level {
        let file: StorageFile
        /// The number of hashes in the file.
        var count: Int
        /// Hashes that are still to be written.
        var pending: [UInt8] = []
    }

    static let tileHeight = 8

    /// Opens the files that are there. A hash that was not written whole is left out.
    init(_ folder: LogFolder, _ access: StorageFile.Access) throws(EvidenceError) {
        self.folder = folder
        self.access = access
        for number in 0..<(Int.bitWidth / Self.tileHeight) {
            do throws(EvidenceError) {
                let file = try StorageFile("\(folder.hashes)/\(number)", number == 0 ? access : .reading)
                let count = try file.size() / MerkleHash.byteCount
                let own = number == 0 || access == .reading ? file : try StorageFile(file.path, access)
                levels.append(Level(file: own, count: count))
            } catch  where error.code == .notFound && number > 0 {
                break
            }
        }
    }

    /// The number of leaves whose hashes are in the file.
    var count: Int { levels.first?.count ?? 0 }

    /// The number of leaves whose hashes are in the file, without zeros at its end, which a file system may have left.
    func trustedCount() throws(EvidenceError) -> Int {
        var count = count
        while count > 0 {
            let last = try hashes(level: 0, max(0, count - 4096)..<count)
            let zeros = last.reversed().prefix { $0.isZero }.count
            count -= zeros
            if zeros < last.count { break }
        }
        return count
    }

    /// Hashes of one level.
    ///
    /// - Throws: ``EvidenceError/Code/damaged`` where the file has fewer.
    func hashes(level: Int, _ range: Range<Int>) throws(EvidenceError) -> [MerkleHash] {
        guard range.lowerBound >= 0, level < levels.count else {
            throw EvidenceError(.damaged, "is missing", file: "\(folder.hashes)/\(level)")
        }
        let size = MerkleHash.byteCount
        let bytes = try levels[level].file.read(range.count * size, at: range.lowerBound * size)
        guard bytes.count == range.count * size else {
            let message = "ends before hash \(range.upperBound - 1)"
            throw EvidenceError(.damaged, message, file: levels[level].file.path, offset: bytes.count)
        }
        return bytes.withUnsafeBytes { buffer in
            range.indices.map { MerkleHash(in: buffer, at: ($0 - range.lowerBound) * size) }
        }
    }

    /// The hash of a complete subtree, from the highest level of tiles that has it.
    func node(_ node: MerkleNode) throws(EvidenceError) -> MerkleHash {
        let level = node.level / Self.tileHeight
        let width = 1 << (node.level % Self.tileHeight)
        var hashes = try hashes(level: level, (node.index * width)..<((node.index + 1) * width))
        while hashes.count > 1 {
            hashes = stride(from: 0, to: hashes.count, by: 2).map {
                MerkleHash(left: hashes[$0], right: hashes[$0 + 1])
            }
        }
        return hashes[0]
    }

    // MARK: Writing

    /// Takes up a leaf's hash; ``flush()`` writes it.
    mutating func append(leaf hash: MerkleHash) {
        append(hash, level: 0)
    }

    /// Takes up a node's hash where its level is one of tiles.
    mutating func append(node hash: MerkleHash, level: Int) {
        if level % Self.tileHeight == 0 { append(hash, level: level / Self.tileHeight) }
    }

    /// Hashes of levels that have no file yet; there is one more for each 256th power of the number of leaves.
    private var unopened: [Int: [UInt8]] = [:]

    private mutating func append(_ hash: MerkleHash, level: Int) {
        if level < levels.count {
            hash.append(to: &levels[level].pending)
        } else {
            hash.append(to: &unopened[level, default: []])
        }
    }

    /// Writes what was taken up, without waiting for the disk. What fails stays taken up.
    mutating func flush() throws(EvidenceError) {
        while let pending = unopened[levels.count] {
            let number = levels.count
            let file = try StorageFile("\(folder.hashes)/\(number)", access)
            levels.append(Level(file: file, count: try file.size() / MerkleHash.byteCount, pending: pending))
            unopened[number] = nil
        }
        for number in levels.indices where !levels[number].pending.isEmpty {
            let level = levels[number]
            try level.file.write(level.pending, at: level.count * MerkleHash.byteCount)
            levels[number].count += level.pending.count / MerkleHash.byteCount
            levels[number].pending.removeAll(keepingCapacity: true)
        }
    }

    /// Forgets what lies behind a number of leaves, on all levels.
    mutating func truncate(to leaves: Int) throws(EvidenceError) {
        for number in levels.indices {
            let count = min(levels[number].count, leaves >> (Self.tileHeight * number))
            try levels[number].file.truncate(to: count * MerkleHash.byteCount)
            levels[number].count = count
        }
    }

    /// Whether each level has as many hashes as a number of leaves gives it.
    func isComplete(for leaves: Int) -> Bool {
        var number = 0
        while leaves >> (Self.tileHeight * number) > 0 {
            guard number < levels.count, levels[number].count >= leaves >> (Self.tileHeight * number) else {
                return false
            }
            number += 1
        }
        return true
    }
}
