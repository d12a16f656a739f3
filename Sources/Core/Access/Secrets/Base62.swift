// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Digits and letters, which survive a double click and every file format.
enum Base62 {
    private static let characters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    static func isCharacter(_ byte: UInt8) -> Bool {
        UserName.isLetterOrDigit(byte)
    }

    /// Characters of which each is as likely as any other.
    static func random(_ count: Int, from random: RandomBytes) -> [UInt8] {
        var text: [UInt8] = []
        while text.count < count {
            // 248 is 4 x 62: what lies above would make the first characters likelier.
            for byte in random(count) where byte < 248 && text.count < count {
                text.append(characters[Int(byte) % 62])
            }
        }
        return text
    }

    /// The number in six characters, the most significant first; 62 to the sixth is more than 2 to the 32nd.
    static func encode(_ number: UInt32) -> [UInt8] {
        var rest = Int(number)
        var text: [UInt8] = []
        for _ in 0..<6 {
            text.append(characters[rest % 62])
            rest /= 62
        }
        return text.reversed()
    }
}

/// The checksum of ISO 3309 and zlib, polynomial 0xEDB88320.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
    }
}
