// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a body could not be parsed; the engine puts the processor's name before the message and shows the
/// result as `REQBODY_ERROR_MSG`.
package struct BodyError: Error, Sendable, Equatable {
    /// The kind of failure, bounded so that it can be a metric's label.
    package enum Code: String, Sendable {
        /// The body breaks the grammar of its format.
        case malformed
        /// The body nests deeper than allowed.
        case depth
        /// The body holds more arguments, parts or nodes than allowed.
        case count
        /// A piece of the body, or what it expands to, is larger than allowed.
        case size
        /// The content type's parameters do not allow parsing.
        case contentType
        /// A schema, a document type or an expression of the rules is unusable.
        case configuration
    }

    package var code: Code
    /// One line that names the failure; bytes of the body in it are not escaped.
    package var message: String
    /// Where in the body the failure was noticed, in bytes, if known.
    package var offset: Int?
    /// What a library said about it, for the debug log.
    package var detail: String?

    package init(_ code: Code, _ message: String, offset: Int? = nil, detail: String? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
        self.detail = detail
    }
}

/// Receives what a parser would write to the debug log: the level (1 to 9) and the line.
///
/// Parsers build the text only when there is someone to read it.
package typealias BodyTrace = (_ level: Int, _ text: [UInt8]) -> Void
