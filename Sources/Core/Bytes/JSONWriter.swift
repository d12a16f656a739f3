// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// Writes JSON (RFC 8259) into a byte array, without whitespace, in one pass.
///
/// Strings come as bytes: what is not UTF-8 becomes U+FFFD, one for each maximal ill-formed part (Unicode 16,
/// section 3.9), so that the output is always valid UTF-8. Commas and colons are placed by the writer. Its
/// caller keeps the nesting balanced; a mistake there is a programmer's error and stops debug builds.
///
/// ```swift
/// var json = JSONWriter()
/// json.beginObject()
/// json.key("id")
/// json.string("t1")
/// json.endObject()
/// send(json.bytes)
/// ```
package struct JSONWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8] = []
    /// Whether a value in the current array or object needs a comma before it.
    private var needsComma = false
    private var depth = 0

    package init() {}

    /// - Parameter capacity: bytes to allocate at once.
    package init(reservingCapacity capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        depth = 0
    }

    /// Forgets the bytes that were written, which the caller has taken, and goes on behind them: for documents that
    /// are larger than what is held at once.
    package mutating func removeWritten() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Appends a line feed, the end of an NDJSON line, and starts a new document.
    package mutating func endLine() {
        assert(depth == 0, "an NDJSON line ends inside an array or object")
        bytes.append(0x0A)
        needsComma = false
    }

    // MARK: Structure

    package mutating func beginObject() {
        open(UInt8(ascii: "{"))
    }

    package mutating func endObject() {
        close(UInt8(ascii: "}"))
    }

    package mutating func beginArray() {
        open(UInt8(ascii: "["))
    }

    package mutating func endArray() {
        close(UInt8(ascii: "]"))
    }

    /// The name of the next value of an object.
    package mutating func key(_ name: String) {
        string(name)
        endKey()
    }

    /// The name of the next value of an object, as bytes.
    package mutating func key(_ name: [UInt8]) {
        string(name)
        endKey()
    }

    // MARK: Values

    package mutating func string(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { appendQuotedText($0) }
    }

    package mutating func string(_ text: [UInt8]) {
        separate()
        text.withUnsafeBufferPointer { appendQuoted($0) }
    }

    package mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        separate()
        appendQuoted(text)
    }

    package mutating func number(_ value: Int) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A number with the shortest digits that give the same value back; infinities and NaN become `null`.
    package mutating func number(_ value: Double) {
        guard value.isFinite else {
            null()
            return
        }
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A number rounded to `decimals` digits behind the point, for measurements.
    package mutating func number(_ value: Double, decimals: Int) {
        var scale = 1.0
        for _ in 0..<max(0, min(decimals, 12)) {
            scale *= 10
        }
        let rounded = (value * scale).rounded() / scale
        number(rounded.isFinite ? rounded : value)
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A value that is JSON already; it is not checked.
    package mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    // MARK: Values that may be absent

    package mutating func stringOrNull(_ text: String?) {
        if let text {
            string(text)
        } else {
            null()
        }
    }

    package mutating func stringOrNull(_ text: [UInt8]?) {
        if let text {
            string(text)
        } else {
            null()
        }
    }

    package mutating func numberOrNull(_ value: Int?) {
        if let value {
            number(value)
        } else {
            null()
        }
    }

    /// An array of strings.
    package mutating func strings(_ texts: [[UInt8]]) {
        beginArray()
        for text in texts {
            string(text)
        }
        endArray()
    }

    /// An array of strings.
    package mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts {
            string(text)
        }
        endArray()
    }

    // MARK: Parts

    private mutating func separate() {
        if needsComma {
            bytes.append(UInt8(ascii: ","))
        }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
        depth += 1
    }

    private mutating func close(_ bracket: UInt8) {
        assert(depth > 0, "a bracket closes that was not opened")
        bytes.append(bracket)
        needsComma = true
        depth -= 1
    }

    private mutating func endKey() {
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The bytes of a `String`, which are UTF-8: only what needs an escape is looked for.
    private mutating func appendQuotedText(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        if let base = text.baseAddress {
            var index = 0
            while true {
                let count = redoubt_json_text_end(base + index, text.count - index)
                bytes.append(contentsOf: UnsafeBufferPointer(start: base + index, count: count))
                index += count
                guard index < text.count else {
                    break
                }
                appendEscape(text[index])
                index += 1
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Runs of bytes that need no escape are copied whole.
    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.reserveCapacity(max(bytes.count + text.count + 2, 0))
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                index += 1
                continue
            }
            if byte >= 0x80 {
                let part = UTF8Part(in: text, at: index)
                if part.isWellFormed {
                    index += part.length
                    continue
                }
                bytes.append(contentsOf: text[start..<index])
                bytes.append(contentsOf: UTF8Part.replacementCharacter)
                index += part.length
            } else {
                bytes.append(contentsOf: text[start..<index])
                appendEscape(byte)
                index += 1
            }
            start = index
        }
        bytes.append(contentsOf: text[start..<index])
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(byte)
        case 0x08:
            bytes.append(UInt8(ascii: "b"))
        case 0x09:
            bytes.append(UInt8(ascii: "t"))
        case 0x0A:
            bytes.append(UInt8(ascii: "n"))
        case 0x0C:
            bytes.append(UInt8(ascii: "f"))
        case 0x0D:
            bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UTF8Part.hexDigit(byte >> 4))
            bytes.append(UTF8Part.hexDigit(byte & 15))
        }
    }
}
