// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A piece of HTML.
package struct HTMLToken: Sendable, Equatable {
    /// What the piece is.
    package enum Kind: Sendable {
        case text
        case tagNameOpen
        case tagNameClose
        case tagNameSelfClose
        case tagClose
        case attributeName
        case attributeValue
        case comment
        case doctype
    }

    package let kind: Kind
    /// Where the piece begins, in bytes from the beginning of the input.
    package let start: Int
    /// The length in bytes.
    package let length: Int
}

/// Where in a page a value may be put.
package enum HTMLContext: Sendable, CaseIterable {
    case text
    case unquotedAttribute
    case singleQuotedAttribute
    case doubleQuotedAttribute
    case backtickedAttribute
}
