// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Glibc
internal import Storage

/// The words by which detections are found.
///
/// A word is a run of letters and digits in lower case, or a whole address. The text is cut here and not by SQLite, so that
/// removing a row can name the same words, and so that an address is one word.
enum SearchWords {
    private static let longestWord = 40
    private static let mostWords = 64
    private static let mostQueryWords = 8

    /// The words of a row, each once.
    static func text(of row: DetectionRow) -> String {
        var bytes: [UInt8] = []
        append(row, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Puts the words of a row, each once, behind what is there, as UTF-8 with blanks between them.
    static func append(_ row: DetectionRow, to bytes: inout [UInt8]) {
        var words = WordWriter(after: bytes.count)
        words.add(row.rule, to: &bytes)
        if let decidedBy = row.decidedBy { words.add(decidedBy, to: &bytes) }
        words.add(row.kind, to: &bytes)
        if let client = row.client { words.addWhole(client.key, to: &bytes) }
        words.add(row.application, to: &bytes)
        if let host = row.host { words.add(host, to: &bytes) }
        words.add(row.message, to: &bytes)
        if let path = row.path { words.add(path, to: &bytes) }
    }

    /// The expression for all rows that have all words of a text.
    ///
    /// - Throws: ``StorageError/Code/badQuery`` where it holds no word.
    static func query(_ text: String) throws(StorageError) -> String {
        var terms: [String] = []
        for part in text.prefix(400).split(whereSeparator: \.isWhitespace) {
            let part = String(part)
            if let address = IPAddress(part) {
                terms.append("\"\(address)\"")
                continue
            }
            var bytes: [UInt8] = []
            var writer = WordWriter(after: 0)
            writer.add(part, to: &bytes)
            let words = bytes.split(separator: UInt8(ascii: " "))
            let isPrefix = part.hasSuffix("*") && (words.last?.count ?? 0) >= 3
            for (place, word) in words.enumerated() {
                let text = String(decoding: word, as: UTF8.self)
                terms.append("\"\(text)\"" + (isPrefix && place == words.count - 1 ? "*" : ""))
            }
        }
        guard !terms.isEmpty else { throw StorageError(.badQuery, "the text to search for holds no word") }
        return terms.prefix(mostQueryWords).joined(separator: " ")
    }

    /// Writes words that are not there yet, one behind the other.
    private struct WordWriter {
        private let start: Int
        private var count = 0
        /// Where the words begin and end, from `start` on.
        private var ends = InlineArray<64, UInt32>(repeating: 0)

        init(after start: Int) {
            self.start = start
        }

        mutating func addWhole(_ word: String, to bytes: inout [UInt8]) {
            let place = begin(&bytes)
            var word = word
            word.withUTF8 { bytes.append(contentsOf: $0) }
            end(place, &bytes)
        }

        mutating func add(_ text: String, to bytes: inout [UInt8]) {
            var text = text
            text.withUTF8 { text in
                var index = 0
                while index < text.count {
                    if Self.lowered(text[index]) == nil {
                        index += 1
                        continue
                    }
                    let place = begin(&bytes)
                    let limit = bytes.count + SearchWords.longestWord
                    var isText = false
                    while index < text.count, let byte = Self.lowered(text[index]) {
                        if bytes.count < limit { bytes.append(byte) }
                        isText = isText || byte >= 0x80
                        index += 1
                    }
                    // Cut inside of a character, it is repaired.
                    if isText { Self.repair(&bytes, from: limit - SearchWords.longestWord) }
                    end(place, &bytes)
                }
            }
        }

        /// A letter or digit in lower case; nil for what stands between words.
        private static func lowered(_ byte: UInt8) -> UInt8? {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: byte
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: nil
            }
        }

        private static func repair(_ bytes: inout [UInt8], from start: Int) {
            let text = String(decoding: bytes[start...], as: UTF8.self)
            bytes.replaceSubrange(start..., with: text.utf8)
        }

        /// - Returns: where the word begins, with the blank before it.
        private func begin(_ bytes: inout [UInt8]) -> Int {
            let place = bytes.count
            if count > 0 { bytes.append(UInt8(ascii: " ")) }
            return place
        }

        /// Keeps the word that began there, or takes it back.
        private mutating func end(_ place: Int, _ bytes: inout [UInt8]) {
            let word = (count > 0 ? place + 1 : place)..<bytes.count
            if count == SearchWords.mostWords || word.isEmpty || holds(word, bytes) {
                bytes.removeSubrange(place...)
                return
            }
            ends[count] = UInt32(truncatingIfNeeded: bytes.count - start)
            count += 1
        }

        private func holds(_ word: Range<Int>, _ bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return false }
                var first = start
                for place in 0..<count {
                    let end = start + Int(ends[place])
                    if end - first == word.count, memcmp(base + first, base + word.lowerBound, word.count) == 0 {
                        return true
                    }
                    first = end + 1
                }
                return false
            }
        }
    }
}
