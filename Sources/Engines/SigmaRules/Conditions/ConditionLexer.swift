// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A word or sign of a condition, with where it begins.
struct ConditionToken {
    enum Kind: Equatable {
        case open, close, pipe
        case word(String)
    }

    var kind: Kind
    /// From 0, in bytes.
    var offset: Int
}

enum ConditionLexer {
    static func tokens(of condition: String) -> [ConditionToken] {
        var tokens: [ConditionToken] = []
        var word: [UInt8] = []
        var start = 0
        let flush = { (tokens: inout [ConditionToken], word: inout [UInt8], start: Int) in
            guard !word.isEmpty else { return }
            tokens.append(ConditionToken(kind: .word(String(decoding: word, as: UTF8.self)), offset: start))
            word = []
        }
        for (offset, byte) in condition.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "|"):
                flush(&tokens, &word, start)
                let kind: ConditionToken.Kind =
                    byte == UInt8(ascii: "(") ? .open : byte == UInt8(ascii: ")") ? .close : .pipe
                tokens.append(ConditionToken(kind: kind, offset: offset))
            case 0x09, 0x0A, 0x0D, 0x20: flush(&tokens, &word, start)
            default:
                if word.isEmpty { start = offset }
                word.append(byte)
            }
        }
        flush(&tokens, &word, start)
        return tokens
    }
}
