// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `cssDecode`: the escapes of CSS 2 (section 4.3.7), each decoded to one byte.
enum CSSEscapes {
    static func decode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            guard input[index] == ASCII.backslash else {
                sink.append(input[index])
                index += 1
                continue
            }
            index += 1
            guard index < input.count else {
                return
            }
            let digits = digitCount(input, at: index)
            if digits > 0 {
                sink.append(byte(input, at: index, digits: digits))
                index += digits
                skipSpace(input, &index)
            } else if input[index] == 0 {
                // Taken for `\0`: the test suite of the language writes it so and expects the space to go.
                sink.append(0)
                index += 1
                skipSpace(input, &index)
            } else {
                if input[index] != ASCII.lineFeed {
                    sink.append(input[index])
                }
                index += 1
            }
        }
    }

    private static func digitCount(_ input: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        var count = 0
        while count < 6, index + count < input.count, Hexadecimal.isDigit(input[index + count]) {
            count += 1
        }
        return count
    }

    /// The byte of 1 to 6 digits: the low byte of the code point, folded when that is a full-width form.
    private static func byte(_ input: UnsafeBufferPointer<UInt8>, at index: Int, digits: Int) -> UInt8 {
        if digits == 1 {
            return Hexadecimal.value(input[index])
        }
        let end = index + digits
        let isBelow10000 = digits >= 4 && input[index..<(end - 4)].allSatisfy { $0 == ASCII.zero }
        return isBelow10000
            ? FullWidth.lowByte(ofFourDigitsAt: end - 4, in: input)
            : Hexadecimal.byte(input[end - 2], input[end - 1])
    }

    /// One white space behind a hexadecimal escape belongs to it.
    private static func skipSpace(_ input: UnsafeBufferPointer<UInt8>, _ index: inout Int) {
        if index < input.count, ASCII.isSpace(input[index]) {
            index += 1
        }
    }
}
