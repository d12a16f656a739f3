// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a link is for.
package enum LinkPurpose: Sendable, Hashable {
    /// Makes the first administrator.
    case firstAdministrator
    /// Sets the password of a user: an invitation, or a reset.
    case password(UserID)

    var name: String {
        switch self {
        case .firstAdministrator: "first administrator"
        case .password: "password"
        }
    }

    var user: UserID? {
        if case .password(let user) = self { user } else { nil }
    }
}

/// A link that can be used, as the page behind it shows it.
package struct Link: Sendable, Hashable {
    package var purpose: LinkPurpose
    /// Whose password it sets; nil for the first administrator.
    package var userName: UserName?
    package var expires: Int64
}
