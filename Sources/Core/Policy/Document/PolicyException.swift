// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Detections that are let pass: some rules, on a part of the activity, at a place, by a client.
///
/// All of its conditions have to hold; those that are nil always do.
package struct PolicyException: Codable, Hashable, Sendable {
    package var id: Identifier
    package var control: ControlID
    package var rules: RuleSelector
    package var target: TargetSelector?
    package var place: Scope.Place
    /// Only of bodies of this type.
    package var contentType: MediaType?
    /// An address, a network, or another entity that the activity names.
    package var client: Entity?
    /// Who answers for it and is asked whether it is still needed.
    package var owner: String
    package var by: Authorship
    /// When it ends, in nanoseconds since 1970.
    package var expires: Int64?

    package init(
        _ id: Identifier,
        _ control: ControlID,
        rules: RuleSelector,
        target: TargetSelector? = nil,
        place: Scope.Place = .installation,
        contentType: MediaType? = nil,
        client: Entity? = nil,
        owner: String,
        by author: Authorship,
        expires: Int64? = nil
    ) {
        self.id = id
        self.control = control
        self.rules = rules
        self.target = target
        self.place = place
        self.contentType = contentType
        self.client = client
        self.owner = owner
        by = author
        self.expires = expires
    }

    func check() throws(PolicyError) {
        try by.check()
        try by.check(expiry: expires)
        try Authorship.check(owner, "owner", limit: Authorship.maximumMakerLength)
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, control, rules, target, place
        case contentType = "content_type"
        case client, owner, by, expires
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        id = try members.decode(Identifier.self, forKey: .id)
        control = try members.decode(ControlID.self, forKey: .control)
        rules = try members.decode(RuleSelector.self, forKey: .rules)
        target = try members.decodeIfPresent(TargetSelector.self, forKey: .target)
        place = try members.decode(Scope.Place.self, forKey: .place)
        contentType = try members.decodeIfPresent(MediaType.self, forKey: .contentType)
        client = try members.decodeIfPresent(Entity.self, forKey: .client)
        owner = try members.decode(String.self, forKey: .owner)
        by = try members.decode(Authorship.self, forKey: .by)
        expires = try members.decodeIfPresent(Int64.self, forKey: .expires)
    }
}
