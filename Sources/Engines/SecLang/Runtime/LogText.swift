// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Bytes made fit for a line of a log.
enum LogText {
    /// Unprintable bytes become `\xHH`; of what is longer than the limit the rest is counted instead of shown.
    ///
    /// - Parameter quotes: whether `"` is escaped too, for values that stand in quotes.
    static func escaped(_ bytes: [UInt8], limit: Int = .max, quotes: Bool = false) -> [UInt8] {
        var text: [UInt8] = []
        var omitted = 0
        for byte in bytes {
            let isPlain = (0x20...0x7E).contains(byte) && !(quotes && byte == UInt8(ascii: "\""))
            // Past the limit escapes are only counted, however long the value is.
            guard text.count < limit else {
                omitted += isPlain ? 1 : 4
                continue
            }
            if isPlain {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "\\"), UInt8(ascii: "x"), hexDigit(byte >> 4), hexDigit(byte & 15)]
            }
        }
        return limited(text, to: limit, alreadyOmitted: omitted)
    }

    /// The first bytes, and how many more there are.
    static func limited(_ text: [UInt8], to limit: Int, alreadyOmitted: Int = 0) -> [UInt8] {
        let omitted = max(0, text.count - limit) + alreadyOmitted
        guard omitted > 0 else {
            return text
        }
        return text.prefix(limit) + Array(" (\(omitted) characters omitted)".utf8)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }
}
