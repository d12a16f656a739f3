// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The encoding of forms (`application/x-www-form-urlencoded`) as the runner of rule set tests applies it.
enum FormEncoding {
    /// Encodes names and values of `a=b&c`, splitting at each `&` and the first `=` of a part.
    static func encode(_ form: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        for (index, part) in form.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).enumerated() {
            if index > 0 {
                encoded.append(UInt8(ascii: "&"))
            }
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else {
                encoded += escape(part)
                continue
            }
            encoded += escape(part[..<equals])
            encoded.append(UInt8(ascii: "="))
            encoded += escape(part[(equals + 1)...])
        }
        return encoded
    }

    /// Percent-encodes all but letters, digits and `-_.~`; a space becomes `+`.
    static func escape(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                escaped.append(byte)
            case UInt8(ascii: " "):
                escaped.append(UInt8(ascii: "+"))
            default:
                escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return escaped
    }

    /// Whether decoding would leave the bytes as they are: no `+` and no `%`.
    ///
    /// A malformed escape counts as a change, since it cannot be decoded at all.
    static func isUnchangedByDecoding(_ bytes: [UInt8]) -> Bool {
        !bytes.contains(UInt8(ascii: "%")) && !bytes.contains(UInt8(ascii: "+"))
    }
}

/// The escapes of a C string literal.
enum CStringEscapes {
    /// Decodes `\n`, `\r`, `\t`, `\0`, `\xHH` and the like; an escape that C does not know stays as it is.
    static func decode(_ text: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
                decoded.append(text[index])
                index += 1
                continue
            }
            let (byte, length) = escape(text, at: index + 1)
            if let byte {
                decoded.append(byte)
            } else {
                decoded.append(text[index])
            }
            index += byte == nil ? 1 : 1 + length
        }
        return decoded
    }

    /// The byte that the escape behind a backslash stands for, and the escape's length.
    private static func escape(_ text: [UInt8], at index: Int) -> (byte: UInt8?, length: Int) {
        switch text[index] {
        case UInt8(ascii: "a"): (7, 1)
        case UInt8(ascii: "b"): (8, 1)
        case UInt8(ascii: "t"): (9, 1)
        case UInt8(ascii: "n"): (10, 1)
        case UInt8(ascii: "v"): (11, 1)
        case UInt8(ascii: "f"): (12, 1)
        case UInt8(ascii: "r"): (13, 1)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): (text[index], 1)
        case UInt8(ascii: "x"): number(text, from: index + 1, radix: 16, digits: 2, prefix: 1)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): number(text, from: index, radix: 8, digits: 3, prefix: 0)
        default: (nil, 0)
        }
    }

    private static func number(
        _ text: [UInt8],
        from start: Int,
        radix: Int,
        digits: Int,
        prefix: Int
    ) -> (byte: UInt8?, length: Int) {
        var value = 0
        var index = start
        while index < min(start + digits, text.count),
            let digit = Character(UnicodeScalar(text[index])).hexDigitValue, digit < radix
        {
            value = value * radix + digit
            index += 1
        }
        return index == start ? (nil, 0) : (UInt8(truncatingIfNeeded: value), index - start + prefix)
    }
}
