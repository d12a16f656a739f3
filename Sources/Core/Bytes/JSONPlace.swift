// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Where a value stands in a JSON document: the names and indexes that lead to it.
package struct JSONPlace: Sendable, Equatable {
    /// One step from a value into its parts.
    package enum Step: Sendable, Equatable {
        case member(String)
        case element(Int)
    }

    package var steps: [Step]

    package init(_ steps: [Step] = []) {
        self.steps = steps
    }

    /// The place as a JSON pointer (RFC 6901); empty for the whole document.
    package var pointer: String {
        var text = ""
        text.reserveCapacity(steps.count * 16)
        for step in steps {
            text += "/"
            switch step {
            case .element(let index):
                text += String(index)
            case .member(let name):
                text += Self.escape(name)
            }
        }
        return text
    }

    private static func escape(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return name
        }
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
