// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How much the state holds at most. What is beyond gives way to what was used last.
package struct StateLimits: Sendable {
    package var threads = 262_144
    package var descriptors = 1_048_576
    package var textBytes = 256 << 20
    package var containers = 65_536
    package var accounts = 262_144

    package init() {}
}

/// What the state gave up because it was full, since it was made.
package struct StateLosses: Equatable, Sendable {
    package var threads = 0
    package var descriptors = 0
    /// Texts that were not kept, and read as empty.
    package var texts = 0
    package var containers = 0
    package var accounts = 0
}
