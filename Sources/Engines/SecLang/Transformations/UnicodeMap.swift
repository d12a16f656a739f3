// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The table of `SecUnicodeMapFile`: which byte of a code page a Unicode code point is read as.
///
/// The file is a list of code pages. Each begins with a line that starts with its number, and is followed by pairs
/// `hhhh:hh` (code point and byte, hexadecimal), separated by white space.
package final class UnicodeMap: Sendable {
    /// The byte by code point, ``unmapped`` where the code page has none.
    private let bytes: [UInt16]
    private static let unmapped: UInt16 = 0xFFFF

    /// Whether two maps read all code points alike.
    static func areEqual(_ first: UnicodeMap?, _ second: UnicodeMap?) -> Bool {
        first === second || (first != nil && first?.bytes == second?.bytes)
    }

    /// Reads one code page of a mapping file.
    ///
    /// - Throws: ``MalformedArgument`` with the offset in the text, when the code page is missing or one of its
    ///   pairs is malformed.
    package init(parsing text: [UInt8], codePage: Int) throws(MalformedArgument) {
        var bytes = [UInt16](repeating: Self.unmapped, count: 0x10000)
        var isFound = false
        var isInside = false
        for line in text.split(separator: ASCII.lineFeed) {
            let words = line.split(whereSeparator: ASCII.isSpace)
            guard let first = words.first, ASCII.isDigit(first[first.startIndex]) || first.contains(colon) else {
                continue
            }
            if !first.contains(colon) {
                isInside = Self.decimal(first) == codePage
                isFound = isFound || isInside
            } else if isInside {
                for word in words {
                    let (codePoint, byte) = try Self.pair(word)
                    bytes[Int(codePoint)] = UInt16(byte)
                }
            }
        }
        guard isFound else {
            throw MalformedArgument("the Unicode map has no code page \(codePage)", offset: text.count)
        }
        self.bytes = bytes
    }

    /// The byte that a code point is read as, `nil` when the code page says nothing about it.
    package subscript(codePoint: UInt16) -> UInt8? {
        let byte = bytes[Int(codePoint)]
        return byte == Self.unmapped ? nil : UInt8(truncatingIfNeeded: byte)
    }

    private static func decimal(_ word: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in word {
            guard ASCII.isDigit(byte), value < 1_000_000 else {
                return nil
            }
            value = value * 10 + Int(byte - ASCII.zero)
        }
        return value
    }

    private static func pair(_ word: ArraySlice<UInt8>) throws(MalformedArgument) -> (UInt16, UInt8) {
        let parts = word.split(separator: colon, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let codePoint = hexadecimal(parts[0], digits: 4),
            let byte = hexadecimal(parts[1], digits: 2)
        else {
            throw MalformedArgument(
                "expected a pair like 00a1:21 in the Unicode map, found \"\(String(decoding: word, as: UTF8.self))\"",
                offset: word.startIndex
            )
        }
        return (codePoint, UInt8(truncatingIfNeeded: byte))
    }

    private static func hexadecimal(_ word: ArraySlice<UInt8>, digits: Int) -> UInt16? {
        guard !word.isEmpty, word.count <= digits, word.allSatisfy(Hexadecimal.isDigit) else {
            return nil
        }
        return word.reduce(0) { $0 << 4 | UInt16(Hexadecimal.value($1)) }
    }
}

private let colon = UInt8(ascii: ":")
