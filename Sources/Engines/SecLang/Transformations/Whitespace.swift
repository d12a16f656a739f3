// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `trim*`, `compressWhitespace` and `removeWhitespace`.
enum Whitespace {
    static func trim(
        _ input: UnsafeBufferPointer<UInt8>,
        left: Bool,
        right: Bool,
        into sink: inout ByteSink
    ) {
        var start = 0
        var end = input.count
        while left, start < end, ASCII.isSpace(input[start]) {
            start += 1
        }
        while right, end > start, ASCII.isSpace(input[end - 1]) {
            end -= 1
        }
        sink.append(input, start..<end)
    }

    /// Makes each run of white space (with 0xA0, as v2 does) one space.
    static func compress(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var insideRun = false
        for byte in input {
            let isWhite = ASCII.isSpace(byte) || byte == ASCII.noBreakSpace
            if !isWhite {
                sink.append(byte)
            } else if !insideRun {
                sink.append(ASCII.space)
            }
            insideRun = isWhite
        }
    }

    /// Drops white space and both bytes of a UTF-8 no-break space, wherever they stand.
    static func remove(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        for byte in input where !ASCII.isSpace(byte) && byte != ASCII.noBreakSpace && byte != 0xC2 {
            sink.append(byte)
        }
    }
}
