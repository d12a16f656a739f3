// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SQLTokenizer {
    /// A decimal, hexadecimal (`0x1f`) or binary (`0b01`) number, or a lone dot.
    ///
    /// A number with an empty exponent gives no token: MySQL reads `1.e(2)` as `(2)`.
    mutating func number() -> SQLToken {
        if input[position] == UInt8(ascii: "0"), let token = radixNumber() {
            return token
        }
        let start = position
        var end = start + digits(from: start)
        if end < input.count, input[end] == UInt8(ascii: ".") {
            end += 1
            end += digits(from: end)
            if end - start == 1 {
                return take(1, as: .dot)
            }
        }
        var hasEmptyExponent = false
        if end < input.count, input[end] | 0x20 == UInt8(ascii: "e") {
            end += 1
            if end < input.count, input[end] == UInt8(ascii: "+") || input[end] == UInt8(ascii: "-") {
                end += 1
            }
            let exponent = digits(from: end)
            hasEmptyExponent = exponent == 0
            end += exponent
        }
        if hasTypeSuffix(at: end) {
            end += 1
        }
        return take(end - start, as: hasEmptyExponent ? .none : .number)
    }

    private func digits(from start: Int) -> Int {
        var end = start
        while end < input.count, input[end] &- UInt8(ascii: "0") <= 9 {
            end += 1
        }
        return end - start
    }

    /// Oracle's `d` or `f` behind a number; what follows must not belong to a word, or be `1fUNION`.
    private func hasTypeSuffix(at index: Int) -> Bool {
        guard index < input.count else { return false }
        let letter = input[index] | 0x20
        guard letter == UInt8(ascii: "d") || letter == UInt8(ascii: "f") else { return false }
        guard index + 1 < input.count else { return true }
        let next = input[index + 1]
        return has(next, .white) || next == UInt8(ascii: ";") || next | 0x20 == UInt8(ascii: "u")
    }

    /// `0x...` and `0b...`; without digits a name. Nil where it is neither.
    private mutating func radixNumber() -> SQLToken? {
        guard let mark = peek(1) else { return nil }
        let digit: SQLByteTraits
        switch mark | 0x20 {
        case UInt8(ascii: "x"): digit = .hexDigit
        case UInt8(ascii: "b"): digit = .binaryDigit
        default: return nil
        }
        let length = run(of: digit, from: position + 2)
        return take(2 + length, as: length == 0 ? .bareword : .number)
    }

    /// An amount of money (`$1,000.00`), a string of PostgreSQL (`$tag$...$tag$`), or a lone dollar sign.
    mutating func dollar() -> SQLToken {
        let amount = run(of: .amount, from: position + 1)
        if amount == 1, peek(1) == UInt8(ascii: ".") {
            return word()
        }
        if amount > 0 {
            return take(1 + amount, as: .number)
        }
        if peek(1) == UInt8(ascii: "$") {
            return taggedString(tagLength: 2)
        }
        let letters = run(of: .letter, from: position + 1)
        if letters > 0, peek(letters + 1) == UInt8(ascii: "$") {
            return taggedString(tagLength: letters + 2)
        }
        return take(1, as: .bareword)
    }
}
