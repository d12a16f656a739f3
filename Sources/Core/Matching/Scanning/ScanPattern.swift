// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One pattern of a group that is scanned for all at once.
public struct ScanPattern: Sendable, Hashable {
    public enum Form: Sendable, Hashable {
        /// A regular expression, as ``Regex`` takes it.
        case regex([UInt8], Regex.Options)
        /// Any of the literals, at a place of the value.
        case literals([[UInt8]], caseless: Bool, anchor: Anchor)
    }

    /// Where in a value a literal has to lie.
    public enum Anchor: String, Sendable, Hashable, CaseIterable {
        case anywhere
        case start
        case end
        /// The literal is the value.
        case whole
    }

    public var form: Form

    public init(_ form: Form) {
        self.form = form
    }
}

/// What a scan says about one pattern of a group.
public enum ScanDecision: String, Sendable, Hashable, CaseIterable {
    /// For a single value that is scanned alone, "hit" and "no hit" are both final.
    case exact
    /// "No hit" is final, a hit has to be confirmed.
    case superset
    /// The scan says nothing about this pattern; it has to be run. Its bit has no meaning.
    case undecided
}
