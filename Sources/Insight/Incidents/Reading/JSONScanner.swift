// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Glibc

/// Walks over one JSON document where it lies, without making values of it.
///
/// It is for reading some members of lines that this program wrote, at some nanoseconds a byte, and is lenient: what it
/// steps over is not checked. It never reads beyond the bytes, takes time linear in them, and does not recurse; what it
/// cannot make sense of ends the walk and sets ``isBroken``.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private(set) var isBroken = false

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    // MARK: Objects and arrays

    /// Steps into an object. Each of its members has to be taken: ``nextKey()`` and the value, to the end.
    ///
    /// - Returns: false where the value is none; it has been stepped over then.
    mutating func beginObject() -> Bool { begin(UInt8(ascii: "{")) }

    /// Steps into an array. Each of its elements has to be taken: ``nextElement()`` and the value, to the end.
    mutating func beginArray() -> Bool { begin(UInt8(ascii: "[")) }

    private mutating func begin(_ bracket: UInt8) -> Bool {
        skipWhitespace()
        guard index < bytes.count, bytes[index] == bracket else {
            skip()
            return false
        }
        index += 1
        return true
    }

    /// The name of the next member; nil behind the last one, which leaves the object.
    mutating func nextKey() -> Range<Int>? {
        guard nextItem(before: UInt8(ascii: "}")) else { return nil }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\""), let key = quoted() else {
            giveUp()
            return nil
        }
        skipWhitespace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
            giveUp()
            return nil
        }
        index += 1
        return key
    }

    /// Whether there is another element; behind the last one the array is left.
    mutating func nextElement() -> Bool { nextItem(before: UInt8(ascii: "]")) }

    private mutating func nextItem(before end: UInt8) -> Bool {
        skipWhitespace()
        if index < bytes.count, bytes[index] == UInt8(ascii: ",") {
            index += 1
            skipWhitespace()
        }
        guard index < bytes.count else {
            giveUp()
            return false
        }
        guard bytes[index] == end else { return true }
        index += 1
        return false
    }

    // MARK: Values

    /// What stands between the quotes of a string, with its escapes; nil for another value, which is stepped over.
    mutating func string() -> Range<Int>? {
        skipWhitespace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
            skip()
            return nil
        }
        return quoted()
    }

    /// The bytes of a number, or what stands between the quotes of a string; nil for another value.
    mutating func scalar() -> Range<Int>? {
        skipWhitespace()
        guard index < bytes.count else {
            giveUp()
            return nil
        }
        switch bytes[index] {
        case UInt8(ascii: "\""): return quoted()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return word()
        default:
            skip()
            return nil
        }
    }

    /// A whole number that fits; nil for another value, which is stepped over.
    mutating func integer() -> Int? {
        skipWhitespace()
        guard index < bytes.count, bytes[index] != UInt8(ascii: "\"") else {
            skip()
            return nil
        }
        guard let range = rawValue() else { return nil }
        var value = 0
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        let digits = isNegative ? range.dropFirst() : range
        guard !digits.isEmpty, digits.count <= 19 else { return nil }
        for place in digits {
            let digit = bytes[place]
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return isNegative ? -value : value
    }

    /// The bytes of the next value, whatever it is; nil where there is none.
    mutating func rawValue() -> Range<Int>? {
        skipWhitespace()
        let start = index
        skip()
        return isBroken || index == start ? nil : start..<index
    }

    /// Steps over the next value.
    mutating func skip() {
        skipWhitespace()
        guard index < bytes.count else { return giveUp() }
        switch bytes[index] {
        case UInt8(ascii: "\""): _ = quoted()
        case UInt8(ascii: "{"), UInt8(ascii: "["): skipNested()
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"): giveUp()
        default: _ = word()
        }
    }

    /// Counts brackets, so that depth costs no memory.
    private mutating func skipNested() {
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                guard quoted() != nil else { return }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            index += 1
            if depth == 0 { return }
        }
        giveUp()
    }

    /// A number, `true`, `false` or `null`, which end before what can follow a value.
    private mutating func word() -> Range<Int>? {
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x09, 0x0A, 0x0D:
                return index > start ? start..<index : nil
            default: index += 1
            }
        }
        return start..<index
    }

    /// Steps over a string, which begins here.
    private mutating func quoted() -> Range<Int>? {
        let start = index + 1
        var place = start
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") {
                index = place + 1
                return start..<place
            }
            place += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        giveUp()
        return nil
    }

    private mutating func skipWhitespace() {
        while index < bytes.count, bytes[index] <= 0x20, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func giveUp() {
        isBroken = true
        index = bytes.count
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether a part of the bytes is this text.
    @inline(__always)
    func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount, let base = baseAddress else { return false }
        return memcmp(base + range.lowerBound, text.utf8Start, range.count) == 0
    }

    /// A part of the bytes as they lie.
    func part(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: self[range]) }
}

/// What stands between the quotes of a JSON string.
enum JSONText {
    /// The text, without escapes, cut to so many bytes of UTF-8 at the end of a character. What is not UTF-8 becomes U+FFFD.
    static func string(_ quoted: UnsafeBufferPointer<UInt8>, atMost limit: Int) -> String {
        guard quoted.contains(UInt8(ascii: "\\")) else { return cut(quoted, limit) }
        var bytes: [UInt8] = []
        unescape(quoted, into: &bytes, atMost: limit + 4)
        return bytes.withUnsafeBufferPointer { cut($0, limit) }
    }

    private static func cut(_ bytes: UnsafeBufferPointer<UInt8>, _ limit: Int) -> String {
        guard bytes.count > limit else { return String(decoding: bytes, as: UTF8.self) }
        var end = limit
        while end > 0, limit - end < 3, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// Appends the text without its escapes; an escape that is none is left out.
    static func unescape(_ quoted: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8], atMost limit: Int) {
        var index = 0
        let end = bytes.count + limit
        while index < quoted.count, bytes.count < end {
            guard quoted[index] == UInt8(ascii: "\\") else {
                bytes.append(quoted[index])
                index += 1
                continue
            }
            guard index + 1 < quoted.count else { return }
            let escape = quoted[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"): unescapeCodePoint(quoted, &index, into: &bytes)
            default: bytes.append(escape)
            }
        }
    }

    private static func unescapeCodePoint(
        _ quoted: UnsafeBufferPointer<UInt8>,
        _ index: inout Int,
        into bytes: inout [UInt8]
    ) {
        guard let first = unit(quoted, index) else { return }
        index += 4
        if (0xD800...0xDBFF).contains(first), index + 1 < quoted.count, quoted[index] == UInt8(ascii: "\\"),
            quoted[index + 1] == UInt8(ascii: "u"), let second = unit(quoted, index + 2),
            (0xDC00...0xDFFF).contains(second)
        {
            index += 6
            UTF8Part.append(codePoint: 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), to: &bytes)
            return
        }
        UTF8Part.append(codePoint: first, to: &bytes)
    }

    private static func unit(_ quoted: UnsafeBufferPointer<UInt8>, _ index: Int) -> UInt32? {
        guard index + 4 <= quoted.count else { return nil }
        var value: UInt32 = 0
        for place in index..<index + 4 {
            switch quoted[place] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(quoted[place] - 0x30)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(quoted[place] - 0x57)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(quoted[place] - 0x37)
            default: return nil
            }
        }
        return value
    }
}
