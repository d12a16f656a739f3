// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Policy

/// What the evidence log keeps of a change: the decision's members, and beside them the change as it was made, and
/// the one that takes it back.
struct ChangeRecord: Encodable {
    var decision: Decision
    var change: PolicyChange
    /// What takes it back.
    var inverse: PolicyChange

    private enum CodingKeys: String, CodingKey {
        case change, inverse
    }

    func encode(to encoder: any Encoder) throws {
        try decision.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(change, forKey: .change)
        try members.encode(inverse, forKey: .inverse)
    }
}
