// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Bytes made fit for a line of a log.
enum LogText {
    /// Unprintable bytes become `\xHH`; of what is longer than the limit the rest is counted instead of shown.
    ///
    /// - Parameter quotes: whether `"` is escaped too, for values that stand in quotes.
    static func escaped(_ bytes: [UInt8], limit: Int = .max, quotes: Bool = false) -> [UInt8] {
        var text: [UInt8] = []
        append(bytes, limit: limit, quotes: quotes, to: &text)
        return text
    }

    /// Writes what ``escaped(_:limit:quotes:)`` gives to the end of a line.
    static func append(_ bytes: [UInt8], limit: Int = .max, quotes: Bool = false, to line: inout [UInt8]) {
        let plain = bytes.firstIndex { !isPlain($0, quotes) } ?? bytes.count
        // Most of what is logged is plain and short.
        if plain == bytes.count, plain <= limit {
            line += bytes
            return
        }
        var text = Array(bytes[..<min(plain, limit)])
        var omitted = 0
        for byte in bytes[text.count...] {
            let isPlain = isPlain(byte, quotes)
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
        line += limited(text, to: limit, alreadyOmitted: omitted)
    }

    // MARK: Fields

    /// Writes `[name "value"] `, quotes in the value escaped.
    static func append(field name: StaticString, _ value: [UInt8], limit: Int = .max, to line: inout [UInt8]) {
        open(name, in: &line)
        append(value, limit: limit, quotes: true, to: &line)
        line += "\"] ".utf8
    }

    static func append(field name: StaticString, _ number: Int, to line: inout [UInt8]) {
        open(name, in: &line)
        line += String(number).utf8
        line += "\"] ".utf8
    }

    private static func open(_ name: StaticString, in line: inout [UInt8]) {
        line.append(UInt8(ascii: "["))
        name.withUTF8Buffer { line.append(contentsOf: $0) }
        line += " \"".utf8
    }

    private static func isPlain(_ byte: UInt8, _ quotes: Bool) -> Bool {
        byte >= 0x20 && byte <= 0x7E && !(quotes && byte == UInt8(ascii: "\""))
    }

    /// A value within an explanation: as ``escaped(_:limit:quotes:)``, and a quote that would open a field of the line,
    /// `[id "`, is escaped, so that no value can pretend to be another rule's match.
    static func explained(_ bytes: [UInt8], limit: Int) -> [UInt8] {
        let text = escaped(bytes, limit: limit)
        guard text.contains(UInt8(ascii: "[")) else {
            return text
        }
        var result: [UInt8] = []
        var isInField = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "["): isInField = true
            case UInt8(ascii: "\"") where isInField:
                result += Array("\\x22".utf8)
                isInField = false
                continue
            case UInt8(ascii: "]"): isInField = false
            default: break
            }
            result.append(byte)
        }
        return result
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
