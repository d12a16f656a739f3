// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `base64Encode`, `base64Decode` and `base64DecodeExt` (RFC 4648, section 4, without its strictness).
enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let padding = UInt8(ascii: "=")

    static func encode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var index = 0
        while index < input.count {
            let available = min(3, input.count - index)
            var group = UInt32(input[index]) << 16
            if available > 1 {
                group |= UInt32(input[index + 1]) << 8
            }
            if available > 2 {
                group |= UInt32(input[index + 2])
            }
            sink.append(character(group >> 18))
            sink.append(character(group >> 12))
            sink.append(available > 1 ? character(group >> 6) : padding)
            sink.append(available > 2 ? character(group) : padding)
            index += 3
        }
    }

    /// Decodes up to the first byte outside the alphabet, padding included; incomplete bytes are dropped.
    static func decode(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var decoder = Decoder()
        for byte in input {
            guard let value = value(byte) else {
                return
            }
            decoder.push(value, into: &sink)
        }
    }

    /// Decodes what is in the alphabet and skips the rest; as in v2, padding behind the first character of a group
    /// makes the result empty.
    static func decodeForgiving(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var decoder = Decoder()
        for (index, byte) in input.enumerated() {
            if let value = value(byte) {
                decoder.push(value, into: &sink)
            } else if byte == padding, decoder.bits == 6, index + 1 == input.count || input[index + 1] != padding {
                sink.count = 0
                return
            }
        }
    }

    /// Collects six bits at a time and gives out whole bytes.
    private struct Decoder {
        private var pending: UInt32 = 0
        /// The bits that wait for more: 0, 6, 4 or 2.
        private(set) var bits = 0

        @inline(__always)
        mutating func push(_ value: UInt8, into sink: inout ByteSink) {
            pending = pending << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                sink.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
            }
        }
    }

    @inline(__always)
    private static func character(_ sextet: UInt32) -> UInt8 {
        alphabet.utf8Start[Int(sextet & 0x3F)]
    }

    @inline(__always)
    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - ASCII.zero + 52
        case UInt8(ascii: "+"): 62
        case ASCII.slash: 63
        default: nil
        }
    }
}
