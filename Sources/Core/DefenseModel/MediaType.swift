// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The type of a body without its parameters, such as `text/csv` (RFC 9110 section 8.3.1), in small letters.
package struct MediaType: TextForm {
    package let description: String

    package static let maximumLength = 100

    package init(parsing text: String) throws(ModelError) {
        let halves = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isType =
            text.utf8.count <= Self.maximumLength && halves.count == 2
            && halves.allSatisfy { !$0.isEmpty && $0.allSatisfy(Self.isToken) }
        guard isType else {
            throw ModelError(.contentType, "expected a type such as text/csv, found \(ModelError.quote(text.utf8))")
        }
        description = text.lowercased()
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    /// Whether the value of a field `Content-Type` is of this type, whatever its parameters are.
    package func covers(_ value: ArraySlice<UInt8>) -> Bool {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var type = value.prefix { $0 != UInt8(ascii: ";") }.drop(while: isBlank)
        while let last = type.last, isBlank(last) { type.removeLast() }
        return type.count == description.utf8.count
            && zip(type, description.utf8).allSatisfy { byte, wanted in
                byte == wanted || ((0x41...0x5A).contains(byte) && byte | 0x20 == wanted)
            }
    }
}

extension HTTPRequestHead {
    /// The value of the field `Content-Type`; nil without one, and where there are several, as servers take one or the other.
    package var contentType: ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        for field in fields where field.name.bounds.count == 12 {
            let name = bytes[field.name.bounds]
            guard zip(name, "content-type".utf8).allSatisfy({ $0 | 0x20 == $1 }) else { continue }
            guard found == nil else { return nil }
            found = bytes[field.value.bounds]
        }
        return found
    }
}
