// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One step from a schema to the next. Steps only go forward.
///
/// A step that has been released never changes: what it did is remembered by its text's hash, and a database that was
/// made by another text is refused.
package struct Migration: Sendable, Hashable {
    /// Counts from 1 without gaps.
    package var number: Int
    /// What it is for, in a few words.
    package var name: String
    /// The statements for SQLite. They run in one transaction, so they neither begin nor end one.
    package var sqlite: String

    package init(_ number: Int, _ name: String, sqlite: String) {
        self.number = number
        self.name = name
        self.sqlite = sqlite
    }
}
