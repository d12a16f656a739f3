// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One way to read an input, and whether it is an injection that way.
struct SQLReading {
    let fingerprint: SQLFingerprint
    let isInjection: Bool
    /// Whether the other dialect's comments would give another reading.
    let dependsOnDialect: Bool

    /// Tokenizes, folds and judges an input.
    init(_ tokenizer: consuming SQLTokenizer, window: SQLTokenWindow) {
        var folding = SQLFolding(tokenizer, window: window)
        let count = folding.run()
        let types = Self.summarize(window, count: count)
        fingerprint = types.fingerprint
        dependsOnDialect = folding.tokenizer.sawDialectMark
        isInjection =
            folding.tokenizer.tables.pointee.fingerprints.contains(types.key)
            && Innocence(
                input: folding.tokenizer.input,
                window: window,
                count: types.count,
                tokens: folding.tokenizer.tokenCount
            ).isRuledOut
    }

    private static func summarize(
        _ window: SQLTokenWindow,
        count: Int
    ) -> (fingerprint: SQLFingerprint, key: UInt32, count: Int) {
        markOpenBacktick(window, count: count)
        var fingerprint = SQLFingerprint()
        var key: UInt32 = 0
        for index in 0..<count {
            let type = window.type(index)
            if type == .evil {
                // What can't be read for certain stands for the whole input.
                window.setType(.evil, at: 0)
                return (SQLFingerprint(.evil), SQLTokenType.evil.code, 1)
            }
            fingerprint.set(type, at: index)
            key = key << 5 | type.code
        }
        return (fingerprint, key, count)
    }

    /// A backtick at the end that opens nothing works as a comment behind PHP's escaping.
    private static func markOpenBacktick(_ window: SQLTokenWindow, count: Int) {
        guard count > 2 else { return }
        let last = window[count - 1]
        if last.type == .bareword, last.opening == UInt8(ascii: "`"), last.closing == 0, last.length == 0 {
            window.setType(.comment, at: count - 1)
        }
    }
}

/// What may clear an input whose fingerprint is one of an injection.
private struct Innocence {
    let input: UnsafeBufferPointer<UInt8>
    let window: SQLTokenWindow
    /// How many tokens the fingerprint has.
    let count: Int
    /// How many tokens were read before folding.
    let tokens: Int

    /// Whether nothing clears the input.
    var isRuledOut: Bool {
        // SQL Server keeps statements with this word out of its log.
        if count > 1, window.type(count - 1) == .comment, mentions("sp_password") {
            return true
        }
        return switch count {
        case 2: isPairSuspicious
        case 3: isTripleSuspicious
        default: true
        }
    }

    /// Two tokens are close to normal text and need more signs.
    private var isPairSuspicious: Bool {
        let first = window.type(0)
        let second = window.type(1)
        if second == .union {
            return tokens != 2
        }
        let mark = window.firstByte(1)
        if mark == UInt8(ascii: "#") {
            return false
        }
        if first == .bareword, second == .comment, mark != UInt8(ascii: "/") {
            return false
        }
        if first == .number, second == .comment {
            return mark == UInt8(ascii: "/") || tokens > 2 || isNumberFollowedByBreak
        }
        // People write dashes; an injection ends with them.
        return !(window[1].length > 2 && mark == UInt8(ascii: "-"))
    }

    /// Whether white space or a comment follows the number that the input begins with.
    ///
    /// `1234 --` and `1234--` are, `1234-AbCd--` isn't.
    private var isNumberFollowedByBreak: Bool {
        let index = Int(window[0].length)
        guard index < input.count else { return true }
        let next = input[index]
        // The published algorithm compares signed bytes: those beyond ASCII count as white space.
        if next <= 0x20 || next >= 0x80 {
            return true
        }
        let afterNext = index + 1 < input.count ? input[index + 1] : 0
        return (next == UInt8(ascii: "/") && afterNext == UInt8(ascii: "*"))
            || (next == UInt8(ascii: "-") && afterNext == UInt8(ascii: "-"))
    }

    private var isTripleSuspicious: Bool {
        switch (window.type(0), window.type(1), window.type(2)) {
        case (.string, .operator, .string), (.string, .logicOperator, .string):
            // "...foo' + 'bar...": neither the first quote nor the last is there, and the inner ones are equal.
            window[0].opening == 0 && window[2].closing == 0 && window[0].closing == window[2].opening
        case (.string, .logicOperator, .bareword), (.bareword, .logicOperator, .number),
            (.number, .logicOperator, .number), (.number, .logicOperator, .variable),
            (.number, .logicOperator, .string):
            // "sexy and 17" is text, "sexy and 17<18" isn't.
            tokens != 3
        case (_, .keyword, _):
            // INTO OUTFILE and INTO DUMPFILE.
            window[1].length > 4 && window.value(1, beginsWith: "INTO")
        default:
            true
        }
    }

    /// Whether a text of ASCII occurs in the input, in this case.
    private func mentions(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        var index = 0
        while index + length <= input.count {
            if input[index] == text.utf8Start[0],
                (1..<length).allSatisfy({ input[index + $0] == text.utf8Start[$0] })
            {
                return true
            }
            index += 1
        }
        return false
    }
}
