// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a text is not the value that it was read as.
package struct ModelError: Error, Equatable, CustomStringConvertible {
    /// What was to be read; bounded, for metrics.
    package enum Code: String, Sendable {
        case address, network, entity, control, rule, route, scope, identifier, technique
        case contentType = "content_type"
    }

    package var code: Code
    /// What was expected and what was found.
    package var message: String
    /// Where in the text, in bytes from its start.
    package var offset: Int

    package init(_ code: Code, _ message: String, offset: Int = 0) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    package var description: String { message }

    /// The same error for a text of which the one that was read is a part.
    func moved(by distance: Int) -> ModelError {
        ModelError(code, message, offset: offset + distance)
    }

    /// A part of a text as messages quote it: short, and without control characters.
    static func quote(_ text: some Sequence<UInt8>) -> String {
        let bytes = Array(text.prefix(61))
        let shown = String(decoding: bytes.prefix(60), as: UTF8.self).unicodeScalars.map {
            $0.properties.generalCategory == .control || $0.properties.generalCategory == .format ? "\u{FFFD}" : $0
        }
        var quoted = String.UnicodeScalarView()
        quoted.append(contentsOf: shown)
        return "\"\(String(quoted))\(bytes.count > 60 ? "..." : "")\""
    }
}
