// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

extension JSONNode {
    /// A number without fraction that fits, also where it is written as `1.0`, `1e3` or in quotes.
    package var integer: Int? {
        if let entry, entry.kind == .number, let number = digits(entry) {
            return number
        }
        guard let text = scalarText, kind != .bool else {
            return nil
        }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// A number of a few digits and nothing else.
    private func digits(_ entry: JSONTape.Entry) -> Int? {
        guard entry.length <= 18 else {
            return nil
        }
        var number = 0
        for byte in pointer.pointee.bytes[bounds(entry)] {
            guard byte &- UInt8(ascii: "0") < 10 else {
                return nil
            }
            number = number * 10 + Int(byte &- UInt8(ascii: "0"))
        }
        return number
    }

    /// A number that is finite, also where it is written in quotes.
    package var double: Double? {
        if let entry, entry.isOf(.number) || entry.isOf(.string), let value = shortDecimal(entry) {
            return value
        }
        guard let text = scalarText, kind != .bool, let value = Double(text), value.isFinite else {
            return nil
        }
        return value
    }

    /// A decimal of at most 15 digits and without exponent: its digits and the power of ten fit a `Double` exactly, so that
    /// their quotient is the number that is nearest.
    private func shortDecimal(_ entry: JSONTape.Entry) -> Double? {
        guard entry.length > 0, entry.length <= 16 else {
            return nil
        }
        var digits = 0
        var divisor = 1
        var point = -1
        let text = pointer.pointee.bytes[bounds(entry)]
        for (place, byte) in text.enumerated() {
            if byte &- UInt8(ascii: "0") < 10 {
                digits = digits * 10 + Int(byte &- UInt8(ascii: "0"))
                divisor *= point < 0 ? 1 : 10
            } else if byte == UInt8(ascii: "."), point < 0, place > 0, place + 1 < text.count {
                point = place
            } else {
                return nil
            }
        }
        return text.count - (point < 0 ? 0 : 1) <= 15 ? Double(digits) / Double(divisor) : nil
    }
}
