// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `urlDecode`, `urlDecodeUni` and `urlEncode`.
enum URLEncoding {
    /// Decodes `+` and valid `%XX`; an invalid `%` is copied.
    static func decode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            decodeByte(input, &index, into: &sink)
        }
    }

    /// As ``decode(_:into:)``, and `%uXXXX` as IIS reads it.
    ///
    /// A code point becomes what the map says, else its low byte, folded when it is full-width.
    static func decodeUnicode(
        _ input: UnsafeBufferPointer<UInt8>,
        map: UnicodeMap?,
        into sink: inout ByteSink
    ) {
        var index = 0
        while index < input.count {
            guard input[index] == ASCII.percent, index + 1 < input.count,
                input[index + 1] | 0x20 == UInt8(ascii: "u")
            else {
                decodeByte(input, &index, into: &sink)
                continue
            }
            if Hexadecimal.areDigits(input, at: index + 2, count: 4) {
                let codePoint =
                    UInt16(Hexadecimal.byte(input[index + 2], input[index + 3])) << 8
                    | UInt16(Hexadecimal.byte(input[index + 4], input[index + 5]))
                sink.append(map?[codePoint] ?? FullWidth.lowByte(ofFourDigitsAt: index + 2, in: input))
                index += 6
            } else {
                sink.append(input, index..<(index + 2))
                index += 2
            }
        }
    }

    /// Encodes all but letters, digits and `*`; a space becomes `+`.
    static func encode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input {
            if ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "*") {
                sink.append(byte)
            } else if byte == ASCII.space {
                sink.append(UInt8(ascii: "+"))
            } else {
                sink.append(ASCII.percent)
                sink.append(Hexadecimal.digit(byte >> 4))
                sink.append(Hexadecimal.digit(byte & 0x0F))
            }
        }
    }

    @inline(__always)
    private static func decodeByte(
        _ input: UnsafeBufferPointer<UInt8>,
        _ index: inout Int,
        into sink: inout ByteSink
    ) {
        let byte = input[index]
        if byte == ASCII.percent, Hexadecimal.areDigits(input, at: index + 1, count: 2) {
            sink.append(Hexadecimal.byte(input[index + 1], input[index + 2]))
            index += 3
        } else {
            sink.append(byte == UInt8(ascii: "+") ? ASCII.space : byte)
            index += 1
        }
    }
}
