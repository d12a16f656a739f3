// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One token: its type and where its value lies in the input.
///
/// A value is at most 31 bytes long, longer ones are cut. Values that folding joins from two words are kept beside
/// the token, see ``SQLTokenWindow``.
struct SQLToken {
    /// The longest value in bytes.
    static let longestValue = 31

    /// Where the value begins, in bytes from the beginning of the input.
    var start = 0
    var type = SQLTokenType.none
    /// The length of the value in bytes.
    var length: UInt8 = 0
    /// What opened a string: the quote, `u`, `q`, `$`; 0 where the input itself is taken to lie inside a string.
    var opening: UInt8 = 0
    /// What closed a string; 0 where the input ended first.
    var closing: UInt8 = 0
    /// How many `@` stand before a variable.
    var sigils: UInt8 = 0
    /// Whether a known phrase begins with this word.
    var beginsPhrase = false
    /// Whether the value was joined from words and lies beside the token.
    var isJoined = false

    /// No token.
    init() {}

    /// A token whose value is a piece of the input, cut at the longest value.
    @inline(__always)
    init(_ type: SQLTokenType, start: Int, length: Int, opening: UInt8 = 0, closing: UInt8 = 0) {
        self.start = start
        self.type = type
        self.length = UInt8(truncatingIfNeeded: min(length, Self.longestValue))
        self.opening = opening
        self.closing = closing
    }
}
