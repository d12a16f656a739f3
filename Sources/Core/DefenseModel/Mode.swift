// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How far a control may go.
///
/// Everything starts in `observe`; only an explicit, recorded choice moves it to `enforce`.
public enum Mode: String, Sendable, Codable, CaseIterable {
    /// The control does not look at all.
    case off
    /// The control looks and records what it would have done.
    case observe
    /// The control acts on what it decides.
    case enforce
}
