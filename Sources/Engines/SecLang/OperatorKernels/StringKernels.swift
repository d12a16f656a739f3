// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The operators that compare a value with a string: case-sensitive, on bytes, the argument already expanded.
package enum StringKernels {
    package typealias Bytes = UnsafeBufferPointer<UInt8>

    /// `@contains` and `@strmatch`: where the value holds the argument, `nil` if it does not.
    ///
    /// An empty argument occurs at 0 of every value.
    package static func contains(_ value: Bytes, _ argument: Bytes) -> Range<Int>? {
        SubstringSearch.firstOffset(of: argument, in: value).map { $0..<($0 + argument.count) }
    }

    /// `@containsWord`: as ``contains(_:_:)``, with no letter on either side.
    ///
    /// Digits and `_` end a word, as in v3 and as the language's tests demand; v2 counts them as part of it.
    package static func containsWord(_ value: Bytes, _ argument: Bytes) -> Range<Int>? {
        guard !argument.isEmpty else {
            return 0..<0
        }
        let offset = SubstringSearch.firstOffset(of: argument, in: value) { offset in
            let end = offset + argument.count
            return (offset == 0 || !ASCII.isLetter(value[offset - 1]))
                && (end == value.count || !ASCII.isLetter(value[end]))
        }
        return offset.map { $0..<($0 + argument.count) }
    }

    /// `@within`: whether the value occurs in the argument; an empty value always does.
    package static func within(_ value: Bytes, _ argument: Bytes) -> Bool {
        SubstringSearch.firstOffset(of: value, in: argument) != nil
    }

    /// `@beginsWith`
    package static func beginsWith(_ value: Bytes, _ argument: Bytes) -> Bool {
        value.count >= argument.count && equal(value, argument, at: 0)
    }

    /// `@endsWith`
    package static func endsWith(_ value: Bytes, _ argument: Bytes) -> Bool {
        value.count >= argument.count && equal(value, argument, at: value.count - argument.count)
    }

    /// `@streq`
    package static func equals(_ value: Bytes, _ argument: Bytes) -> Bool {
        value.count == argument.count && equal(value, argument, at: 0)
    }

    /// Whether the argument stands at an offset at which it fits into the value.
    private static func equal(_ value: Bytes, _ argument: Bytes, at offset: Int) -> Bool {
        guard let left = value.baseAddress, let right = argument.baseAddress, !argument.isEmpty else {
            return true
        }
        return memcmp(left + offset, right, argument.count) == 0
    }
}
