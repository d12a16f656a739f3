// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Policy

/// What the evidence log keeps of a change: the decision's members, and beside them the change as it was made.
struct ChangeRecord: Encodable {
    var decision: Decision
    var change: PolicyChange

    private enum CodingKeys: String, CodingKey {
        case change
    }

    func encode(to encoder: any Encoder) throws {
        try decision.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(change, forKey: .change)
    }
}
