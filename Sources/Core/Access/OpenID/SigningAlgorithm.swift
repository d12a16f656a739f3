// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The signatures that an ID token may have (RFC 7518 section 3.1, RFC 8037 section 3.1). All are made with a private key:
/// there is no `none`, and none with a shared secret.
package enum SigningAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
