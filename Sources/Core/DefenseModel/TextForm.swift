// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A value that people type and read as one text, and that JSON holds as that text.
///
/// The text of a value reads back as the same value.
package protocol TextForm: Codable, Hashable, Sendable, CustomStringConvertible {
    /// - Throws: ``ModelError`` that names what was expected.
    init(parsing text: String) throws(ModelError)
}

extension TextForm {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do throws(ModelError) {
            self = try Self(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
