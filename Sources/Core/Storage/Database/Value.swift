// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a statement is given, and a column holds.
package enum Value: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    /// Any text, also with NUL in it.
    case text(String)
    case blob([UInt8])

    package static func integer(_ value: Int) -> Value { .integer(Int64(value)) }

    /// The text, or null where there is none.
    package static func text(orNull text: String?) -> Value { text.map { .text($0) } ?? .null }

    /// The number, or null where there is none.
    package static func integer(orNull number: Int64?) -> Value { number.map { .integer($0) } ?? .null }
}
