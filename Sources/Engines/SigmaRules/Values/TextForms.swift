// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the modifiers `base64` and `base64offset` make of a text (RFC 4648, section 4).
enum Base64Forms {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let group = bytes[index..<min(index + 3, bytes.count)]
            var bits: UInt32 = 0
            for place in 0..<3 {
                bits = bits << 8 | (place < group.count ? UInt32(group[group.startIndex + place]) : 0)
            }
            for place in 0..<4 {
                let letter = alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)]
                encoded.append(place <= group.count ? letter : UInt8(ascii: "="))
            }
            index += 3
        }
        return encoded
    }

    /// The letters that a text always becomes, by its place in the groups of three bytes of what is around it: with 0,
    /// 1 or 2 bytes before it, the first 0, 2 or 3 letters and the last ones of an incomplete group depend on
    /// neighbours.
    static func offsets(_ bytes: [UInt8]) -> [[UInt8]] {
        (0..<3).map { offset in
            let encoded = encode([UInt8](repeating: 0x20, count: offset) + bytes)
            let start = [0, 2, 3][offset]
            let end = [0, 3, 2][(bytes.count + offset) % 3]
            return Array(encoded.dropFirst(start).dropLast(end))
        }
    }
}

/// The signs that begin an option on Windows, for the modifier `windash`.
enum Dash {
    /// Hyphen, slash, en dash, em dash, horizontal bar.
    static let signs: [[UInt8]] = ["-", "/", "\u{2013}", "\u{2014}", "\u{2015}"].map { Array($0.utf8) }
    /// Five signs at five places.
    static let mostForms = 3125

    static func isOption(_ bytes: [UInt8], _ index: Int) -> Bool {
        let byte = bytes[index]
        guard byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") else { return false }
        let standsFree = index == 0 || !isWord(bytes[index - 1])
        return standsFree && index + 1 < bytes.count && isWord(bytes[index + 1])
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte.isDigit || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}

/// The `%name%` of a value with the modifier `expand`; `\%` is a plain sign.
enum Placeholders {
    enum Piece {
        case text(String)
        case name(String)
    }

    static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var plain = ""
        var rest = text[...]
        while let character = rest.first {
            let behind = rest.dropFirst()
            if character == "\\", behind.first == "%" {
                plain.append("%")
                rest = behind.dropFirst()
            } else if character == "%", let end = behind.firstIndex(of: "%"), end > behind.startIndex {
                pieces.append(.text(plain))
                plain = ""
                pieces.append(.name(String(behind[..<end])))
                rest = behind[behind.index(after: end)...]
            } else {
                plain.append(character)
                rest = behind
            }
        }
        return pieces + [.text(plain)]
    }
}
