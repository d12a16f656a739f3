// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The forms in which texts of reports are compared. All run over bytes once and allocate one array.
package enum TextForms {
    /// A path from the root of the repository: forward slashes, no `.`, no `..` where it can be resolved, no leading
    /// slash, drive or `file:`, and without the folder that a scanner in a container has sources in, such as `/src` or
    /// that of a GitLab or GitHub runner.
    package static func path(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        guard bytes.withUnsafeBufferPointer(needsWork) else { return bytes }
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\\") {
            bytes[index] = UInt8(ascii: "/")
        }
        let isAbsolute = bytes.first == UInt8(ascii: "/") || bytes.starts(with: "file:".utf8)
        if bytes.starts(with: "file:".utf8) { bytes.removeFirst(5) }
        if bytes.count > 2, bytes[1] == UInt8(ascii: ":"), bytes[2] == UInt8(ascii: "/") { bytes.removeFirst(2) }
        var segments: [ArraySlice<UInt8>] = []
        for segment in bytes.split(separator: UInt8(ascii: "/")) where segment != [UInt8(ascii: ".")] {
            if segment.elementsEqual("..".utf8), let last = segments.last, !last.elementsEqual("..".utf8) {
                segments.removeLast()
            } else {
                segments.append(segment)
            }
        }
        if isAbsolute { segments.removeFirst(prefixLength(segments)) }
        return Array(segments.joined(separator: [UInt8(ascii: "/")]))
    }

    /// Whether a path has anything that is not kept; most have not.
    static func needsWork(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        var last = UInt8(ascii: "/")
        for byte in path {
            if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: ":") { return true }
            if last == UInt8(ascii: "/"), byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") { return true }
            last = byte
        }
        return last == UInt8(ascii: "/")
    }

    /// How many leading segments of an absolute path are a folder that scanners in containers mount sources at.
    private static func prefixLength(_ segments: [ArraySlice<UInt8>]) -> Int {
        guard let first = segments.first, segments.count > 1 else { return 0 }
        if first.elementsEqual("builds".utf8) { return min(3, segments.count - 1) }
        if first.elementsEqual("github".utf8), segments[1].elementsEqual("workspace".utf8) {
            return min(2, segments.count - 1)
        }
        let mounts = ["src", "app", "code", "workspace", "repo", "project", "scan", "target", "source"]
        return mounts.contains { first.elementsEqual($0.utf8) } ? 1 : 0
    }

    /// Bytes without ASCII white space: equal for code that was only indented otherwise.
    package static func withoutSpace(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.filter { !isSpace($0) }
    }

    /// Writes ``withoutSpace(_:)`` of a text into a buffer that is as long as the text; its length.
    static func withoutSpace(
        _ text: UnsafeBufferPointer<UInt8>,
        _ result: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var count = 0
        for byte in text where !isSpace(byte) {
            result[count] = byte
            count += 1
        }
        return count
    }

    /// A message without what changes from one place to another: quoted parts, numbers, hexadecimal runs and words
    /// with slashes become one mark each; letters are lower-cased, white space is one blank.
    package static func skeleton(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { bytes in
            [UInt8](unsafeUninitializedCapacity: bytes.count) { $1 = skeleton(bytes, $0) }
        }
    }

    /// Writes ``skeleton(_:)`` of a text into a buffer that is as long as the text; its length.
    static func skeleton(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ result: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var count = 0
        var index = 0
        while index < bytes.count {
            if let end = quotedEnd(bytes, from: index) {
                result[count] = UInt8(ascii: "?")
                count += 1
                index = end
                continue
            }
            let start = index
            while index < bytes.count, !isBreak(bytes[index]) { index += 1 }
            if index > start {
                count += writeWord(UnsafeBufferPointer(rebasing: bytes[start..<index]), result, at: count)
                continue
            }
            let byte = bytes[index]
            index += 1
            if !isSpace(byte) {
                result[count] = byte
                count += 1
            } else if count > 0, result[count - 1] != 0x20 {
                result[count] = 0x20
                count += 1
            }
        }
        while count > 0, result[count - 1] == 0x20 { count -= 1 }
        return count
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isBreak(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09...0x0D, 0x21, 0x22, 0x27...0x29, 0x2C, 0x3A...0x3F, 0x5B, 0x5D, 0x60, 0x7B, 0x7D: true
        default: false
        }
    }

    /// The index behind a quoted part that starts here and ends within 200 bytes.
    private static func quotedEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let quote = bytes[start]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") || quote == UInt8(ascii: "`") else {
            return nil
        }
        // An apostrophe inside a word quotes nothing.
        if quote == UInt8(ascii: "'"), start > 0, !isBreak(bytes[start - 1]) { return nil }
        let limit = min(bytes.count, start + 200)
        guard let end = bytes[(start + 1)..<limit].firstIndex(of: quote) else { return nil }
        return end + 1
    }

    /// Writes a word of a skeleton; its length.
    private static func writeWord(
        _ word: UnsafeBufferPointer<UInt8>,
        _ result: UnsafeMutableBufferPointer<UInt8>,
        at place: Int
    ) -> Int {
        for (offset, byte) in word.enumerated() {
            guard !(0x30...0x39).contains(byte), byte != UInt8(ascii: "/"), byte != UInt8(ascii: "\\") else {
                result[place] = UInt8(ascii: "?")
                return 1
            }
            result[place + offset] = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        return word.count
    }

    /// The template of an address's path: segments that are numbers, UUIDs or long hexadecimal become `{n}`; no query,
    /// no trailing slash.
    package static func pathTemplate(_ text: String) -> [UInt8] {
        let bytes = text.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        var result: [UInt8] = []
        for segment in bytes.split(separator: UInt8(ascii: "/")) {
            result.append(UInt8(ascii: "/"))
            if isVariable(segment) {
                result.append(contentsOf: "{n}".utf8)
            } else {
                result.append(contentsOf: segment)
            }
        }
        return result.isEmpty ? [UInt8(ascii: "/")] : result
    }

    private static func isVariable(_ segment: Substring.UTF8View) -> Bool {
        let isNumber = segment.allSatisfy { (0x30...0x39).contains($0) }
        let isHex = segment.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x46).contains($0 & 0xDF) || $0 == UInt8(ascii: "-")
        }
        return isNumber || (isHex && segment.count >= 16)
    }

    /// An image without its tag and digest.
    package static func imageRepository(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8.prefix { $0 != UInt8(ascii: "@") })
        let slash = bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > slash else { return bytes }
        return Array(bytes[..<colon])
    }

    /// A resource's name without the suffixes that a cluster appends to the names of pods.
    package static func resource(_ text: String) -> [UInt8] {
        var parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        func isSuffix(_ part: Substring.UTF8View) -> Bool {
            (5...10).contains(part.count) && part.contains { (0x30...0x39).contains($0) }
                && part.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
        }
        var removed = 0
        while parts.count > 1, removed < 2, let last = parts.last, isSuffix(last) {
            parts.removeLast()
            removed += 1
        }
        return Array(parts.joined(separator: [UInt8(ascii: "-")]))
    }
}
