// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a piece of SQL is, as far as the detection of injections cares.
///
/// The letters are the published ones of libinjection: a fingerprint is the word that the letters of up to five
/// folded tokens spell.
enum SQLTokenType: UInt8 {
    case none
    case keyword
    case union
    case group
    case expression
    case tsql
    case function
    case bareword
    case number
    case variable
    case string
    case `operator`
    case logicOperator
    case comment
    case collate
    case leftParenthesis
    case rightParenthesis
    case leftBrace
    case rightBrace
    case dot
    case comma
    case colon
    case semicolon
    case unknown
    case evil
    case backslash
    case sqlType

    /// The letter of the type in a fingerprint, 0 for ``none``.
    var letter: UInt8 {
        Self.letters[Int(rawValue)]
    }

    /// The type as five bits, equal for types whose letters differ in case alone (`t` and `T`).
    var code: UInt32 {
        self == .sqlType ? UInt32(Self.tsql.rawValue) : UInt32(rawValue)
    }

    /// The type with a letter, or nil where no type has it.
    init?(letter: UInt8) {
        guard letter != 0 else { return nil }
        for rawValue in UInt8(1)...Self.sqlType.rawValue {
            if let type = Self(rawValue: rawValue), type.letter == letter {
                self = type
                return
            }
        }
        return nil
    }

    /// The letters in the order of the cases; the first byte stands for ``none``.
    private static var letters: UnsafeBufferPointer<UInt8> {
        let text: StaticString = "\0kUBETfn1vso&cA(){}.,:;?X\\t"
        return UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
