// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `htmlEntityDecode`: numeric references and the five names that v2 knows; the semicolon may be missing.
enum HTMLEntities {
    static func decode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            guard input[index] == UInt8(ascii: "&"), index + 1 < input.count else {
                sink.append(input[index])
                index += 1
                continue
            }
            let reference =
                input[index + 1] == UInt8(ascii: "#")
                ? numeric(input, at: index) : named(input, at: index)
            if let byte = reference.byte {
                sink.append(byte)
                index = reference.end
                if index < input.count, input[index] == UInt8(ascii: ";") {
                    index += 1
                }
            } else {
                sink.append(input, index..<reference.end)
                index = reference.end
            }
        }
    }

    /// A reference that starts with `&`: what it stands for, `nil` when it is none, and where it ends, without the
    /// semicolon.
    private struct Reference {
        var byte: UInt8?
        var end: Int
    }

    private static func numeric(_ input: UnsafeBufferPointer<UInt8>, at start: Int) -> Reference {
        var index = start + 2
        let isHexadecimal = index < input.count && input[index] | 0x20 == UInt8(ascii: "x")
        if isHexadecimal {
            index += 1
        }
        let firstDigit = index
        let base: Int64 = isHexadecimal ? 16 : 10
        var value: Int64 = 0
        while index < input.count, isHexadecimal ? Hexadecimal.isDigit(input[index]) : ASCII.isDigit(input[index]) {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: base)
            let (sum, isTooLargeByNow) = product.addingReportingOverflow(Int64(Hexadecimal.value(input[index])))
            // As C's strtol: what is too large stays at the largest value, whose low byte is 255.
            value = isTooLarge || isTooLargeByNow ? .max : sum
            index += 1
        }
        return Reference(byte: index > firstDigit ? UInt8(truncatingIfNeeded: value) : nil, end: index)
    }

    private static func named(_ input: UnsafeBufferPointer<UInt8>, at start: Int) -> Reference {
        var end = start + 1
        while end < input.count, ASCII.isAlphanumeric(input[end]) {
            end += 1
        }
        for (name, byte) in names where matches(input, start + 1..<end, name) {
            return Reference(byte: byte, end: end)
        }
        return Reference(byte: nil, end: end)
    }

    private static let names: [(StaticString, UInt8)] = [
        ("quot", UInt8(ascii: "\"")), ("amp", UInt8(ascii: "&")), ("lt", UInt8(ascii: "<")),
        ("gt", UInt8(ascii: ">")), ("nbsp", ASCII.noBreakSpace),
    ]

    private static func matches(
        _ input: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>,
        _ name: StaticString
    ) -> Bool {
        guard range.count == name.utf8CodeUnitCount else {
            return false
        }
        for offset in 0..<range.count
        where ASCII.lowercased(input[range.lowerBound + offset]) != name.utf8Start[offset] {
            return false
        }
        return true
    }
}
