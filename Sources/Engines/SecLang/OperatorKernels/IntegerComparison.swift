// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The operators that compare a value with a number.
package enum IntegerComparison: Sendable, BitwiseCopyable {
    case equal
    case greaterOrEqual
    case greater
    case lessOrEqual
    case less

    /// Whether the value stands in this relation to the argument.
    package func holds(_ value: Int64, _ argument: Int64) -> Bool {
        switch self {
        case .equal: value == argument
        case .greaterOrEqual: value >= argument
        case .greater: value > argument
        case .lessOrEqual: value <= argument
        case .less: value < argument
        }
    }

    /// The number at the start of a text, as C's `atoi` reads it: white space, a sign, digits; 0 without digits.
    ///
    /// What does not fit stays at the largest or smallest value: C leaves that open, and a number that wraps around
    /// could pass a limit.
    package static func number(_ text: UnsafeBufferPointer<UInt8>) -> Int64 {
        var index = 0
        while index < text.count, ASCII.isSpace(text[index]) {
            index += 1
        }
        var isNegative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        var number: Int64 = 0
        while index < text.count, ASCII.isDigit(text[index]) {
            let digit = Int64(text[index] &- ASCII.zero)
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowNow) = product.addingReportingOverflow(isNegative ? -digit : digit)
            if overflow || overflowNow {
                return isNegative ? .min : .max
            }
            number = sum
            index += 1
        }
        return number
    }

    /// As ``number(_:)-(UnsafeBufferPointer<UInt8>)``, for an argument.
    package static func number(_ text: [UInt8]) -> Int64 {
        text.withUnsafeBufferPointer { number($0) }
    }
}
