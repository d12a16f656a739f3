// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// A decision as it is listed, with its place in the evidence log.
package struct KeptDecision: Sendable, Hashable {
    package var id: Int64
    package var decision: Decision
    /// The leaf of the evidence log that holds it.
    package var leaf: Int64?

    package var place: PagePlace { PagePlace(time: decision.time, id: id) }
}
