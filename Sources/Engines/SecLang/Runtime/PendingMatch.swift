// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What is known of a match while the chain is still being tried: where it is, not yet how it is told. Most chains end
/// without a match, and most matches are not logged.
struct PendingMatch {
    /// One value that matched.
    struct Found {
        /// The rule, or the link of its chain.
        var rule: Rule
        /// nil for a SecAction.
        var reference: ValueReference?
        var value: ByteRange
        /// The run of ``offsets`` that tells which parts of the value matched.
        var offsets: Range<Int>
        /// The operator's argument where macros changed it.
        var argument: ByteRange?
    }

    private(set) var found: [Found] = []
    private(set) var offsets: [ByteRange] = []
    var message: [UInt8]?
    var data: [UInt8]?

    /// As many values as are told of; the last one is always among them.
    private static let maximumFound = 1_500

    mutating func add(_ rule: Rule, _ reference: ValueReference?, value: ByteRange, _ scratch: MatchScratch) {
        if found.count == Self.maximumFound {
            found.removeLast()
        }
        let start = offsets.count
        if offsets.count < 64 * Self.maximumFound {
            offsets += scratch.offsets
        }
        found.append(
            Found(
                rule: rule,
                reference: reference,
                value: value,
                offsets: start..<offsets.count,
                argument: scratch.expandedArgument
            )
        )
    }

    /// Forgets everything but keeps the memory.
    mutating func reset() {
        if !found.isEmpty {
            found.removeAll(keepingCapacity: true)
            offsets.removeAll(keepingCapacity: true)
        }
        message = nil
        data = nil
    }
}
