// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The values that a transaction has collected, transformed and scanned for the rules of the running phase.
///
/// Everything lies in flat arrays that are filled front to back: a form of a set is a run of ``ranges`` and
/// ``classes``, its untransformed references the same run of ``references`` further up. Nothing is freed before the
/// transaction is; an epoch that moves on makes all of it stale at once.
struct PreparedValues {
    /// A form that was made.
    struct Form {
        /// The epoch in which it was made.
        var epoch: UInt32 = 0
        /// The form whose values these are: itself, or the one that its steps leave unchanged.
        var source: Int32 = 0
        /// Where its run begins, and how long it is.
        var first: Int32 = 0
        var count: Int32 = 0
        /// Where the run of its references begins.
        var references: Int32 = 0
        /// The classes of bytes that occur in any of the values.
        var classes: ByteClasses = []
        /// All values in one piece, a line feed between two; meaningless before ``hasText``.
        var text = ByteRange.empty
        var hasText = false
    }

    /// Moves on whenever values may have changed.
    private(set) var epoch: UInt32 = 1
    var forms: [Form]
    var references: [ValueReference] = []
    var ranges: [ByteRange] = []
    var classes: [ByteClasses] = []
    /// The epoch in which each group of patterns was scanned.
    var scanned: [UInt32]
    /// A bit for each pattern of each group: whether it was found.
    var hits: [UInt64]

    init(forms: Int, groups: Int, words: Int) {
        self.forms = Array(repeating: Form(), count: forms)
        scanned = Array(repeating: 0, count: groups)
        hits = Array(repeating: 0, count: words)
        references.reserveCapacity(256)
        ranges.reserveCapacity(512)
        classes.reserveCapacity(512)
    }

    /// Forgets all that was prepared.
    mutating func invalidate() {
        epoch &+= 1
    }
}
