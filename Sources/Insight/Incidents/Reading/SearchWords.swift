// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
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
        var words = WordList()
        words.add(row.rule)
        if let decidedBy = row.decidedBy { words.add(decidedBy) }
        words.add(row.kind)
        if let client = row.client { words.addWhole(client.key) }
        words.add(row.application)
        if let host = row.host { words.add(host) }
        words.add(row.message)
        if let path = row.path { words.add(path) }
        return words.text
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
            var words = WordList()
            words.add(part)
            let isPrefix = part.hasSuffix("*") && (words.list.last?.utf8.count ?? 0) >= 3
            for (place, word) in words.list.enumerated() {
                terms.append("\"\(word)\"" + (isPrefix && place == words.list.count - 1 ? "*" : ""))
            }
        }
        guard !terms.isEmpty else { throw StorageError(.badQuery, "the text to search for holds no word") }
        return terms.prefix(mostQueryWords).joined(separator: " ")
    }

    /// Words as they are gathered.
    private struct WordList {
        var list: [String] = []
        private var bytes: [UInt8] = []

        var text: String { list.joined(separator: " ") }

        mutating func addWhole(_ word: String) {
            if list.count < SearchWords.mostWords, !list.contains(word) { list.append(word) }
        }

        mutating func add(_ text: String) {
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
                    bytes.append(byte)
                case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    bytes.append(byte | 0x20)
                default:
                    end()
                }
            }
            end()
        }

        private mutating func end() {
            guard !bytes.isEmpty else { return }
            addWhole(String(decoding: bytes.prefix(SearchWords.longestWord), as: UTF8.self))
            bytes.removeAll(keepingCapacity: true)
        }
    }
}
