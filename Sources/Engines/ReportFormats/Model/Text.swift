// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Glibc

extension StringProtocol where UTF8View: BidirectionalCollection {
    /// Where a word of lower-case ASCII letters, digits and signs stands first, whatever its case here.
    func range(ofASCII word: StaticString) -> Range<Index>? {
        let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        let found = utf8.withContiguousStorageIfAvailable { Self.offset(of: wanted, in: $0) }
        guard let found else {
            // Only texts that were bridged from elsewhere are not contiguous; there are none here.
            return nil
        }
        guard let offset = found else {
            return nil
        }
        let start = utf8.index(startIndex, offsetBy: offset)
        return start..<utf8.index(start, offsetBy: wanted.count)
    }

    private static func offset(of wanted: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = wanted.first, text.count >= wanted.count else {
            return nil
        }
        for start in 0...(text.count - wanted.count) where lower(text[start]) == first {
            var place = 1
            while place < wanted.count, lower(text[start + place]) == wanted[place] {
                place += 1
            }
            if place == wanted.count {
                return start
            }
        }
        return nil
    }

    @inline(__always)
    private static func lower(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// The text without white space at both ends.
    func trimmingSpace() -> String {
        // Most texts have none.
        if let text = self as? String, text.utf8.first ?? 0 > 0x20, text.utf8.last ?? 0 > 0x20 {
            return text
        }
        let bytes = utf8
        var start = bytes.startIndex
        var end = bytes.endIndex
        while start < end, bytes[start] <= 0x20 {
            start = bytes.index(after: start)
        }
        while start < end, bytes[bytes.index(before: end)] <= 0x20 {
            end = bytes.index(before: end)
        }
        return String(self[start..<end])
    }

    /// The text behind a prefix; nil where it begins otherwise.
    func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...]) : nil
    }
}

extension String {
    /// The parts between separators, without white space and without empty ones.
    func parts(separatedBy separators: ASCIISet) -> [String] {
        var text = self
        return text.withUTF8 { bytes in
            var parts: [String] = []
            var start = 0
            while start < bytes.count {
                var end = start
                while end < bytes.count, !separators.contains(bytes[end]) { end += 1 }
                if let part = Self.trimmed(bytes, start, end) { parts.append(part) }
                start = end + 1
            }
            return parts
        }
    }

    /// A run of bytes without white space at both ends; nil where nothing is left.
    private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> String? {
        var (start, end) = (start, end)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
        return start < end ? String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self) : nil
    }

    /// The text in lower case; most are already.
    var lowered: String {
        utf8.contains { $0 &- 0x41 < 26 || $0 >= 0x80 } ? lowercased() : self
    }

    /// The text cut behind the last whole character within so many bytes.
    func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit else {
            return self
        }
        var text = self
        return text.withUTF8 { String(decoding: UTF8Part.prefix(of: $0, limit: limit), as: UTF8.self) }
    }

    /// The first line that says something.
    var firstLine: String {
        var text = self
        return text.withUTF8 { bytes in
            guard let base = bytes.baseAddress, let start = bytes.firstIndex(where: { $0 > 0x20 }) else {
                return ""
            }
            let feed = Self.place(of: 0x0A, in: base, start..<bytes.count)
            let end = Self.place(of: 0x0D, in: base, start..<feed)
            guard start > 0 || end < bytes.count || bytes[end - 1] <= 0x20 else {
                return self
            }
            return Self.trimmed(bytes, start, end) ?? ""
        }
    }

    /// Two paragraphs with an empty line between them, or the one that is there.
    static func paragraphs(_ first: String?, _ second: String?) -> String {
        guard let first, let second else {
            return first ?? second ?? ""
        }
        var text = first
        text.reserveCapacity(first.utf8.count + 2 + second.utf8.count)
        text += "\n\n"
        text += second
        return text
    }

    /// Whether a byte stands in the text.
    func holds(_ byte: UInt8) -> Bool {
        var text = self
        return text.withUTF8 { bytes in
            bytes.baseAddress.map { Self.place(of: byte, in: $0, 0..<bytes.count) < bytes.count } ?? false
        }
    }

    /// Where a byte stands first; the end of the bounds where it does not.
    @inline(__always)
    private static func place(of byte: UInt8, in base: UnsafePointer<UInt8>, _ bounds: Range<Int>) -> Int {
        guard let found = memchr(base + bounds.lowerBound, Int32(byte), bounds.count) else {
            return bounds.upperBound
        }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }

    /// The text as one line for a terminal or a log: a question mark for each control character and each separator of
    /// lines, and its end cut off where it is too long.
    func oneLine(bytes limit: Int) -> String {
        let text = prefix(bytes: limit)
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl || scalar == "\u{2028}" || scalar == "\u{2029}" ? "?" : scalar)
        }
        return String(scalars)
    }

    /// The text itself, or nil where it is empty.
    var nonEmpty: String? { isEmpty ? nil : self }
}
