// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a JSON value is.
package enum JSONKind: String, Sendable {
    case missing, null, bool, number, string, array, object

    /// The kind with its article, for messages.
    package var name: String {
        switch self {
        case .missing: "nothing"
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
