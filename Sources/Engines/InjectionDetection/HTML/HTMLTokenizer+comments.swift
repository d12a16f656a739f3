// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension HTMLTokenizer {
    mutating func markupDeclaration() -> HTMLToken? {
        if hasWord("DOCTYPE", ignoringCase: true) {
            return enter(.doctype)
        }
        if hasWord("[CDATA[", ignoringCase: false) {
            return enter(.characterData, skipping: 7)
        }
        if hasWord("--", ignoringCase: false) {
            return enter(.comment, skipping: 2)
        }
        return enter(.bogusComment)
    }

    /// Whether a text stands at the position.
    private func hasWord(_ word: StaticString, ignoringCase: Bool) -> Bool {
        let count = word.utf8CodeUnitCount
        guard input.count - position >= count else { return false }
        for offset in 0..<count {
            let byte = input[position + offset]
            guard (ignoringCase ? byte.asciiUppercased : byte) == word.utf8Start[offset] else { return false }
        }
        return true
    }

    mutating func doctype() -> HTMLToken? {
        closed(.doctype, by: UInt8(ascii: ">"))
    }

    mutating func bogusComment() -> HTMLToken? {
        closed(.comment, by: UInt8(ascii: ">"))
    }

    private mutating func closed(_ kind: HTMLToken.Kind, by byte: UInt8) -> HTMLToken? {
        guard let end = firstIndex(of: byte, from: position) else {
            return give(kind, upTo: input.count, then: .end)
        }
        return give(kind, upTo: end, skipping: 1, then: .data)
    }

    /// `<% ... %>`, a comment to Internet Explorer up to 9 and old Safari.
    mutating func percentComment() -> HTMLToken? {
        var searched = position
        while let end = firstIndex(of: UInt8(ascii: "%"), from: searched), end + 1 < input.count {
            if input[end + 1] == UInt8(ascii: ">") {
                return give(.comment, upTo: end, skipping: 2, then: .data)
            }
            searched = end + 1
        }
        return give(.comment, upTo: input.count, then: .end)
    }

    /// A comment that ends with `-->` or `-!>`, with zero bytes behind the first dash or not.
    mutating func comment() -> HTMLToken? {
        var searched = position
        while let dash = firstIndex(of: UInt8(ascii: "-"), from: searched), dash + 3 <= input.count {
            var mark = dash + 1
            while mark < input.count, input[mark] == 0 {
                mark += 1
            }
            guard mark < input.count else { break }
            if input[mark] == UInt8(ascii: "-") || input[mark] == UInt8(ascii: "!") {
                guard mark + 1 < input.count else { break }
                if input[mark + 1] == UInt8(ascii: ">") {
                    return give(.comment, upTo: dash, skipping: mark + 2 - dash, then: .data)
                }
            }
            searched = dash + 1
        }
        return give(.comment, upTo: input.count, then: .end)
    }

    /// The contents of a CDATA section.
    mutating func characterData() -> HTMLToken? {
        let bracket = UInt8(ascii: "]")
        var searched = position
        while let end = firstIndex(of: bracket, from: searched), end + 3 <= input.count {
            if input[end + 1] == bracket, input[end + 2] == UInt8(ascii: ">") {
                return give(.text, upTo: end, skipping: 3, then: .data)
            }
            searched = end + 1
        }
        return give(.text, upTo: input.count, then: .end)
    }
}
