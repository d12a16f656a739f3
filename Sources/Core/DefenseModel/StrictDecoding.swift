// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Decoder {
    /// The members of a JSON object, of which there may be none but those that are named.
    ///
    /// - Throws: `DecodingError.dataCorrupted` for a key that is not known, with the nearest one that is.
    package func strictContainer<Key: CodingKey & CaseIterable>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Key.allCases.map(\.stringValue)
        let found = try container(keyedBy: AnyKey.self)
        for key in found.allKeys where !known.contains(key.stringValue) {
            let hint = NearestName.hint(for: key.stringValue, among: known)
            let wanted = hint ?? "expected \(known.joined(separator: ", "))"
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: found,
                debugDescription: "unknown key \(ModelError.quote(key.stringValue.utf8)); \(wanted)"
            )
        }
        return try container(keyedBy: type)
    }
}

/// A key of any name.
private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init?(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init?(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}
