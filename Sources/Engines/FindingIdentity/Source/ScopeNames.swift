// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads the name of a function or type from the line that opens it.
enum ScopeNames {
    /// The name that a line opens; nil for all other lines. Only the first 400 bytes are looked at.
    static func name(in line: ArraySlice<UInt8>, _ language: SourceLanguage) -> String? {
        let line = line.prefix(400)
        guard let first = line.first, first != UInt8(ascii: "/"), first != UInt8(ascii: "*"), first != UInt8(ascii: "#")
        else { return nil }
        if let name = afterKeyword(line, language) { return name }
        return language.hasBareFunctions ? beforeParenthesis(line) : nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    /// The word behind one of the language's keywords, where only words and parentheses of a receiver stand before it.
    private static func afterKeyword(_ line: ArraySlice<UInt8>, _ language: SourceLanguage) -> String? {
        var index = line.startIndex
        while index < line.endIndex {
            guard isWord(line[index]) else {
                // A call or an assignment in front: no declaration.
                if "=(\"'".utf8.contains(line[index]) { return nil }
                index += 1
                continue
            }
            let start = index
            while index < line.endIndex, isWord(line[index]) { index += 1 }
            let word = line[start..<index]
            if language.keywords.contains(where: { $0.withUTF8Buffer { word.elementsEqual($0) } }) {
                return wordBehind(line[index...])
            }
        }
        return nil
    }

    /// The next word, with Go's receiver in parentheses stepped over.
    private static func wordBehind(_ rest: ArraySlice<UInt8>) -> String? {
        var rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "*") }
        if rest.first == UInt8(ascii: "("), let end = rest.firstIndex(of: UInt8(ascii: ")")) {
            rest = rest[(end + 1)...].drop { $0 == 0x20 }
        }
        let name = rest.prefix { isWord($0) }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    /// The word in front of the first parenthesis of a line that ends in a brace or a closing parenthesis, unless it is
    /// a statement.
    private static func beforeParenthesis(_ line: ArraySlice<UInt8>) -> String? {
        guard let last = line.last(where: { $0 != 0x20 && $0 != 0x0D }), last == UInt8(ascii: "{"),
            let parenthesis = line.firstIndex(of: UInt8(ascii: "("))
        else { return nil }
        let before = line[..<parenthesis]
        guard !before.contains(where: { "=.;\"".utf8.contains($0) }) else { return nil }
        let name = before.reversed().drop { $0 == 0x20 }.prefix { isWord($0) }.reversed()
        let statements = [
            "if", "for", "while", "switch", "catch", "return", "else", "do", "using", "lock", "synchronized",
        ]
        guard !name.isEmpty, !statements.contains(where: { name.elementsEqual($0.utf8) }) else { return nil }
        return String(decoding: name, as: UTF8.self)
    }
}
