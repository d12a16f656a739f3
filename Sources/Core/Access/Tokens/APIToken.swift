// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// An API token as lists show it.
package struct APIToken: Sendable, Hashable {
    package var id: TokenID
    /// What it is for, as its maker says.
    package var name: String
    package var owner: UserID
    /// What it may do, as long as the owner may.
    package var scopes: Set<Permission>
    /// Where alone in the project tree it may do that; nil for everywhere.
    package var project: ProjectScope?
    package var made: Int64
    package var expires: Int64
    package var revoked: Int64?
    /// To a minute.
    package var lastUsed: Int64?
    package var lastAddress: IPAddress?

    /// Where a page of a list goes on.
    package struct Place: Sendable, Hashable {
        package var made: Int64
        package var id: TokenID

        package init(made: Int64, id: TokenID) {
            self.made = made
            self.id = id
        }
    }

    package var place: Place { Place(made: made, id: id) }

    package func isLive(at time: Int64) -> Bool { revoked == nil && time < expires }
}

/// A token that was just made, with its text.
package struct NewToken: Sendable {
    /// For its owner; it is not stored and cannot be shown again.
    package let secret: TokenText
    package let token: APIToken
}
