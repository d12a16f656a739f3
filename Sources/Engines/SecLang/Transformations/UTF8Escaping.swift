// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `utf8toUnicode`: each UTF-8 sequence of two to four bytes becomes `%uHHHH`.
///
/// What v2 does with bad input is kept, because rules were written against it: NUL bytes and lead bytes without
/// their continuation are dropped, stray bytes are copied, and a sequence that is overlong, a surrogate or beyond
/// U+10FFFF is escaped and its lead byte added.
enum UTF8Escaping {
    static func apply(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            let lead = input[index]
            let length = sequenceLength(lead)
            if length == 1 {
                if lead != 0 {
                    sink.append(lead)
                }
                index += 1
                continue
            }
            if lead >= 0xF5 {
                sink.append(lead)
            }
            guard let codePoint = codePoint(input, at: index, length: length) else {
                index += 1
                continue
            }
            append(codePoint, to: &sink)
            if (0xD800...0xDFFF).contains(codePoint) {
                sink.append(lead)
            }
            if codePoint < smallest(ofLength: length) {
                sink.append(lead)
            }
            index += length
        }
    }

    /// The length that a lead byte announces; 1 for ASCII and for what leads nothing.
    @inline(__always)
    private static func sequenceLength(_ lead: UInt8) -> Int {
        switch lead {
        case 0xC0...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF7: 4
        default: 1
        }
    }

    private static func smallest(ofLength length: Int) -> UInt32 {
        switch length {
        case 2: 0x80
        case 3: 0x800
        default: 0x10000
        }
    }

    private static func codePoint(_ input: UnsafeBufferPointer<UInt8>, at index: Int, length: Int) -> UInt32? {
        guard index + length <= input.count else {
            return nil
        }
        var codePoint = UInt32(input[index] & (0x7F >> UInt8(length)))
        for position in (index + 1)..<(index + length) {
            guard input[position] & 0xC0 == 0x80 else {
                return nil
            }
            codePoint = codePoint << 6 | UInt32(input[position] & 0x3F)
        }
        return codePoint
    }

    private static func append(_ codePoint: UInt32, to sink: inout ByteSink) {
        sink.append(ASCII.percent)
        sink.append(UInt8(ascii: "u"))
        var shift: UInt32 = 12
        while codePoint >> (shift + 4) != 0 {
            shift += 4
        }
        for step in stride(from: Int(shift), through: 0, by: -4) {
            sink.append(Hexadecimal.digit(UInt8(codePoint >> UInt32(step) & 0x0F)))
        }
    }
}
