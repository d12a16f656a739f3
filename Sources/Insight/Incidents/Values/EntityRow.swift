// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Whom detections concern, with what was counted since it was first seen.
package struct EntityRow: Sendable, Hashable {
    package var id: Int64
    package var entity: Entity
    /// When detections first and last concerned it, in nanoseconds since 1970.
    package var firstSeen: Int64
    package var lastSeen: Int64
    package var detections: Int
    package var wouldStop: Int
    package var stopped: Int
    package var worst: Severity

    package var place: PagePlace { PagePlace(time: lastSeen, id: id) }
}
