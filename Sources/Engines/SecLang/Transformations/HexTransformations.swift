// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `hexEncode`, `hexDecode` and `sqlHexDecode`.
enum HexTransformations {
    static func encode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            sink.append(Hexadecimal.digit(byte >> 4))
            sink.append(Hexadecimal.digit(byte & 0x0F))
        }
    }

    /// Takes two bytes at a time, be they digits or not, as v2 does; an odd last byte is dropped.
    static func decode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index + 1 < input.count {
            sink.append(Hexadecimal.byte(input[index], input[index + 1]))
            index += 2
        }
    }

    /// Decodes each SQL literal `0x...`; the byte behind one is copied without a look at it.
    static func decodeSQL(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            if input[index] == ASCII.zero, index + 1 < input.count, input[index + 1] | 0x20 == UInt8(ascii: "x"),
                Hexadecimal.areDigits(input, at: index + 2, count: 2)
            {
                index += 2
                while Hexadecimal.areDigits(input, at: index, count: 2) {
                    sink.append(Hexadecimal.byte(input[index], input[index + 1]))
                    index += 2
                }
            }
            if index < input.count {
                sink.append(input[index])
                index += 1
            }
        }
    }
}
