// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension LogFolder {
    /// Hands over leaves in order, from a number on to the last that is whole now, while others may be appended.
    ///
    /// - Parameter body: takes the leaf's number and the leaf; returns false to end.
    /// - Throws: ``EvidenceError`` where the files cannot be read, ``EvidenceError/Code/malformed`` for bytes that are no
    ///   leaf, and what the body throws.
    package func forEachLeaf(
        from index: Int,
        _ body: (Int, EvidenceLeaf) throws(EvidenceError) -> Bool
    ) throws(EvidenceError) {
        let segments = try segments()
        let first = segments.lastIndex { $0.firstIndex <= index } ?? 0
        for segment in segments.dropFirst(first) {
            var reader = try LeafReader(segment)
            while let record = try reader.next(), record.isIntact {
                guard record.index >= index else { continue }
                guard try body(record.index, EvidenceLeaf(bytes: record.bytes)) else { return }
            }
        }
    }
}
