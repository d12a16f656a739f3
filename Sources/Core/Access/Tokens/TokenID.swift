// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Which API token: the 12 random letters and digits behind `rdt_`. It opens nothing.
package struct TokenID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    static let length = 12

    init(_ random: RandomBytes) {
        description = String(decoding: Base62.random(Self.length, from: random), as: UTF8.self)
    }

    /// - Returns: nil for what is no id of a token.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Base62.isCharacter) else { return nil }
        description = String(text)
    }

    package static func < (left: TokenID, right: TokenID) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
