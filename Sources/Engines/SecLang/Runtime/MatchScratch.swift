// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What an operator found, kept between values for its memory.
struct MatchScratch {
    /// Parts of the value that matched, as offsets in the value; for logs.
    var offsets: [ByteRange] = []
    /// What `capture` puts into TX.0 to TX.9, as ranges of the arena; nil for a group without part in the match.
    var captures: [ByteRange?] = []
    /// The operator's argument with macros expanded; nil where it holds none.
    var expandedArgument: ByteRange?

    mutating func reset() {
        // Nearly always there is nothing to remove, and asking is cheaper.
        if !offsets.isEmpty {
            offsets.removeAll(keepingCapacity: true)
        }
        if !captures.isEmpty {
            captures.removeAll(keepingCapacity: true)
        }
        expandedArgument = nil
    }
}
