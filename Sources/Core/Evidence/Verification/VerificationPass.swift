// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One reading of all leaves of a log: how they compare with the signed roots and the hash file.
struct VerificationPass {
    /// A place at which a file of leaves cannot be read as such.
    struct Break {
        let file: String
        let offset: Int
        /// The leaves that cannot be read; up to the first of the next file, or to the last that was promised.
        let leaves: Range<Int>
    }

    /// Bytes at the end that a writer has not finished.
    struct TornTail {
        let file: String
        let byteCount: Int
    }

    struct Place {
        let file: Int
        let offset: Int
    }

    /// The number of leaves that were read.
    private(set) var count = 0
    /// The promises that the leaves keep and those they do not, by size.
    private(set) var kept: [EvidenceVerifier.Promise] = []
    private(set) var broken: [EvidenceVerifier.Promise] = []
    private(set) var breaks: [Break] = []
    private(set) var tornTail: TornTail?
    /// Leaves whose record's check does not belong to them.
    private(set) var unsealed: [(index: Int, place: Place)] = []
    /// Whether a leaf's hash is not the one in the hash file, or the leaf is not where a file's name says.
    private(set) var hasStrayLeaf = false
    /// The hashes of all leaves in their order, and where they are; only where they were to be kept.
    private(set) var actual: [MerkleHash] = []
    private(set) var places: [Place] = []
    let segments: [LeafSegment]
    /// The number of leaves that were promised: by a checkpoint, or by a hash.
    let promised: Int

    private var tree = CompactRange()
    private var pending: ArraySlice<EvidenceVerifier.Promise>
    private let keepsHashes: Bool
    private let hashes: HashFiles?
    private var known: (start: Int, hashes: [MerkleHash]) = (0, [])

    /// - Parameter promises: in the order of their sizes.
    init(
        _ folder: LogFolder,
        _ promises: [EvidenceVerifier.Promise],
        keepsHashes: Bool
    ) throws(EvidenceError) {
        self.keepsHashes = keepsHashes
        pending = promises[...]
        do throws(EvidenceError) {
            hashes = try HashFiles(folder, .reading)
        } catch  where error.code == .notFound {
            hashes = nil
        }
        promised = max(promises.last?.size ?? 0, try hashes?.trustedCount() ?? 0)
        segments = try folder.segments()
        compare()
        for (number, segment) in segments.enumerated() {
            if segment.firstIndex != count { hasStrayLeaf = true }
            try read(segment, number)
        }
        broken += pending
    }

    /// Whether anything is not as it should be.
    var isSuspicious: Bool {
        hasStrayLeaf || !broken.isEmpty || !breaks.isEmpty || !unsealed.isEmpty || count < promised
    }

    private mutating func read(_ segment: LeafSegment, _ number: Int) throws(EvidenceError) {
        var reader = try LeafReader(segment)
        var offset = 0
        while let leaf = try reader.next() {
            if !leaf.isIntact { unsealed.append((count, Place(file: number, offset: leaf.offset))) }
            try add(leaf.hash, Place(file: number, offset: leaf.offset))
            offset = reader.offset
        }
        guard offset < reader.fileSize else { return }
        let isLast = number == segments.count - 1
        if isLast, count >= promised {
            tornTail = TornTail(file: segment.path, byteCount: reader.fileSize - offset)
            return
        }
        // A file's name may claim anything; more leaves than were promised are not believed.
        let next = max(count + 1, min(isLast ? promised : segments[number + 1].firstIndex, promised))
        breaks.append(Break(file: segment.path, offset: offset, leaves: count..<next))
        // What comes behind keeps its numbers.
        for index in count..<next {
            try add(try expected(index) ?? .emptyTree, Place(file: number, offset: offset))
        }
    }

    private mutating func add(_ hash: MerkleHash, _ place: Place) throws(EvidenceError) {
        if let expected = try expected(count), expected != hash { hasStrayLeaf = true }
        if keepsHashes {
            actual.append(hash)
            places.append(place)
        }
        tree.append(hash)
        count += 1
        compare()
    }

    /// The hash of a leaf in the hash file; nil behind its end.
    private mutating func expected(_ index: Int) throws(EvidenceError) -> MerkleHash? {
        guard let hashes, index < hashes.count else { return nil }
        if index < known.start || index >= known.start + known.hashes.count {
            known = (index, try hashes.hashes(level: 0, index..<min(index + 4096, hashes.count)))
        }
        let hash = known.hashes[index - known.start]
        return hash.isZero ? nil : hash
    }

    /// Compares the tree with the promises of its size.
    private mutating func compare() {
        guard pending.first?.size == count else { return }
        let root = tree.root
        while let promise = pending.first, promise.size == count {
            if promise.root == root {
                kept.append(promise)
            } else {
                broken.append(promise)
            }
            pending.removeFirst()
        }
    }
}
