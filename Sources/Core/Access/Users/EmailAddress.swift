// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The e-mail address of a user, only ever shown: one `@` with something on both sides, at most 254 bytes (RFC 5321
/// section 4.5.3.1.3), nothing invisible and no spaces.
enum EmailAddress {
    /// - Throws: ``AccessError/Code/invalid``.
    static func checked(_ text: String) throws(AccessError) -> String {
        let address = try DisplayText.checked(text, field: "e-mail", maximumBytes: 254)
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !address.contains(where: \.isWhitespace),
            !address.utf8.contains(where: { "<>\"(),;:\\".utf8.contains($0) })
        else {
            throw AccessError(.invalid, "e-mail: an address such as kim@example.org is expected")
        }
        return address
    }
}
