// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The words, phrases and two-byte operators of SQL, with their types.
struct SQLKeywords: Sendable {
    /// What the table says about a word.
    struct Entry {
        /// The type; ``SQLTokenType/none`` where the word is only the beginning of a phrase.
        let type: SQLTokenType
        /// Whether a longer phrase begins with the word.
        let beginsPhrase: Bool

        /// The answer for words that the table doesn't know.
        static var unknown: Entry { Entry(type: .none, beginsPhrase: false) }
    }

    private static let phraseBit: UInt8 = 0x80
    private let names: NameTable

    init() {
        var names: [(offset: Int, length: Int, value: UInt8)] = []
        names.reserveCapacity(SQLKeywordData.count)
        // A line is the type's letter, a mark and the word.
        StaticText(SQLKeywordData.text).forEachLine { line, offset in
            guard line.count > 2 else { return }
            let type = SQLTokenType(letter: line[0]) ?? .none
            let mark = line[1] == UInt8(ascii: "+") ? Self.phraseBit : 0
            names.append((offset + 2, line.count - 2, type.rawValue | mark))
        }
        self.names = NameTable(text: SQLKeywordData.text, names: names)
    }

    /// Looks up bytes of any case.
    @inline(__always)
    func entry(_ start: UnsafePointer<UInt8>, count: Int) -> Entry {
        guard
            let value = names.value(of: start, count: count),
            let type = SQLTokenType(rawValue: value & ~Self.phraseBit)
        else { return .unknown }
        return Entry(type: type, beginsPhrase: value & Self.phraseBit != 0)
    }
}
