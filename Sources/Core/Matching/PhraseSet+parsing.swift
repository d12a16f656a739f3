// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension PhraseSet {
    /// The phrases of an argument of `@pm`: separated by white space, quotes around the whole dropped.
    ///
    /// `|41 42|` stands for the bytes with these hexadecimal numbers, also inside a phrase; `\:`, `\;`, `\\` and
    /// `\"` for the character. As in v2, an argument with any other escape is taken as it is. A `|` that encloses no
    /// hexadecimal numbers is itself.
    package static func phrases(inArgument argument: [UInt8]) -> [[UInt8]] {
        var text = trimmed(argument[...])
        if text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") {
            text = text.dropFirst().dropLast()
        }
        return unescaped(text).split(whereSeparator: isSpace).map(Array.init)
    }

    /// The phrases of a file for `@pmFromFile`: one per line, white space around it dropped, lines that start with
    /// `#` left out; escapes as in ``phrases(inArgument:)``.
    package static func phrases(inFile text: [UInt8]) -> [[UInt8]] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let line = trimmed(line)
            return line.isEmpty || line.first == UInt8(ascii: "#") ? nil : unescaped(line)
        }
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "\\") {
                guard index + 1 < text.endIndex, isEscapable(text[index + 1]) else {
                    return Array(text)
                }
                result.append(text[index + 1])
                index += 2
            } else if byte == UInt8(ascii: "|"), let (bytes, end) = hexadecimal(text[(index + 1)...]) {
                result.append(contentsOf: bytes)
                index = end
            } else {
                result.append(byte)
                index += 1
            }
        }
        return result
    }

    private static func isEscapable(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "\\"), UInt8(ascii: "\""): true
        default: false
        }
    }

    /// The bytes up to the closing `|`, when there is one and before it only pairs of digits and blanks, and the
    /// index behind it.
    private static func hexadecimal(_ text: ArraySlice<UInt8>) -> ([UInt8], Int)? {
        var bytes: [UInt8] = []
        var pending: UInt8?
        for (index, byte) in zip(text.indices, text) {
            if byte == UInt8(ascii: "|") {
                return bytes.isEmpty || pending != nil ? nil : (bytes, index + 1)
            }
            if let value = digit(byte) {
                if let high = pending {
                    bytes.append(high << 4 | value)
                    pending = nil
                } else {
                    pending = value
                }
            } else if byte != UInt8(ascii: " ") || pending != nil {
                return nil
            }
        }
        return nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text.drop(while: isSpace).reversed().drop(while: isSpace).reversed()[...]
    }
}
