// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Percent triplets (RFC 3986, section 2.1) as purl and vers use them.
enum PercentEncoding {
    /// The bytes of a range, each triplet replaced by its byte.
    ///
    /// - Throws: ``AdvisoryError`` with this code where `%` is not followed by two hexadecimal digits.
    static func decoded(
        _ text: Span<UInt8>,
        _ range: Range<Int>,
        as code: AdvisoryError.Code
    ) throws(AdvisoryError)
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = text[index]
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                index += 1
                continue
            }
            guard index + 2 < range.upperBound, let high = hexValue(text[index + 1]),
                let low = hexValue(text[index + 2])
            else {
                throw AdvisoryError(code, "\"%\" needs two hexadecimal digits behind it", offset: index)
            }
            bytes.append(high << 4 | low)
            index += 3
        }
        return bytes
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Appends a purl's part: letters, digits and `.-_~:` stay, the rest becomes triplets.
    static func append(_ part: String, to text: inout String, keepingSlashes: Bool) {
        func stays(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"): true
            case UInt8(ascii: "/"): keepingSlashes
            default: VersionText.isAlphanumeric(byte)
            }
        }
        guard !part.utf8.allSatisfy(stays) else {
            text += part
            return
        }
        for byte in part.utf8 {
            if stays(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                appendTriplet(byte, to: &text)
            }
        }
    }

    static func appendTriplet(_ byte: UInt8, to text: inout String) {
        text += "%"
        for digit in [byte >> 4, byte & 15] {
            text.unicodeScalars.append(
                Unicode.Scalar(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
            )
        }
    }
}
