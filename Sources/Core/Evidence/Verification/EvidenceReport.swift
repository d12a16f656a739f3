// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Something that was done to evidence, or that is wrong with it.
package struct EvidenceFinding: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A leaf has other bytes.
        case edited
        /// Leaves are gone, and later ones are there.
        case deleted
        /// Leaves at the end are gone.
        case truncated
        /// Leaves are there that were never appended.
        case inserted
        /// Two leaves have changed places.
        case swapped
        /// Leaves are there in another order.
        case reordered
        /// Leaves in this range are not those that were signed; which of them, nothing tells any more.
        case rewritten
        /// Two signed histories contradict each other.
        case forked
        /// A signature is false.
        case badSignature
        /// A checkpoint that the log's key has not signed.
        case unknownKey
        /// A file cannot be read as what it is.
        case damaged
    }

    package var kind: Kind
    /// The numbers of the leaves that it concerns; nil where it concerns none.
    package var leaves: Range<Int>?
    package var message: String
    package var file: String?
    /// Where in the file, in bytes.
    package var offset: Int?

    package init(
        _ kind: Kind,
        _ message: String,
        leaves: Range<Int>? = nil,
        file: String? = nil,
        offset: Int? = nil
    ) {
        self.kind = kind
        self.message = message
        self.leaves = leaves
        self.file = file
        self.offset = offset
    }
}

/// What a verification found.
package struct EvidenceReport: Sendable, Equatable {
    /// Which log it is.
    package var origin: String
    /// The key that signatures were checked with.
    package var key: NoteKey
    /// Whether that key came from the evidence itself: then somebody who wrote all of it anew is not noticed.
    package var isKeyFromEvidence: Bool
    /// The number of leaves that were read.
    package var leaves = 0
    /// The number of checkpoints whose signatures were checked.
    package var checkpoints = 0
    /// How many leaves the newest checkpoint promises that the leaves keep.
    package var signedLeaves = 0
    /// The number of checkpoints from elsewhere that the log was compared with.
    package var knownCheckpoints = 0
    /// What is wrong; empty for evidence that is as it was.
    package var findings: [EvidenceFinding] = []
    /// What is to be known, and is nobody's doing.
    package var notes: [String] = []

    /// Whether nothing is wrong.
    package var isIntact: Bool { findings.isEmpty }
}
