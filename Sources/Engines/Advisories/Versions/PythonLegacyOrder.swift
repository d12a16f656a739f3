// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Python versions from before PEP 440, by the key that setuptools gave them.
///
/// A version becomes a list of words and of numbers padded to eight digits, which are compared as texts. Such versions
/// are rare, so the key is built.
enum PythonLegacyOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = PythonLegacyKey(a)
        let right = PythonLegacyKey(b)
        for part in 0..<min(left.count, right.count) {
            let order = VersionText.compareBytes(left.text.span, left[part], right.text.span, right[part])
            if order != 0 {
                return order
            }
        }
        return VersionText.order(left.count, right.count)
    }
}

/// The parts of a version from before PEP 440, one behind the other.
struct PythonLegacyKey {
    private(set) var text: [UInt8] = []
    /// Where the parts start.
    private var starts: [Int] = []

    /// The number of parts.
    var count: Int { starts.count }

    /// Where a part lies in the text.
    subscript(part: Int) -> Range<Int> {
        starts[part]..<(part + 1 < starts.count ? starts[part + 1] : text.count)
    }

    init(_ version: Span<UInt8>) {
        text.reserveCapacity(version.count * 8 + 8)
        starts.reserveCapacity(version.count + 1)
        var index = 0
        while index < version.count {
            let start = index
            let byte = version[index]
            if VersionText.isDigit(byte) {
                index = VersionText.digitsEnd(version, from: start, to: version.count)
                appendNumber(version, start..<index)
            } else if VersionText.isLetter(byte) {
                index = VersionText.lettersEnd(version, from: start, to: version.count)
                appendWord(version, start..<index)
            } else if byte == UInt8(ascii: "-") {
                index += 1
                startWord(isPrerelease: false)
                append("final-")
            } else if byte == UInt8(ascii: ".") {
                index += 1
            } else {
                while index < version.count, PythonLegacyKey.isOther(version[index]) {
                    index += 1
                }
                appendWord(version, start..<index)
            }
        }
        startWord(isPrerelease: false)
        append("final")
    }

    private mutating func appendNumber(_ version: Span<UInt8>, _ range: Range<Int>) {
        starts.append(text.count)
        for _ in 0..<max(0, 8 - range.count) {
            text.append(UInt8(ascii: "0"))
        }
        for index in range {
            text.append(version[index])
        }
    }

    private mutating func appendWord(_ version: Span<UInt8>, _ range: Range<Int>) {
        func isWord(_ word: StaticString) -> Bool { VersionText.isWord(word, in: version, range) }
        if isWord("pre") || isWord("preview") || isWord("rc") {
            startWord(isPrerelease: true)
            append("c")
        } else if isWord("dev") {
            startWord(isPrerelease: true)
            append("@")
        } else {
            startWord(isPrerelease: PythonLegacyKey.isBeforeFinal(version, range))
            for index in range {
                text.append(VersionText.lowercased(version[index]))
            }
        }
    }

    /// Starts a word; it takes away the zeros, and a prerelease the dashes, that stand before it.
    private mutating func startWord(isPrerelease: Bool) {
        if isPrerelease {
            removeLast(while: "*final-")
        }
        removeLast(while: "00000000")
        starts.append(text.count)
        text.append(UInt8(ascii: "*"))
    }

    private mutating func removeLast(while part: StaticString) {
        while let start = starts.last, text.count - start == part.utf8CodeUnitCount,
            VersionText.hasExactWord(part, in: text.span, at: start, to: text.count)
        {
            text.removeLast(text.count - start)
            starts.removeLast()
        }
    }

    private mutating func append(_ word: StaticString) {
        for offset in 0..<word.utf8CodeUnitCount {
            text.append(word.utf8Start[offset])
        }
    }

    /// Characters that are neither letters nor digits nor separators; runs of them count as words.
    private static func isOther(_ byte: UInt8) -> Bool {
        !VersionText.isAlphanumeric(byte) && byte != UInt8(ascii: "-") && byte != UInt8(ascii: ".")
    }

    /// Whether a word sorts before `final`.
    private static func isBeforeFinal(_ version: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let final: [5 of UInt8] = [0x66, 0x69, 0x6E, 0x61, 0x6C]
        return VersionText.compareFolded(version, range, final.span, 0..<5) < 0
    }
}
