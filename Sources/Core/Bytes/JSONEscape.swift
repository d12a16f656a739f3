// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// One escape of a JSON string (RFC 8259, section 7), read from behind its backslash.
///
/// An escaped surrogate without its partner becomes U+FFFD.
enum JSONEscape {
    /// Appends what the escape at `index` stands for and steps over it.
    ///
    /// - Throws: a ``JSONError`` whose offset is an index into `text`.
    @inline(__always)
    static func decode(
        _ text: UnsafeBufferPointer<UInt8>,
        at index: inout Int,
        into decoded: inout [UInt8]
    ) throws(JSONError) {
        guard index < text.count else {
            throw JSONError(code: .unexpectedEnd, offset: index, message: "a string ends inside an escape")
        }
        let byte = text[index]
        guard let plain = plain(byte) else {
            guard byte == UInt8(ascii: "u") else {
                let name = JSONError.describe(byte)
                throw JSONError(code: .badEscape, offset: index, message: "\"\\\" before \(name) is no escape of JSON")
            }
            index += 1
            try decodeUnicode(text, at: &index, into: &decoded)
            return
        }
        decoded.append(plain)
        index += 1
    }

    /// What a one-letter escape stands for.
    private static func plain(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private static func decodeUnicode(
        _ text: UnsafeBufferPointer<UInt8>,
        at index: inout Int,
        into decoded: inout [UInt8]
    ) throws(JSONError) {
        let first = try hexQuad(text, at: &index)
        guard (0xD800...0xDBFF).contains(first) else {
            UTF8Part.append(codePoint: first, to: &decoded)
            return
        }
        // A high surrogate counts only together with an escaped low one behind it.
        let resume = index
        guard index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
            decoded.append(contentsOf: UTF8Part.replacementCharacter)
            return
        }
        index += 2
        let second = try hexQuad(text, at: &index)
        guard (0xDC00...0xDFFF).contains(second) else {
            decoded.append(contentsOf: UTF8Part.replacementCharacter)
            index = resume
            return
        }
        UTF8Part.append(codePoint: 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), to: &decoded)
    }

    private static func hexQuad(_ text: UnsafeBufferPointer<UInt8>, at index: inout Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard index < text.count else {
                throw JSONError(code: .unexpectedEnd, offset: index, message: "a string ends inside an escape")
            }
            guard let digit = hexValue(text[index]) else {
                throw JSONError(code: .badEscape, offset: index, message: "\"\\u\" needs four hexadecimal digits")
            }
            value = value << 4 | digit
            index += 1
        }
        return value
    }

    private static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

extension JSONEscape {
    /// The text of a string whose escapes were checked before, without U+0000.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: text.count) { buffer, count in
            count = decode(text, into: buffer)
        }
    }

    /// The text of a string whose escapes were checked before, with U+0000 where it stands.
    static func unescape(_ text: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<UInt8>) -> Int {
        var index = 0
        var written = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < text.count else {
                target[written] = byte
                written += 1
                continue
            }
            if let plain = plain(text[index]) {
                target[written] = plain
                written += 1
                index += 1
            } else if index + 4 < text.count, let short = shortCodePoint(text, at: index + 1) {
                target[written] = short
                written += 1
                index += 5
            } else {
                written += decodeSlowly(text, at: &index, into: target + written)
            }
        }
        return written
    }

    /// A code point below 128 that is given by four hexadecimal digits, as control characters and signs mostly are.
    private static func shortCodePoint(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt8? {
        guard text[index] == UInt8(ascii: "0"), text[index + 1] == UInt8(ascii: "0"),
            let high = hexValue(text[index + 2]), high < 8, let low = hexValue(text[index + 3])
        else {
            return nil
        }
        return UInt8(high << 4 | low)
    }

    /// The same as a `String`, with U+FFFD for what is not UTF-8.
    static func decodedString(_ text: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: text.count) { decode(text, into: $0) }
    }

    /// Copies runs without escapes as a whole; what an escape stands for is never longer than the escape.
    ///
    /// - Returns: the number of bytes that were written.
    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>,
        into buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        guard let source = text.baseAddress, let target = buffer.baseAddress, buffer.count >= text.count else {
            return 0
        }
        var index = 0
        var written = 0
        while index < text.count {
            let found = memchr(source + index, 0x5C, text.count - index)
            let end = found.map { UnsafeRawPointer(source).distance(to: UnsafeRawPointer($0)) } ?? text.count
            (target + written).update(from: source + index, count: end - index)
            written += end - index
            index = end
            guard index < text.count else {
                break
            }
            index += 1
            if index < text.count, let byte = plain(text[index]) {
                target[written] = byte
                written += 1
                index += 1
                continue
            }
            written += decodeSlowly(text, at: &index, into: target + written)
        }
        return written
    }

    /// An escape of a code point, which may be a pair of them.
    private static func decodeSlowly(
        _ text: UnsafeBufferPointer<UInt8>,
        at index: inout Int,
        into target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var decoded: [UInt8] = []
        do throws(JSONError) {
            try decode(text, at: &index, into: &decoded)
        } catch {
            // The reader checked the escapes; a broken one stands for itself.
            decoded = [UInt8(ascii: "\\")]
        }
        guard decoded != [0] else {
            return 0
        }
        decoded.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { target.update(from: base, count: bytes.count) }
        }
        return decoded.count
    }
}
