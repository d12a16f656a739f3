// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Access

/// The provider at which people may sign in, beside names and passwords.
package struct SingleSignOn: Sendable {
    package var client: OpenIDClient
    /// What the button calls it.
    package var title: String

    package init(_ client: OpenIDClient, title: String) {
        self.client = client
        self.title = title
    }

    /// The page that sends people to the provider, and the one that they come back to.
    package static let path = "/sign-in/oidc"
    package static let callbackPath = "/sign-in/oidc/callback"
}
