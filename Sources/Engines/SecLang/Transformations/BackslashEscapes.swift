// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `escapeSeqDecode`: the escape sequences of ANSI C.
enum CEscapes {
    static func decode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            guard input[index] == ASCII.backslash, index + 1 < input.count else {
                sink.append(input[index])
                index += 1
                continue
            }
            index += 1
            let byte = input[index]
            if byte | 0x20 == UInt8(ascii: "x"), Hexadecimal.areDigits(input, at: index + 1, count: 2) {
                sink.append(Hexadecimal.byte(input[index + 1], input[index + 2]))
                index += 3
            } else if ASCII.isOctalDigit(byte) {
                let count = Octal.digitCount(input, at: index, atMost: 3)
                sink.append(Octal.byte(input, at: index, count: count))
                index += count
            } else {
                sink.append(NamedEscape.byte(of: byte))
                index += 1
            }
        }
    }
}

/// `jsDecode`: the escape sequences of JavaScript, each decoded to one byte.
enum JavaScriptEscapes {
    static func decode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            guard input[index] == ASCII.backslash, index + 1 < input.count else {
                sink.append(input[index])
                index += 1
                continue
            }
            index += 1
            let byte = input[index]
            if byte == UInt8(ascii: "u"), Hexadecimal.areDigits(input, at: index + 1, count: 4) {
                sink.append(FullWidth.lowByte(ofFourDigitsAt: index + 1, in: input))
                index += 5
            } else if byte == UInt8(ascii: "x"), Hexadecimal.areDigits(input, at: index + 1, count: 2) {
                sink.append(Hexadecimal.byte(input[index + 1], input[index + 2]))
                index += 3
            } else if ASCII.isOctalDigit(byte) {
                var count = Octal.digitCount(input, at: index, atMost: 3)
                if count == 3, byte > UInt8(ascii: "3") {
                    count = 2
                }
                sink.append(Octal.byte(input, at: index, count: count))
                index += count
            } else {
                sink.append(NamedEscape.byte(of: byte))
                index += 1
            }
        }
    }
}

/// The letters that name a control character behind a backslash.
private enum NamedEscape {
    /// The byte that `\` and a letter stand for; every other byte stands for itself.
    @inline(__always)
    static func byte(of letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "a"): 0x07
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "v"): 0x0B
        default: letter
        }
    }
}

/// Octal escapes.
private enum Octal {
    static func digitCount(_ input: UnsafeBufferPointer<UInt8>, at index: Int, atMost limit: Int) -> Int {
        var count = 0
        while count < limit, index + count < input.count, ASCII.isOctalDigit(input[index + count]) {
            count += 1
        }
        return count
    }

    /// The value of the digits, modulo 256.
    static func byte(_ input: UnsafeBufferPointer<UInt8>, at index: Int, count: Int) -> UInt8 {
        var value: UInt8 = 0
        for position in index..<(index + count) {
            value = value &* 8 &+ (input[position] - ASCII.zero)
        }
        return value
    }
}
