// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The argument of `@validateByteRange`: which bytes a value may hold.
///
/// The argument is a comma-separated list of numbers and ranges, such as `9,10,13,32-126`. Numbers are read as C's
/// `atoi` reads them, as in v2: what is no number counts as 0 and is listed in ``unreadableItems``.
package struct ByteRangeSet: Sendable {
    private var isAllowed = [Bool](repeating: false, count: 256)
    /// The items of the argument that are not numbers or ranges of numbers, for a lint warning.
    package private(set) var unreadableItems: [String] = []

    /// - Throws: ``MalformedArgument`` for a number outside 0...255 and for a range that ends before it starts.
    package init(argument: [UInt8]) throws(MalformedArgument) {
        for item in argument.split(separator: UInt8(ascii: ",")) {
            let bounds = item.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
            // The whole item: `-5` is a negative number, not a range from nothing.
            let start = try Self.byte(item)
            let end = bounds.count > 1 ? try Self.byte(bounds[1]) : start
            guard start <= end else {
                throw MalformedArgument("the byte range \(item.text) ends before it starts", offset: item.startIndex)
            }
            for byte in start...end {
                isAllowed[Int(byte)] = true
            }
            if !bounds.allSatisfy(Self.isNumber) {
                unreadableItems.append(item.text)
            }
        }
    }

    /// The offset of the first byte that is not in the set, `nil` when all are.
    package func firstOffsetOutside(in value: UnsafeBufferPointer<UInt8>) -> Int? {
        isAllowed.withUnsafeBufferPointer { isAllowed in
            value.firstIndex { !isAllowed[Int($0)] }
        }
    }

    /// Whether all bytes but NUL are in the set.
    package var isAllButNUL: Bool { !isAllowed[0] && isAllowed.dropFirst().allSatisfy { $0 } }

    /// The number of bytes that are not in the set.
    package func countOutside(in value: UnsafeBufferPointer<UInt8>) -> Int {
        isAllowed.withUnsafeBufferPointer { isAllowed in
            value.count { !isAllowed[Int($0)] }
        }
    }

    private static func byte(_ text: ArraySlice<UInt8>) throws(MalformedArgument) -> UInt8 {
        let number = text.withUnsafeBufferPointer { IntegerComparison.number($0) }
        guard let byte = UInt8(exactly: number) else {
            throw MalformedArgument(
                "expected a byte value from 0 to 255, found \(text.text)",
                offset: text.startIndex
            )
        }
        return byte
    }

    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
        let trimmed = text.trimmed
        return !trimmed.isEmpty && trimmed.allSatisfy(ASCII.isDigit)
    }
}
